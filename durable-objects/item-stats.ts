// One shard of a site's items and their live statistics. Every change is folded here in one transaction, numbered by the
// shard, and published to the site's ItemEpochs, which makes it the next epoch; until that has it, the change waits here.
import { DurableObject } from "cloudflare:workers";
import { items as config, lake } from "../nowcast.config.ts";
import { encodePart, type ItemRow } from "../src/catalog/delta.ts";
import { addDropped, DROPPED_TOTALS } from "../src/catalog/dropped-totals.ts";
import type { Item, ItemPatch } from "../src/catalog/item.ts";
import { itemEpochsName, itemShardName } from "../src/catalog/item-shard.ts";
import { foldItemStats, ItemState } from "../src/catalog/item-state.ts";
import { decodeOutcomes } from "../src/catalog/outcome-codec.ts";
import type { ItemOutcome } from "../src/catalog/outcomes.ts";
import { PairBudget, type PairBudgetState } from "../src/catalog/pair-budget.ts";
import { decodePairs, type ItemPair } from "../src/catalog/pairs.ts";
import { bucketOf, POSITION_BUCKETS } from "../src/catalog/position-curve.ts";
import { type RuleFacts, ruleFactsOf } from "../src/catalog/rule-facts.ts";
import { outcomesOfShard } from "../src/catalog/shard-outcomes.ts";
import { noPairs, type Successors } from "../src/catalog/successors.ts";
import { LIMITS } from "../src/events/limits.ts";
import { logName } from "../src/lake/log-name.ts";
import { Deadline } from "./deadline.ts";
import { addColumn, ItemRows, type NewItem } from "./item-rows.ts";
import { Outbox, outboxPorts } from "./outbox.ts";
import { PairRows } from "./pair-rows.ts";

/** Whose items these are: said with every call, since an object does not know its own name. */
export interface ItemShard {
  readonly site: string;
  readonly shard: number;
}

/** Outcomes from one segment of one log; applied once, however often it is sent. */
export interface OutcomeBatch {
  readonly log: string;
  /** Number of the segment's last chunk: rises with every segment of a log. */
  readonly segment: number;
  /** See outcome-codec.ts. */
  readonly outcomes: Uint8Array;
  /** Pairs of items, by the first of them: see pairs.ts. A Worker of another deploy may send none. */
  readonly pairs?: Uint8Array;
}

/** Items that one delta may hold, at 900 bytes each and 700 for what rules ask of it at most: a row of SQLite holds 2 MB. */
const ITEMS_A_DELTA = 1_200;
/** Items that the catalogue does not list, in one shard. */
const MAX_UNLISTED = Math.ceil(config.maxUnlisted / config.shards);
/** Pairs of items that one shard lets decisions see, and items that one batch looks at when they are too many. */
const MAX_PAIRS = Math.floor(config.maxPairs / config.shards);
const ITEMS_A_WALK = 200;
const HOUR_MS = 3_600_000;

interface StateRow extends Record<string, SqlStorageValue> {
  site: string;
  shard: number;
  incarnation: string;
  log: string;
  n: number;
  seq: number;
  since_hour: number | null;
  clicks_at: string;
  dropped: string;
  outbox: string;
  /** See {@link PairBudgetState}; null in a shard of the version before. */
  pairs: string | null;
}

export class ItemStats extends DurableObject<ObjectsEnv> {
  readonly #sql: SqlStorage;
  readonly #rows: ItemRows;
  readonly #pairs: PairRows;
  readonly #deadline = new Deadline(this.ctx.storage);
  #outbox: Outbox | null = null;
  #shard: ItemShard | null = null;
  #incarnation = "";
  #log = "";
  /** Number of the last delta. */
  #n = 0;
  /** Seq of the last row for the lake. */
  #seq = 0;
  #sinceHour: number | null = null;
  #clicksAt: number[] = [];
  /** Totals of the items that were dropped (dropped-totals.ts). */
  #dropped: number[] = [];
  #budget = new PairBudget(MAX_PAIRS);
  /** The last epoch that a delta of this life became. */
  #epoch = 0;
  #publishing: Promise<number> = Promise.resolve(0);

  constructor(ctx: DurableObjectState, env: ObjectsEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#rows = new ItemRows(this.#sql);
    this.#pairs = new PairRows(this.#sql);
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS applied_segments (log TEXT PRIMARY KEY, segment INTEGER) WITHOUT ROWID;
      CREATE TABLE IF NOT EXISTS unpublished_parts (n INTEGER PRIMARY KEY, part BLOB);
      CREATE TABLE IF NOT EXISTS shard_state (
        id INTEGER PRIMARY KEY CHECK (id = 1), site TEXT, shard INTEGER, incarnation TEXT, log TEXT, n INTEGER, seq INTEGER,
        since_hour INTEGER, clicks_at TEXT, dropped TEXT, outbox TEXT, pairs TEXT
      );
    `);
    addColumn(this.#sql, "shard_state", "pairs", "TEXT");
    this.#restore();
  }

  /** Memory as the state row has it. */
  #restore(): void {
    this.#outbox?.abandon();
    const state = this.#sql.exec<StateRow>("SELECT * FROM shard_state").toArray()[0];
    this.#shard = state === undefined ? null : { site: state.site, shard: state.shard };
    this.#incarnation = state?.incarnation ?? crypto.randomUUID().slice(0, 8);
    this.#n = state?.n ?? 0;
    this.#seq = state?.seq ?? 0;
    this.#log = state?.log ?? "";
    this.#sinceHour = state?.since_hour ?? null;
    this.#clicksAt = state === undefined ? Array(POSITION_BUCKETS).fill(0) : (JSON.parse(state.clicks_at) as number[]);
    this.#dropped = state === undefined ? Array(DROPPED_TOTALS).fill(0) : (JSON.parse(state.dropped) as number[]);
    const budget = state?.pairs ?? null;
    this.#budget = new PairBudget(MAX_PAIRS, budget === null ? undefined : (JSON.parse(budget) as PairBudgetState));
    this.#rows.forgetCounts();
    this.#outbox = state === undefined ? null : this.#createOutbox(state.outbox);
  }

  /** Puts whole items. Returns the epoch from which they count. */
  async putItems(shard: ItemShard, items: readonly Item[]): Promise<number> {
    this.#transaction(shard, () => {
      for (const item of items) {
        this.#rows.put(item, Date.now());
        this.#record(item);
      }
      this.#addDelta(
        items.map(({ id }) => id),
        [],
        items,
      );
    });
    return this.#publish();
  }

  /** Changes fields of an item. Null when there is no such item. */
  async patchItem(shard: ItemShard, id: string, patch: ItemPatch): Promise<number | null> {
    const item = this.#rows.itemOf(id);
    return item === null ? null : this.putItems(shard, [{ ...item, ...patch, id }]);
  }

  /** What pages show of items, each as JSON; null where there is none. */
  displaysOf(ids: readonly string[]): (string | null)[] {
    return ids.map((id) => this.#rows.displayOf(id));
  }

  /** Takes an item out of decisions; its statistics stay. Null when there is no such item. */
  async deleteItem(shard: ItemShard, id: string): Promise<number | null> {
    if (!this.#rows.isListed(id)) return null;
    this.#transaction(shard, () => {
      this.#rows.markDeleted(id);
      this.#record({ id, deleted: true });
      this.#addDelta([id]);
    });
    return this.#publish();
  }

  /** Folds the outcomes of a segment, once. Returns an epoch that has them. */
  async applyOutcomes(shard: ItemShard, { log, segment, outcomes, pairs }: OutcomeBatch): Promise<number> {
    const done = this.#sql
      .exec<{ segment: number }>("SELECT segment FROM applied_segments WHERE log = ?", log)
      .toArray()[0];
    if (done === undefined || done.segment < segment) {
      const decoded = decodeOutcomes(outcomes);
      const decodedPairs = pairs === undefined ? [] : decodePairs(pairs);
      this.#transaction(shard, () => {
        this.#sql.exec("INSERT OR REPLACE INTO applied_segments (log, segment) VALUES (?, ?)", log, segment);
        this.#fold(shard.shard, decoded, decodedPairs);
      });
    }
    return this.#publish();
  }

  /** Of the one object that kept all items of a site until 0.1: the last epoch it made; 0 of any other. */
  lastEpochOfVersion1(): number {
    const before = this.#sql.exec("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'state'").toArray();
    if (before.length === 0) return 0;
    return this.#sql.exec<{ epoch: number }>("SELECT epoch FROM state").toArray()[0]?.epoch ?? 0;
  }

  #fold(shard: number, outcomes: readonly ItemOutcome[], pairs: readonly ItemPair[]): void {
    const latestAt = Date.now() + LIMITS.tsAheadMs;
    const own = outcomesOfShard(outcomes, shard, config.shards, latestAt);
    const ownPairs = outcomesOfShard(pairs, shard, config.shards, latestAt);
    const foreign = own.foreign + ownPairs.foreign;
    if (foreign > 0) console.error({ message: "outcomes of items of another shard were left out", shard, foreign });
    if (own.own.length + ownPairs.own.length === 0) return;
    const states = new Map<string, ItemState>();
    const added = new Map<string, NewItem>();
    for (const outcome of own.own) {
      const { itemId, at } = outcome;
      let state = states.get(itemId);
      if (state === undefined) {
        const known = this.#rows.statisticsOf(itemId);
        state = known ?? new ItemState();
        if (known === null) added.set(itemId, { statistics: state, since: at });
        states.set(itemId, state);
      }
      foldItemStats(state, outcome);
      const hour = Math.floor(at / HOUR_MS);
      this.#sinceHour = Math.min(this.#sinceHour ?? hour, hour);
      if (outcome.outcome !== "clicks" || outcome.position < 0) continue;
      const bucket = bucketOf(outcome.position);
      this.#clicksAt[bucket] = (this.#clicksAt[bucket] ?? 0) + 1;
    }
    const paired = new Map<string, Successors>();
    for (const pair of ownPairs.own) {
      const { itemId } = pair;
      // What touched the first item made a row of it: one that is gone was dropped.
      if (!paired.has(itemId) && !states.has(itemId) && !this.#rows.has(itemId)) continue;
      paired.set(itemId, this.#pairs.add(pair));
      this.#budget.noteTime(pair.at);
    }
    for (const successors of paired.values()) this.#budget.grant(successors);
    for (const [id, state] of states) {
      if (!added.has(id)) this.#rows.putStatistics(id, state, this.#pairs.take(id));
    }
    const dropped = this.#addUnlisted(added);
    const walked = this.#walkPairs();
    this.#pairs.save();
    this.#addDelta([...states.keys(), ...paired.keys(), ...walked], dropped);
  }

  /**
   * Keeps items that only events name within their bound: whoever has a public key can make up any number of them.
   * @returns ids of the rows that went
   */
  #addUnlisted(added: ReadonlyMap<string, NewItem>): string[] {
    const { dropped, refused } = this.#rows.addUnlisted(added, MAX_UNLISTED, (id) => {
      const successors = this.#pairs.of(id);
      if (successors !== null) this.#budget.release(successors);
      this.#pairs.forget(id);
    });
    if (dropped.length + refused.length === 0) return [];
    for (const { statistics } of dropped) addDropped(this.#dropped, statistics);
    for (const id of refused) addDropped(this.#dropped, added.get(id)?.statistics ?? new ItemState());
    console.warn({
      message: "items that the catalogue does not list are too many: those with the least recent traffic were dropped",
      ...this.#shard,
      dropped: dropped.length,
      refused: refused.length,
      limit: MAX_UNLISTED,
    });
    return dropped.map(({ id }) => id);
  }

  /** Where pairs are too many: takes back what weighs too little now, some items at a time. @returns those that show fewer */
  #walkPairs(): string[] {
    const from = this.#budget.nextWalk();
    if (from === null) return [];
    const items = this.#pairs.after(from, ITEMS_A_WALK);
    const changed = items.filter(({ pairs }) => this.#budget.grant(pairs));
    for (const { id, pairs } of changed) this.#pairs.put(id, pairs);
    this.#budget.walked(items.length < ITEMS_A_WALK ? null : (items.at(-1)?.id ?? null));
    return changed.map(({ id }) => id);
  }

  override async alarm(): Promise<void> {
    this.#deadline.rang();
    if (this.#shard === null) return;
    const { site, shard } = this.#shard;
    try {
      await this.#publish();
      const source = `${itemShardName(site, shard)}#${this.#incarnation}`;
      const outbox = this.#outbox;
      const address = { table: "items", site, source, log: this.#log } as const;
      const next = await outbox?.advance(address, Date.now(), () => this.#save());
      if (outbox?.isAbandoned) this.#deadline.by(Date.now() + lake.drainDelayMs);
      else if (next !== null && next !== undefined) this.#deadline.by(next);
    } catch (error) {
      console.error({ message: "deltas or items could not be handed on", site, shard, error: String(error) });
      this.#deadline.by(Date.now() + lake.retryDelayMs);
    }
  }

  /** All of `work` or nothing, in storage and in memory. */
  #transaction(shard: ItemShard, work: () => void): void {
    try {
      this.ctx.storage.transactionSync(() => {
        this.#shard ??= shard;
        if (this.#log === "") this.#log = logName(itemShardName(shard.site, shard.shard), lake.shards);
        this.#outbox ??= this.#createOutbox("");
        work();
        this.#outbox.sealIfLarge();
        this.#save();
        this.#deadline.by(Date.now() + lake.drainDelayMs);
      });
    } catch (error) {
      this.#restore();
      this.#pairs.restore();
      this.#deadline.rang();
      throw error;
    }
  }

  /** The rows of `ids` as they are now, to be published. @param put items among them that were put: what rules ask of these goes along */
  #addDelta(ids: readonly string[], droppedIds: readonly string[] = [], put: readonly Item[] = []): void {
    const facts = new Map(put.map((item) => [item.id, ruleFactsOf(item)]));
    const changed = [...new Set([...ids, ...droppedIds])];
    const isDropped = new Set(droppedIds);
    // Numbers of the shard may have changed where no row did.
    for (let from = 0; from === 0 || from < changed.length; from += ITEMS_A_DELTA) {
      const some = changed.slice(from, from + ITEMS_A_DELTA);
      const part = encodePart({
        shard: this.#shard?.shard ?? 0,
        sinceHour: this.#sinceHour,
        clicksAt: this.#clicksAt,
        dropped: this.#dropped,
        rows: some.flatMap((id) => this.#rowOf(id)),
        droppedIds: some.filter((id) => isDropped.has(id)),
        facts: new Map(some.flatMap((id) => (facts.has(id) ? [[id, facts.get(id) as RuleFacts]] : []))),
      });
      this.#n += 1;
      this.#sql.exec("INSERT INTO unpublished_parts (n, part) VALUES (?, ?)", this.#n, part.buffer);
    }
  }

  #rowOf(id: string): ItemRow[] {
    const row = this.#rows.row(id);
    if (row === null) return [];
    const pairs = noPairs();
    this.#pairs.of(id)?.serve(pairs);
    return [{ ...row, pairs }];
  }

  /** Hands on what waits, one call after the other. Returns an epoch that has it all. */
  #publish(): Promise<number> {
    const next = () => this.#publishWaiting();
    this.#publishing = this.#publishing.then(next, next);
    return this.#publishing;
  }

  async #publishWaiting(): Promise<number> {
    if (this.#shard === null) return 0;
    const { site, shard } = this.#shard;
    const epochs = this.env.ITEM_EPOCHS.getByName(itemEpochsName(site));
    const waiting = this.#sql
      .exec<{ n: number; part: ArrayBuffer }>("SELECT n, part FROM unpublished_parts ORDER BY n")
      .toArray();
    for (const { n, part } of waiting) {
      this.#epoch = await epochs.publish(site, { shard, incarnation: this.#incarnation, n }, new Uint8Array(part));
      this.#sql.exec("DELETE FROM unpublished_parts WHERE n = ?", n);
    }
    // After a restart with nothing to publish: the present epoch has whatever was published before.
    if (this.#epoch === 0) this.#epoch = (await epochs.head()).epoch;
    return this.#epoch;
  }

  /** Every change of an item is a row of the lake, so that training sees the catalogue as it was. */
  #record(item: { id: string; deleted?: boolean }): void {
    this.#seq += 1;
    this.#outbox?.append(JSON.stringify({ ...item, seq: this.#seq, receivedAt: Date.now() }));
  }

  #createOutbox(inline: string): Outbox {
    return new Outbox(outboxPorts(this.#sql, this.env), inline, this.#seq + 1);
  }

  #save(): void {
    this.#sql.exec(
      `INSERT OR REPLACE INTO shard_state (id, site, shard, incarnation, log, n, seq, since_hour, clicks_at, dropped,
         outbox, pairs) VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      this.#shard?.site ?? "",
      this.#shard?.shard ?? 0,
      this.#incarnation,
      this.#log,
      this.#n,
      this.#seq,
      this.#sinceHour,
      JSON.stringify(this.#clicksAt),
      JSON.stringify(this.#dropped),
      this.#outbox?.encodeInline() ?? "",
      JSON.stringify(this.#budget.state),
    );
  }
}
