// One visitor: dedupes, folds and keeps their events. A thin shell: what happens to an event is pure code in src/profile.
// State is one row, written in one transaction a batch; memory is a cache of it. One alarm serves the outbox, the end of
// the session, the batch layer's view, and a merge that is under way.
import { DurableObject } from "cloudflare:workers";
import { lake, profileOfSite } from "../nowcast.config.ts";
import type { Event } from "../src/events/event.ts";
import { EVENT_STATUS, STRANGER } from "../src/events/event-status.ts";
import { utf8 } from "../src/kernels/bytes.ts";
import { fromBase64Url, toBase64Url } from "../src/kernels/digest.ts";
import { logName } from "../src/lake/log-name.ts";
import { accept, type LiveVisitor, newVisitor } from "../src/profile/accept.ts";
import { DedupeWindow } from "../src/profile/dedupe.ts";
import { timeOf } from "../src/profile/fact.ts";
import { fold, profileOf } from "../src/profile/fold.ts";
import { hasMerged } from "../src/profile/merge.ts";
import type { EndedSession, ProfileConfig } from "../src/profile/profile.ts";
import { encodeState } from "../src/profile/state-codec.ts";
import type { SystemFact } from "../src/profile/system-fact.ts";
import { encodeView } from "../src/profile/view-codec.ts";
import { batchEntryOf } from "./batch-reader.ts";
import { Deadline } from "./deadline.ts";
import { Outbox, outboxPorts } from "./outbox.ts";
import type { Handover, IngestBatch, IngestResult, MovedAnswer, ViewRequest } from "./visitor-messages.ts";
import { createTable, newMeta, readVisitor, type VisitorMeta, writeVisitor } from "./visitor-row.ts";

interface Loaded {
  readonly meta: VisitorMeta;
  readonly live: LiveVisitor;
  readonly outbox: Outbox;
  /** Of the visitor's site. */
  readonly config: ProfileConfig;
  /** The decision view, made when it is first asked for, and until when (epoch ms) it holds. */
  view: { readonly bytes: Uint8Array; readonly from: number; readonly until: number } | null;
}

export class VisitorProfile extends DurableObject<ObjectsEnv> {
  #state: Loaded | null = null;
  #loaded = false;
  #hasTable = false;
  /** Epoch ms of the last hand-over, as far as this life of the object knows. */
  #drainedAt = 0;
  /** Epoch ms of the last erasure, as far as this life of the object knows. */
  #erasedAt = 0;
  readonly #deadline = new Deadline(this.ctx.storage);

  /** Dedupes, folds and keeps a batch. The answer leaves when the row is durable. */
  ingest(batch: IngestBatch): IngestResult | MovedAnswer {
    const events = JSON.parse(batch.events) as Event[];
    return this.#transaction(() => this.#ingest(events, batch));
  }

  #ingest(events: readonly Event[], batch: IngestBatch): IngestResult | MovedAnswer {
    const state = this.#load() ?? this.#create(batch.name);
    const { meta, live } = state;
    if (meta.moved !== null) return movedAnswer(meta.moved);
    const strangers = (batch.anonymous ?? []).filter((name) => isStranger(state, name));
    if (strangers.length > 0) return { statuses: [], seq: live.state.seq, strangers };
    for (const name of batch.foreign ?? []) addForeign(meta, name);
    meta.recorded = batch.recorded;
    meta.replayed = batch.receivedAt === null;
    const ended: EndedSession[] = [];
    const statuses = events.map((event) => {
      const receivedAt = batch.receivedAt ?? event.ts;
      const accepted = accept(live, event, receivedAt, state.config, (session) => ended.push(session));
      if (accepted === null) return "duplicate";
      if (!batch.recorded) meta.unrecordedAt = Math.max(meta.unrecordedAt, timeOf(accepted));
      this.#record(state, JSON.stringify({ ...accepted, ...lifeOf(meta) }));
      return "accepted";
    });
    if (statuses.includes("accepted")) {
      const receivedAt = batch.receivedAt ?? events.at(-1)?.ts ?? 0;
      for (const session of ended) this.#appendSessionEnd(state, session, receivedAt);
      meta.activeAt = Date.now();
      state.view = null;
      this.#save(state);
      this.#deadline.by(Math.max(meta.activeAt + lake.drainDelayMs, this.#drainedAt + lake.drainPauseMs));
    }
    return { statuses, seq: live.state.seq, strangers };
  }

  /**
   * What a decision needs: one byte of {@link EVENT_STATUS}, then the decision view (nothing after it for a visitor
   * never seen, the name of the other object for one that has moved). Records the events of `batch` first, so that a
   * page view costs one call.
   */
  decisionView({ batch, now, anonymous, foreign }: ViewRequest): Uint8Array {
    if (anonymous !== null && isStranger(this.#load(), anonymous)) return Uint8Array.of(STRANGER);
    const result = batch === null ? null : this.ingest(batch);
    if (foreign !== undefined) this.#rememberForeign(foreign);
    const state = this.#load();
    if (state !== null && state.meta.moved !== null) {
      const { moved, arrived } = movedAnswer(state.meta.moved);
      return framed(arrived ? "moved" : "moving", utf8(moved));
    }
    const status = result !== null && "statuses" in result ? (result.statuses[0] ?? "none") : "none";
    return framed(status, state === null ? new Uint8Array(0) : viewAt(state, now));
  }

  #rememberForeign(name: string): void {
    const state = this.#load();
    if (state === null || state.meta.foreign.includes(name)) return;
    this.#transaction(() => {
      addForeign(state.meta, name);
      this.#save(state);
    });
  }

  /** The state as encodeState gives it; null for a visitor never seen. */
  readState(): Uint8Array | MovedAnswer | null {
    const state = this.#load();
    if (state === null) return null;
    return state.meta.moved === null ? encodeState(state.live.state) : movedAnswer(state.meta.moved);
  }

  /**
   * Makes this anonymous visitor part of a user: from here on it answers with the user's name. What was known here is
   * handed over before this answers; where that fails, the alarm goes on with it.
   * @param name this object's own name; @param user object name of the user
   * @returns where the visitor has moved to: another user than the given one when that one came first
   */
  async mergeInto(name: string, user: string): Promise<MovedAnswer> {
    const state = this.#transaction(() => {
      const state = this.#load() ?? this.#create(name);
      const { live, meta } = state;
      // A user who asks again does not know of it any more (it was erased): it takes over what is left, which is nothing.
      if (meta.moved === null || (meta.moved.to === user && meta.moved.export === null)) {
        const [encoded, dedupe] = [toBase64Url(encodeState(live.state)), toBase64Url(live.dedupe.encode())];
        const handover = { state: encoded, dedupe, at: Date.now(), newestAt: live.state.newestAt };
        meta.moved = { to: user, export: handover };
        Object.assign(live, newVisitor());
        state.view = null;
        this.#save(state);
        this.#deadline.by(Date.now() + lake.drainDelayMs);
      }
      return state;
    });
    await this.#handOver(state).catch((error) => {
      console.error({ message: "a merge has yet to arrive", object: this.ctx.id.toString(), error: String(error) });
    });
    return movedAnswer(state.meta.moved as NonNullable<VisitorMeta["moved"]>);
  }

  /** Takes an anonymous visitor in, once. Durable when it answers. */
  takeOver({ name, from, epoch, state: encoded, dedupe, at, replayedAt, recorded, unrecordedAt }: Handover): void {
    // What was let go before the user was erased is erased with them.
    if (at < this.#erasedAt) return;
    this.#transaction(() => {
      const state = this.#load() ?? this.#create(name);
      const { live, meta } = state;
      if (hasMerged(live.state, from, epoch)) return;
      const now = Date.now();
      const mergedAt = replayedAt === null ? now : Math.max(replayedAt, live.state.newestAt);
      const ended: EndedSession[] = [];
      meta.unrecordedAt = Math.max(meta.unrecordedAt, unrecordedAt);
      const fact = { kind: "merge", from, epoch, state: encoded } as const;
      this.#appendSystem(state, fact, `merge-${from}-${epoch}`, mergedAt, ended, { mayRecord: recorded });
      live.dedupe.absorb(DedupeWindow.decode(fromBase64Url(dedupe) ?? new Uint8Array(0)));
      for (const session of ended) this.#appendSessionEnd(state, session, mergedAt);
      meta.activeAt = now;
      state.view = null;
      this.#save(state);
      this.#deadline.by(now + lake.drainDelayMs);
    });
  }

  /**
   * Forgets the visitor, whatever has not left yet included.
   * @returns names of other objects that hold some of it: where it had moved to, and what had become part of it
   */
  async erase(): Promise<string[]> {
    const state = this.#readable();
    const others = state === null ? [] : [state.meta.moved?.to, ...state.live.state.merged.map(({ from }) => from)];
    this.#erasedAt = Date.now();
    this.#forget();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#forget();
    return others.filter((name) => name !== undefined);
  }

  /** The visitor no longer consents to statistics: what waits is not sent, and nothing will tell of what was before. */
  stopRecording(): void {
    const state = this.#load();
    if (state === null) return;
    this.#transaction(() => {
      const { meta, live } = state;
      meta.recorded = false;
      meta.unrecordedAt = Math.max(meta.unrecordedAt, live.state.newestAt, 1);
      // Rows are numbered without gaps: those that come after new consent are of a source of their own.
      if (meta.moved?.export) return this.#save(state);
      state.outbox.abandon();
      this.ctx.storage.sql.exec("DROP TABLE IF EXISTS outbox");
      Object.assign(meta, { incarnation: newIncarnation(), rows: 0 });
      this.#state = { ...state, outbox: this.#outbox("", 1) };
      this.#save(this.#state);
    });
  }

  override async alarm(): Promise<void> {
    this.#deadline.rang();
    const next = [
      await this.#duty("the merge has yet to arrive", (state) => this.#handOver(state)),
      await this.#duty("the batch layer could not be read", (state) => this.#readBatch(state)),
      await this.#duty("the session could not be ended", (state) => this.#endIdleSession(state)),
      await this.#duty("the outbox could not be drained", (state) => this.#drain(state)),
    ];
    const earliest = Math.min(...next);
    // A visitor who was erased meanwhile has nothing to come back for.
    if (Number.isFinite(earliest) && !this.#isGone()) this.#deadline.by(earliest);
  }

  #isGone(): boolean {
    try {
      return this.#load() === null;
    } catch {
      return false;
    }
  }

  /**
   * Does one of the alarm's duties. Six failed alarms would be the last, so a failure is logged and tried again.
   * @returns when it wants to be done next, epoch ms or Infinity
   */
  async #duty(failure: string, work: (state: Loaded) => number | Promise<number>): Promise<number> {
    try {
      const state = this.#load();
      return state === null ? Number.POSITIVE_INFINITY : await work(state);
    } catch (error) {
      console.error({ message: failure, object: this.ctx.id.toString(), error: String(error) });
      return Date.now() + lake.retryDelayMs;
    }
  }

  /** Epoch ms of the outbox's next round; Infinity when it is empty. */
  async #drain(state: Loaded): Promise<number> {
    const { name, log, incarnation } = state.meta;
    const site = siteOf(name);
    const address = { table: "events", site, source: `${name}#${incarnation}`, log } as const;
    this.#drainedAt = Date.now();
    const next = await state.outbox.advance(address, this.#drainedAt, () => this.#save(state));
    return state.outbox.isAbandoned ? this.#comeBack() : (next ?? Number.POSITIVE_INFINITY);
  }

  /** When a duty whose state was dropped while it waited wants to look again: soon, unless there is nothing any more. */
  #comeBack(): number {
    return this.#load() === null ? Number.POSITIVE_INFINITY : Date.now() + lake.drainDelayMs;
  }

  /** Hands over what a visitor that has moved knew, if that has not been done. */
  async #handOver(state: Loaded): Promise<number> {
    const { meta } = state;
    const { moved } = meta;
    if (moved === null || moved.export === null) return Number.POSITIVE_INFINITY;
    const { name: from, incarnation: epoch, recorded, unrecordedAt, replayed } = meta;
    await this.env.VISITOR_PROFILE.getByName(moved.to).takeOver({
      name: moved.to,
      from,
      epoch,
      ...moved.export,
      replayedAt: replayed ? moved.export.newestAt : null,
      recorded: recorded && unrecordedAt === 0,
      unrecordedAt,
    });
    if (this.#state === state) {
      meta.moved = { to: moved.to, export: null };
      this.#save(state);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** At the start of a session, takes in what the batch layer knows of the visitor. */
  async #readBatch(state: Loaded): Promise<number> {
    const session = sessionOf(state);
    if (session === null || session.id === state.meta.batchSession) return Number.POSITIVE_INFINITY;
    const known = state.live.state.settled.batch?.asOf ?? 0;
    const entry = await batchEntryOf(this.env.LAKE, state.meta.name, known, Date.now());
    if (this.#state !== state) return this.#comeBack();
    // It may have become part of a user while R2 was asked.
    if (state.meta.moved !== null) return Number.POSITIVE_INFINITY;
    this.#transaction(() => {
      state.meta.batchSession = session.id;
      if (entry !== null) {
        const id = `batch-${session.id}-${entry.asOf}`;
        this.#appendSystem(state, { kind: "batch", entry }, id, session.lastAt, []);
        state.view = null;
      }
      this.#save(state);
    });
    return Number.POSITIVE_INFINITY;
  }

  /** Ends the session when the visitor has been idle for long enough by the object's own clock. */
  #endIdleSession(state: Loaded): number {
    const session = sessionOf(state);
    if (session === null) return Number.POSITIVE_INFINITY;
    const idleAt = state.meta.activeAt + state.config.sessionTimeoutMs;
    if (Date.now() < idleAt) return idleAt;
    this.#transaction(() => {
      const ended: EndedSession[] = [];
      const { queries, ...rest } = session;
      const summary: EndedSession = { ...rest, queries: queries.map(({ text }) => text) };
      this.#appendSessionEnd(state, summary, session.lastAt, ended);
      for (const earlier of ended) this.#appendSessionEnd(state, earlier, session.lastAt);
      state.view = null;
      this.#save(state);
    });
    return Number.POSITIVE_INFINITY;
  }

  #appendSessionEnd(state: Loaded, session: EndedSession, receivedAt: number, ended: EndedSession[] = []): void {
    const fact = { kind: "session_end", session: session.id } as const;
    const { id, ...properties } = session;
    // A summary tells of the whole session.
    const mayRecord = session.startedAt > state.meta.unrecordedAt;
    this.#appendSystem(state, fact, `session-${id}`, receivedAt, ended, { ts: session.lastAt, properties, mayRecord });
  }

  /** Folds in what the system itself has to say, and logs it like any event. Part of the caller's transaction. */
  #appendSystem(
    state: Loaded,
    system: SystemFact,
    id: string,
    receivedAt: number,
    ended: EndedSession[],
    {
      mayRecord = true,
      ...rest
    }: { readonly ts?: number; readonly properties?: Record<string, unknown>; readonly mayRecord?: boolean } = {},
  ): void {
    const { live, meta } = state;
    const type = system.kind === "merge" ? "identity_merged" : system.kind === "batch" ? "batch_view" : "session_end";
    // First in the row: that is how the log tells it from what was sent.
    const event = {
      system,
      id: `${meta.incarnation}-${id}`,
      type,
      ts: receivedAt,
      ...rest,
      seq: live.state.seq + 1,
      receivedAt,
    };
    live.state = fold(live.state, event, state.config, (session) => ended.push(session));
    if (mayRecord) this.#record(state, JSON.stringify({ ...event, ...lifeOf(meta) }));
  }

  #record({ meta, outbox }: Loaded, row: string): void {
    if (!meta.recorded) return;
    meta.rows += 1;
    outbox.append(row);
  }

  /** The state, or null when it cannot be read: what is to be erased need not be. */
  #readable(): Loaded | null {
    try {
      return this.#load();
    } catch {
      return null;
    }
  }

  #load(): Loaded | null {
    if (!this.#loaded) {
      const stored = readVisitor(this.ctx.storage.sql);
      this.#state =
        stored === null
          ? null
          : {
              ...stored,
              outbox: this.#outbox(stored.outbox, stored.meta.rows + 1),
              config: profileOfSite(siteOf(stored.meta.name)),
              view: null,
            };
      // Only now: what could not be read must not be taken for a visitor never seen.
      this.#loaded = true;
    }
    return this.#state;
  }

  #create(name: string): Loaded {
    this.#state = {
      meta: newMeta(name, newIncarnation(), logName(name, lake.shards)),
      live: newVisitor(),
      outbox: this.#outbox("", 1),
      config: profileOfSite(siteOf(name)),
      view: null,
    };
    return this.#state;
  }

  #outbox(inline: string, nextRow: number): Outbox {
    return new Outbox(outboxPorts(this.ctx.storage.sql, this.env), inline, nextRow);
  }

  #save({ meta, live, outbox }: Loaded): void {
    outbox.sealIfLarge();
    if (!this.#hasTable) createTable(this.ctx.storage.sql);
    this.#hasTable = true;
    writeVisitor(this.ctx.storage.sql, meta, live, outbox.encodeInline());
  }

  /** All of `work` or nothing, in storage and in memory. */
  #transaction<T>(work: () => T): T {
    try {
      return this.ctx.storage.transactionSync(work);
    } catch (error) {
      // Storage was rolled back: memory must not know more than it.
      this.#forget();
      throw error;
    }
  }

  /** Memory is a cache: from here on storage is asked again. */
  #forget(): void {
    this.#state?.outbox.abandon();
    this.#state = null;
    this.#loaded = false;
    this.#hasTable = false;
    this.#deadline.rang();
  }
}

const movedAnswer = ({ to, export: handover }: NonNullable<VisitorMeta["moved"]>): MovedAnswer => ({
  moved: to,
  arrived: handover === null,
});

/** Ids of other people's devices that a user is asked about no more. */
const MAX_FOREIGN = 16;

function addForeign(meta: VisitorMeta, name: string): void {
  if (!meta.foreign.includes(name)) meta.foreign = [...meta.foreign, name].slice(-MAX_FOREIGN);
}

/** Whether an anonymous visitor (object name) has yet to be merged into this one. */
function isStranger(state: Loaded | null, name: string): boolean {
  if (state === null) return true;
  return !state.meta.foreign.includes(name) && !state.live.state.merged.some(({ from }) => from === name);
}

const newIncarnation = (): string => crypto.randomUUID().slice(0, 8);

/** Whose row it is: a visitor who comes back after an erasure counts from 1 again. */
const lifeOf = ({ name, incarnation }: VisitorMeta) => ({ visitor: name, incarnation });

/** @param name of an object, `site:kind:hash` */
const siteOf = (name: string): string => name.slice(0, name.indexOf(":"));

function sessionOf({ live, config }: Loaded) {
  return profileOf(live.state, config).session;
}

function framed(status: (typeof EVENT_STATUS)[number], rest: Uint8Array): Uint8Array {
  const answer = new Uint8Array(1 + rest.length);
  answer[0] = EVENT_STATUS.indexOf(status);
  answer.set(rest, 1);
  return answer;
}

/**
 * The view at `now`: it stays the same until the session would count as over; with a batch entry it is of its millisecond,
 * since what the live counters still hold decides what of the entry counts.
 */
function viewAt(state: Loaded, now: number): Uint8Array {
  if (state.view === null || now < state.view.from || now >= state.view.until) {
    const { sessionTimeoutMs } = state.config;
    const profile = profileOf(state.live.state, state.config);
    const bytes = encodeView(profile, now, sessionTimeoutMs);
    const over = (profile.session?.lastAt ?? Number.NEGATIVE_INFINITY) + sessionTimeoutMs + 1;
    state.view =
      profile.batch !== null
        ? { bytes, from: now, until: now + 1 }
        : now < over
          ? { bytes, from: Number.NEGATIVE_INFINITY, until: over }
          : { bytes, from: over, until: Number.POSITIVE_INFINITY };
  }
  return state.view.bytes;
}
