// One visitor: dedupes, folds and keeps their events. A thin shell: the fold, the view and the dedupe window are pure
// code in src/profile. State is one row, written in one transaction a batch; memory is a cache of it.
import { DurableObject } from "cloudflare:workers";
import { lake, profile as profileConfig } from "../nowcast.config.ts";
import type { AcceptedEvent, Event } from "../src/events/event.ts";
import { EVENT_STATUS } from "../src/events/event-status.ts";
import { logName } from "../src/lake/log-name.ts";
import { decodeProfile, encodeProfile } from "../src/profile/codec.ts";
import { DedupeWindow } from "../src/profile/dedupe.ts";
import { fold } from "../src/profile/fold.ts";
import { emptyProfile, type Profile } from "../src/profile/profile.ts";
import { encodeView } from "../src/profile/view.ts";
import { Deadline } from "./deadline.ts";
import { Outbox, outboxPorts } from "./outbox.ts";

export interface IngestBatch {
  /** This object's name, `site:kind:hash`. */
  readonly name: string;
  /** Valid events of this visitor in order, as a JSON array: cheaper to hand over than objects. */
  readonly events: string;
  /** Epoch ms; null in a replay, where each event's own time is its time of receipt. */
  readonly receivedAt: number | null;
}

export interface IngestResult {
  /** One an event, in the order given. */
  readonly statuses: readonly ("accepted" | "duplicate")[];
  /** Seq of the last event folded in. */
  readonly seq: number;
}

interface State {
  readonly name: string;
  /** Tells this life of the object from one before an erasure: numbers start anew. */
  readonly incarnation: string;
  /** The log that takes the rows: chosen once, whatever becomes of the number of logs. */
  readonly log: string;
  profile: Profile;
  readonly dedupe: DedupeWindow;
  readonly outbox: Outbox;
  /** The decision view of `profile`, made when it is first asked for. */
  view: Uint8Array | null;
}

interface StateRow extends Record<string, SqlStorageValue> {
  name: string;
  incarnation: string;
  log: string;
  profile: string;
  dedupe: ArrayBuffer;
  outbox: string;
}

export class VisitorProfile extends DurableObject<ObjectsEnv> {
  #state: State | null = null;
  #loaded = false;
  readonly #deadline = new Deadline(this.ctx.storage);

  /** Dedupes, folds and keeps a batch. The answer leaves when the row is durable. */
  ingest(batch: IngestBatch): IngestResult {
    const events = JSON.parse(batch.events) as Event[];
    try {
      return this.ctx.storage.transactionSync(() => this.#ingest(events, batch));
    } catch (error) {
      // Storage was rolled back: memory must not know more than it.
      this.#state = null;
      this.#loaded = false;
      this.#deadline.rang();
      throw error;
    }
  }

  #ingest(events: readonly Event[], batch: IngestBatch): IngestResult {
    const state = this.#load() ?? this.#create(batch.name);
    const statuses = events.map((event) => this.#accept(state, event, batch.receivedAt ?? event.ts));
    if (statuses.includes("accepted")) {
      state.outbox.sealIfLarge();
      this.#save(state);
      this.#deadline.by(Date.now() + lake.drainDelayMs);
    }
    return { statuses, seq: state.profile.seq };
  }

  /**
   * What a decision needs: one byte of {@link EVENT_STATUS}, then the decision view (nothing after it for a visitor
   * never seen). Records the events of `batch` first, so that a page view costs one call.
   */
  decisionView(batch: IngestBatch | null): Uint8Array {
    const status = batch === null ? "none" : (this.ingest(batch).statuses[0] ?? "none");
    const state = this.#load();
    const view = state === null ? new Uint8Array(0) : viewOf(state);
    const answer = new Uint8Array(1 + view.length);
    answer[0] = EVENT_STATUS.indexOf(status);
    answer.set(view, 1);
    return answer;
  }

  /** The live profile as JSON, null for a visitor never seen. */
  readProfile(): string | null {
    const state = this.#load();
    return state === null ? null : encodeProfile(state.profile);
  }

  override async alarm(): Promise<void> {
    this.#deadline.rang();
    try {
      const state = this.#load();
      if (state === null) return;
      const { name, log } = state;
      const site = name.slice(0, name.indexOf(":"));
      const address = { table: "events", site, source: `${name}#${state.incarnation}`, log } as const;
      const next = await state.outbox.advance(address, Date.now(), () => {
        // A state that was dropped meanwhile has a newer one behind it.
        if (this.#state === state) this.#save(state);
      });
      if (next !== null) this.#deadline.by(next);
    } catch (error) {
      // Six failed alarms would be the last: catch, and come back by an alarm of our own.
      console.error({
        message: "the outbox could not be drained",
        object: this.ctx.id.toString(),
        error: String(error),
      });
      this.#deadline.by(Date.now() + lake.retryDelayMs);
    }
  }

  #accept(state: State, event: Event, receivedAt: number): "accepted" | "duplicate" {
    if (!state.dedupe.admit(event.id, receivedAt)) return "duplicate";
    const accepted: AcceptedEvent = { ...event, seq: state.profile.seq + 1, receivedAt };
    state.profile = fold(state.profile, accepted, profileConfig);
    state.view = null;
    state.outbox.append(JSON.stringify({ ...accepted, visitor: state.name }));
    return "accepted";
  }

  #load(): State | null {
    if (!this.#loaded) {
      this.#state = this.#read();
      // Only now: what could not be read must not be taken for a visitor never seen.
      this.#loaded = true;
    }
    return this.#state;
  }

  /** @throws RangeError when the row is of an unknown version or truncated */
  #read(): State | null {
    const { sql } = this.ctx.storage;
    // A visitor who was only asked about must not leave a table behind.
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'state'").toArray().length === 0) return null;
    const row = sql.exec<StateRow>("SELECT name, incarnation, log, profile, dedupe, outbox FROM state").toArray()[0];
    if (row === undefined) return null;
    const { name, incarnation, log } = row;
    const profile = decodeProfile(row.profile);
    const dedupe = DedupeWindow.decode(new Uint8Array(row.dedupe));
    const outbox = this.#outbox(row.outbox, profile.seq + 1);
    return { name, incarnation, log, profile, dedupe, outbox, view: null };
  }

  #create(name: string): State {
    this.ctx.storage.sql.exec(
      "CREATE TABLE IF NOT EXISTS state (id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT, incarnation TEXT, log TEXT, profile TEXT, dedupe BLOB, outbox TEXT)",
    );
    const incarnation = crypto.randomUUID().slice(0, 8);
    this.#state = {
      name,
      incarnation,
      log: logName(name, lake.shards),
      profile: emptyProfile(),
      dedupe: new DedupeWindow(),
      outbox: this.#outbox("", 1),
      view: null,
    };
    return this.#state;
  }

  #outbox(inline: string, nextSeq: number): Outbox {
    return new Outbox(outboxPorts(this.ctx.storage.sql, this.env), inline, nextSeq);
  }

  #save(state: State): void {
    this.ctx.storage.sql.exec(
      "INSERT OR REPLACE INTO state (id, name, incarnation, log, profile, dedupe, outbox) VALUES (1, ?, ?, ?, ?, ?, ?)",
      state.name,
      state.incarnation,
      state.log,
      encodeProfile(state.profile),
      state.dedupe.encode().buffer,
      state.outbox.encodeInline(),
    );
  }
}

function viewOf(state: State): Uint8Array {
  state.view ??= encodeView(state.profile);
  return state.view;
}
