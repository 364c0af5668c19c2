// One visitor: dedupes, folds and keeps their events. A thin shell: what happens to an event is pure code in src/profile.
// State is one row, written in one transaction a batch; memory is a cache of it. One alarm serves the outbox, the end of
// the session, the batch layer's view, and a merge that is under way.
import { DurableObject } from "cloudflare:workers";
import { lake } from "../nowcast.config.ts";
import type { Event } from "../src/events/event.ts";
import { STRANGER } from "../src/events/event-status.ts";
import { utf8 } from "../src/kernels/bytes.ts";
import { fromBase64Url, toBase64Url } from "../src/kernels/digest.ts";
import { accept, newVisitor } from "../src/profile/accept.ts";
import { DedupeWindow } from "../src/profile/dedupe.ts";
import { timeOf } from "../src/profile/fact.ts";
import { fold } from "../src/profile/fold.ts";
import { hasMerged } from "../src/profile/merge.ts";
import type { EndedSession } from "../src/profile/profile.ts";
import { encodeState } from "../src/profile/state-codec.ts";
import type { SystemFact } from "../src/profile/system-fact.ts";
import { batchEntryOf } from "./batch-reader.ts";
import { Deadline } from "./deadline.ts";
import { Outbox, outboxPorts } from "./outbox.ts";
import type { Handover, IngestBatch, IngestResult, MovedAnswer, ViewRequest } from "./visitor-messages.ts";
import type { VisitorMeta } from "./visitor-row.ts";
import {
  addForeign,
  framed,
  type HeldVisitor,
  isStranger,
  lifeOf,
  movedAnswer,
  newIncarnation,
  sessionOf,
  siteOf,
  viewAt,
} from "./visitor-state.ts";
import { VisitorStore } from "./visitor-store.ts";

export class VisitorProfile extends DurableObject<ObjectsEnv> {
  /** Epoch ms of the last hand-over, as far as this life of the object knows. */
  #drainedAt = 0;
  /** Epoch ms of the last erasure, as far as this life of the object knows. */
  #erasedAt = 0;
  readonly #deadline = new Deadline(this.ctx.storage);
  readonly #store = new VisitorStore(
    this.ctx.storage,
    this.#deadline,
    (inline, nextRow) => new Outbox(outboxPorts(this.ctx.storage.sql, this.env), inline, nextRow),
  );

  /** Dedupes, folds and keeps a batch. The answer leaves when the row is durable. */
  ingest(batch: IngestBatch): IngestResult | MovedAnswer {
    const events = JSON.parse(batch.events) as Event[];
    return this.#store.transaction(() => this.#ingest(events, batch));
  }

  #ingest(events: readonly Event[], batch: IngestBatch): IngestResult | MovedAnswer {
    const state = this.#store.load() ?? this.#store.create(batch.name);
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
      const accepted = accept(
        live,
        event,
        receivedAt,
        state.config,
        (session) => ended.push(session),
        meta.unrecordedAt,
      );
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
      this.#store.save(state);
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
    if (anonymous !== null && isStranger(this.#store.load(), anonymous)) return Uint8Array.of(STRANGER);
    const result = batch === null ? null : this.ingest(batch);
    if (foreign !== undefined) this.#rememberForeign(foreign);
    const state = this.#store.load();
    if (state !== null && state.meta.moved !== null) {
      const { moved, arrived } = movedAnswer(state.meta.moved);
      return framed(arrived ? "moved" : "moving", utf8(moved));
    }
    const status = result !== null && "statuses" in result ? (result.statuses[0] ?? "none") : "none";
    return framed(status, state === null ? new Uint8Array(0) : viewAt(state, now));
  }

  /** The same with nothing to record and nobody to merge, as most decisions ask: a number is cheaper to hand over. */
  currentView(now: number): Uint8Array {
    return this.decisionView({ batch: null, now, anonymous: null });
  }

  #rememberForeign(name: string): void {
    const state = this.#store.load();
    if (state === null || state.meta.foreign.includes(name)) return;
    this.#store.transaction(() => {
      addForeign(state.meta, name);
      this.#store.save(state);
    });
  }

  /** The state as encodeState gives it; null for a visitor never seen. */
  readState(): Uint8Array | MovedAnswer | null {
    const state = this.#store.load();
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
    const state = this.#store.transaction(() => {
      const state = this.#store.load() ?? this.#store.create(name);
      const { live, meta } = state;
      // A user who asks again does not know of it any more (it was erased): it takes over what is left, which is nothing.
      if (meta.moved === null || (meta.moved.to === user && meta.moved.export === null)) {
        const [encoded, dedupe] = [toBase64Url(encodeState(live.state)), toBase64Url(live.dedupe.encode())];
        const handover = { state: encoded, dedupe, at: Date.now(), newestAt: live.state.newestAt };
        meta.moved = { to: user, export: handover };
        Object.assign(live, newVisitor());
        state.view = null;
        this.#store.save(state);
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
    this.#store.transaction(() => {
      const state = this.#store.load() ?? this.#store.create(name);
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
      this.#store.save(state);
      this.#deadline.by(now + lake.drainDelayMs);
    });
  }

  /**
   * Forgets the visitor, whatever has not left yet included.
   * @returns names of other objects that hold some of it: where it had moved to, and what had become part of it
   */
  async erase(): Promise<string[]> {
    const state = this.#store.readable();
    const others = state === null ? [] : [state.meta.moved?.to, ...state.live.state.merged.map(({ from }) => from)];
    this.#erasedAt = Date.now();
    this.#store.forget();
    await this.ctx.storage.deleteAlarm();
    await this.ctx.storage.deleteAll();
    this.#store.forget();
    return others.filter((name) => name !== undefined);
  }

  /** The visitor no longer consents to statistics: what waits is not sent, and nothing will tell of what was before. */
  stopRecording(): void {
    const state = this.#store.load();
    if (state === null) return;
    this.#store.transaction(() => {
      const { meta, live } = state;
      meta.recorded = false;
      meta.unrecordedAt = Math.max(meta.unrecordedAt, live.state.newestAt, 1);
      // Rows are numbered without gaps: those that come after new consent are of a source of their own.
      if (meta.moved?.export) return this.#store.save(state);
      state.outbox.abandon();
      this.ctx.storage.sql.exec("DROP TABLE IF EXISTS outbox");
      Object.assign(meta, { incarnation: newIncarnation(), rows: 0 });
      const fresh = { ...state, outbox: this.#store.newOutbox("", 1) };
      this.#store.replace(fresh);
      this.#store.save(fresh);
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
    if (Number.isFinite(earliest) && !this.#store.isGone()) this.#deadline.by(earliest);
  }

  /**
   * Does one of the alarm's duties. Six failed alarms would be the last, so a failure is logged and tried again.
   * @returns when it wants to be done next, epoch ms or Infinity
   */
  async #duty(failure: string, work: (state: HeldVisitor) => number | Promise<number>): Promise<number> {
    try {
      const state = this.#store.load();
      return state === null ? Number.POSITIVE_INFINITY : await work(state);
    } catch (error) {
      console.error({ message: failure, object: this.ctx.id.toString(), error: String(error) });
      return Date.now() + lake.retryDelayMs;
    }
  }

  /** Epoch ms of the outbox's next round; Infinity when it is empty. */
  async #drain(state: HeldVisitor): Promise<number> {
    const { name, log, incarnation } = state.meta;
    const site = siteOf(name);
    const address = { table: "events", site, source: `${name}#${incarnation}`, log } as const;
    this.#drainedAt = Date.now();
    const next = await state.outbox.advance(address, this.#drainedAt, () => this.#store.save(state));
    return state.outbox.isAbandoned ? this.#comeBack() : (next ?? Number.POSITIVE_INFINITY);
  }

  /** When a duty whose state was dropped while it waited wants to look again: soon, unless there is nothing any more. */
  #comeBack(): number {
    return this.#store.load() === null ? Number.POSITIVE_INFINITY : Date.now() + lake.drainDelayMs;
  }

  /** Hands over what a visitor that has moved knew, if that has not been done. */
  async #handOver(state: HeldVisitor): Promise<number> {
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
    if (this.#store.isCurrent(state)) {
      meta.moved = { to: moved.to, export: null };
      this.#store.save(state);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** At the start of a session, takes in what the batch layer knows of the visitor. */
  async #readBatch(state: HeldVisitor): Promise<number> {
    const session = sessionOf(state);
    if (session === null || session.id === state.meta.batchSession) return Number.POSITIVE_INFINITY;
    const known = state.live.state.settled.batch?.asOf ?? 0;
    const entry = await batchEntryOf(this.env.LAKE, state.meta.name, known, Date.now());
    if (!this.#store.isCurrent(state)) return this.#comeBack();
    // It may have become part of a user while R2 was asked.
    if (state.meta.moved !== null) return Number.POSITIVE_INFINITY;
    this.#store.transaction(() => {
      state.meta.batchSession = session.id;
      if (entry !== null) {
        const id = `batch-${session.id}-${entry.asOf}`;
        this.#appendSystem(state, { kind: "batch", entry }, id, session.lastAt, []);
        state.view = null;
      }
      this.#store.save(state);
    });
    return Number.POSITIVE_INFINITY;
  }

  /** Ends the session when the visitor has been idle for long enough by the object's own clock. */
  #endIdleSession(state: HeldVisitor): number {
    const session = sessionOf(state);
    if (session === null) return Number.POSITIVE_INFINITY;
    const idleAt = state.meta.activeAt + state.config.sessionTimeoutMs;
    if (Date.now() < idleAt) return idleAt;
    this.#store.transaction(() => {
      const ended: EndedSession[] = [];
      const { queries, ...rest } = session;
      const summary: EndedSession = { ...rest, queries: queries.map(({ text }) => text) };
      this.#appendSessionEnd(state, summary, session.lastAt, ended);
      for (const earlier of ended) this.#appendSessionEnd(state, earlier, session.lastAt);
      state.view = null;
      this.#store.save(state);
    });
    return Number.POSITIVE_INFINITY;
  }

  #appendSessionEnd(state: HeldVisitor, session: EndedSession, receivedAt: number, ended: EndedSession[] = []): void {
    const fact = { kind: "session_end", session: session.id } as const;
    const { id, ...properties } = session;
    // A summary tells of the whole session.
    const mayRecord = session.startedAt > state.meta.unrecordedAt;
    this.#appendSystem(state, fact, `session-${id}`, receivedAt, ended, { ts: session.lastAt, properties, mayRecord });
  }

  /** Folds in what the system itself has to say, and logs it like any event. Part of the caller's transaction. */
  #appendSystem(
    state: HeldVisitor,
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

  #record({ meta, outbox }: HeldVisitor, row: string): void {
    if (!meta.recorded) return;
    meta.rows += 1;
    outbox.append(row);
  }
}
