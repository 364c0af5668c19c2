// A visitor in storage and in memory: read once, written whole, and never known better in memory than in storage.
import { lake, profileOfSite } from "../nowcast.config.ts";
import { logName } from "../src/lake/log-name.ts";
import { newVisitor } from "../src/profile/accept.ts";
import type { Deadline } from "./deadline.ts";
import type { Outbox } from "./outbox.ts";
import { createTable, newMeta, readVisitor, writeVisitor } from "./visitor-row.ts";
import { type HeldVisitor, newIncarnation, siteOf } from "./visitor-state.ts";

export class VisitorStore {
  readonly #storage: DurableObjectStorage;
  readonly #deadline: Deadline;
  readonly newOutbox: (inline: string, nextRow: number) => Outbox;
  #state: HeldVisitor | null = null;
  #loaded = false;
  #hasTable = false;

  /** @param newOutbox makes the outbox of a state, from its inline part and the number of its next row */
  constructor(
    storage: DurableObjectStorage,
    deadline: Deadline,
    newOutbox: (inline: string, nextRow: number) => Outbox,
  ) {
    this.#storage = storage;
    this.newOutbox = newOutbox;
    this.#deadline = deadline;
  }

  /** Whether a state that was held before an await still is the one that is held. */
  isCurrent(state: HeldVisitor): boolean {
    return this.#state === state;
  }

  /** Holds `state` from here on. */
  replace(state: HeldVisitor): void {
    this.#state = state;
  }

  /** The state, or null when it cannot be read: what is to be erased need not be. */
  readable(): HeldVisitor | null {
    try {
      return this.load();
    } catch {
      return null;
    }
  }

  load(): HeldVisitor | null {
    if (!this.#loaded) {
      const stored = readVisitor(this.#storage.sql);
      this.#state =
        stored === null
          ? null
          : {
              ...stored,
              outbox: this.newOutbox(stored.outbox, stored.meta.rows + 1),
              config: profileOfSite(siteOf(stored.meta.name)),
              view: null,
            };
      // Only now: what could not be read must not be taken for a visitor never seen.
      this.#loaded = true;
    }
    return this.#state;
  }

  create(name: string): HeldVisitor {
    this.#state = {
      meta: newMeta(name, newIncarnation(), logName(name, lake.shards)),
      live: newVisitor(),
      outbox: this.newOutbox("", 1),
      config: profileOfSite(siteOf(name)),
      view: null,
    };
    return this.#state;
  }

  save({ meta, live, outbox }: HeldVisitor): void {
    outbox.sealIfLarge();
    if (!this.#hasTable) createTable(this.#storage.sql);
    this.#hasTable = true;
    writeVisitor(this.#storage.sql, meta, live, outbox.encodeInline());
  }

  /** All of `work` or nothing, in storage and in memory. */
  transaction<T>(work: () => T): T {
    try {
      return this.#storage.transactionSync(work);
    } catch (error) {
      // Storage was rolled back: memory must not know more than it.
      this.forget();
      throw error;
    }
  }

  /** Memory is a cache: from here on storage is asked again. */
  forget(): void {
    this.#state?.outbox.abandon();
    this.#state = null;
    this.#loaded = false;
    this.#hasTable = false;
    this.#deadline.rang();
  }

  isGone(): boolean {
    try {
      return this.load() === null;
    } catch {
      return false;
    }
  }
}
