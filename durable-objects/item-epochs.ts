// The sequencer of a site's item data: numbers the deltas of all shards into one sequence of epochs, keeps the recent ones
// for isolates, and hands each to R2, for anyone who rebuilds a decision, with the whole catalogue from time to time.
import { DurableObject } from "cloudflare:workers";
import { lake } from "../nowcast.config.ts";
import { encodeDelta, mergeParts } from "../src/catalog/delta.ts";
import { itemsOfVersion1 } from "../src/catalog/item-shard.ts";
import { epochKey, itemBaseKey } from "../src/lake/keys.ts";
import { Deadline } from "./deadline.ts";
import { deleteBasesBefore, lastEpochInLake, readBase, rebuildBase, writeBase } from "./item-bases.ts";
import type { DeltaSource, ItemHead } from "./item-messages.ts";

/** After so many epochs, or so many bytes of deltas, the whole catalogue is written; deltas are kept back to the one before. */
export const EPOCHS_A_BASE = 256;
export const BYTES_A_BASE = 8 * 1024 * 1024;
/** Deltas written to R2 at a time. */
const WRITES_AT_ONCE = 6;

interface StateRow extends Record<string, SqlStorageValue> {
  site: string;
  incarnation: string;
  /** Epochs of the time before this object's storage, which shares R2 with them. */
  first: number;
  epoch: number;
  base: number;
  oldest: number;
}

export class ItemEpochs extends DurableObject<ObjectsEnv> {
  readonly #sql: SqlStorage;
  readonly #deadline = new Deadline(this.ctx.storage);
  #state: StateRow;
  /** Somebody asked for the newest base, and it was not there. */
  #baseIsMissing = false;

  constructor(ctx: DurableObjectState, env: ObjectsEnv) {
    super(ctx, env);
    this.#sql = ctx.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS sources (shard INTEGER PRIMARY KEY, incarnation TEXT, n INTEGER);
      CREATE TABLE IF NOT EXISTS deltas (epoch INTEGER PRIMARY KEY, part BLOB, written INTEGER DEFAULT 0);
      CREATE TABLE IF NOT EXISTS state (
        id INTEGER PRIMARY KEY CHECK (id = 1), site TEXT, incarnation TEXT, first INTEGER, epoch INTEGER, base INTEGER,
        oldest INTEGER
      );
    `);
    this.#state = this.#read();
  }

  #read(): StateRow {
    const [row] = this.#sql.exec<StateRow>("SELECT site, incarnation, first, epoch, base, oldest FROM state").toArray();
    return row ?? { site: "", incarnation: crypto.randomUUID().slice(0, 8), first: 0, epoch: 0, base: 0, oldest: 0 };
  }

  /** Makes a part of a shard the next epoch, once. Returns an epoch that has it. */
  async publish(site: string, { shard, incarnation, n }: DeltaSource, part: Uint8Array): Promise<number> {
    if (this.#state.epoch === 0) await this.#continueFrom(site);
    const last = this.#sql
      .exec<{ incarnation: string; n: number }>("SELECT incarnation, n FROM sources WHERE shard = ?", shard)
      .toArray()[0];
    if (last?.incarnation === incarnation && last.n >= n) return this.#state.epoch;
    this.#change({ ...this.#state, site, epoch: this.#state.epoch + 1 }, () => {
      const values = [shard, incarnation, n];
      this.#sql.exec("INSERT OR REPLACE INTO sources (shard, incarnation, n) VALUES (?, ?, ?)", ...values);
      const bytes = part.slice().buffer;
      this.#sql.exec("INSERT INTO deltas (epoch, part) VALUES (?, ?)", this.#state.epoch + 1, bytes);
    });
    this.#deadline.by(Date.now() + lake.drainDelayMs);
    return this.#state.epoch;
  }

  /**
   * Epochs go on where those before ended, lest deltas in R2 be written over: those of 0.1, or of an object of this name whose
   * storage was lost. Then its shards tell what changes from now on: the whole catalogue must be put again.
   */
  async #continueFrom(site: string): Promise<void> {
    const [version1, inLake] = await Promise.all([
      this.env.ITEM_STATS.getByName(itemsOfVersion1(site)).lastEpochOfVersion1(),
      lastEpochInLake(this.env.LAKE, site),
    ]);
    const first = Math.max(version1, inLake);
    if (this.#state.epoch !== 0) return;
    if (inLake > version1) {
      console.error({ message: "item epochs begin anew after others: put the catalogue again", site, epoch: inLake });
    }
    this.#state = { ...this.#state, first, epoch: first, oldest: first };
  }

  head(): ItemHead {
    const { incarnation, epoch, base, oldest } = this.#state;
    // Told before it is stored, a life of the object could not be told from the next.
    return { incarnation: epoch === 0 ? "" : incarnation, epoch, base, oldest };
  }

  /** What changed after epoch `from` up to `to`; null when that is not, or no longer, here. */
  range(from: number, to: number): Uint8Array | null {
    const { oldest, epoch } = this.#state;
    if (from < oldest || to > epoch || from >= to) return null;
    return this.#encode(from, to, mergeParts(this.#parts(from, to)));
  }

  /** The whole catalogue as of the epoch of a base; null when there is none of that epoch. */
  async base(epoch: number): Promise<ReadableStream<Uint8Array> | null> {
    const file = await this.env.LAKE.get(itemBaseKey(this.#state.site, epoch));
    if (file === null && epoch > 0 && epoch === this.#state.base) {
      this.#baseIsMissing = true;
      this.#deadline.by(Date.now());
    }
    return file?.body ?? null;
  }

  override async alarm(): Promise<void> {
    this.#deadline.rang();
    try {
      await this.#writeDeltas();
      await this.#writeBase();
    } catch (error) {
      console.error({ message: "epochs could not be written", site: this.#state.site, error: String(error) });
      this.#deadline.by(Date.now() + lake.retryDelayMs);
    }
  }

  async #writeDeltas(): Promise<void> {
    const epochs = this.#sql
      .exec<{ epoch: number }>("SELECT epoch FROM deltas WHERE written = 0 ORDER BY epoch")
      .toArray();
    for (let from = 0; from < epochs.length; from += WRITES_AT_ONCE) {
      await Promise.all(
        epochs.slice(from, from + WRITES_AT_ONCE).map(async ({ epoch }) => {
          const delta = this.#encode(epoch - 1, epoch, this.#parts(epoch - 1, epoch));
          await this.env.LAKE.put(epochKey(this.#state.site, epoch), delta);
          this.#sql.exec("UPDATE deltas SET written = 1 WHERE epoch = ?", epoch);
        }),
      );
    }
  }

  /** Merges the base before with the deltas since: what no delta names stays as it was. */
  async #writeBase(): Promise<void> {
    const { site, first, base, epoch: next } = this.#state;
    const { epochs, bytes } = this.#sql
      .exec<{ epochs: number; bytes: number }>(
        "SELECT count(*) AS epochs, coalesce(sum(length(part)), 0) AS bytes FROM deltas WHERE epoch > ?",
        base,
      )
      .one();
    const due = epochs >= EPOCHS_A_BASE || bytes >= BYTES_A_BASE;
    if (!due && !this.#baseIsMissing) return;
    const before = base === 0 ? [] : await readBase(this.env.LAKE, site, base);
    if (before === null) {
      console.error({ message: "the base of item data is missing and made again", site, base });
      this.#baseIsMissing = !(await rebuildBase(this.env.LAKE, site, first, base));
      this.#deadline.by(Date.now());
      return;
    }
    this.#baseIsMissing = false;
    if (!due) return;
    await writeBase(this.env.LAKE, site, next, mergeParts([...before, ...this.#parts(base, next)], true));
    const oldest = Math.max(this.#state.oldest, base);
    this.#change({ ...this.#state, base: next, oldest }, () => {
      this.#sql.exec("DELETE FROM deltas WHERE epoch <= ? AND written = 1", oldest);
    });
    // Isolates that have a head of a second ago may still ask for the one before.
    await deleteBasesBefore(this.env.LAKE, site, base);
  }

  /** The first delta of all is the whole catalogue: it takes the place of what a table may have from before. */
  #encode(from: number, to: number, parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    return encodeDelta(from <= this.#state.first ? 0 : from, to, parts);
  }

  #parts(from: number, to: number): Uint8Array[] {
    return this.#sql
      .exec<{ part: ArrayBuffer }>("SELECT part FROM deltas WHERE epoch > ? AND epoch <= ? ORDER BY epoch", from, to)
      .toArray()
      .map(({ part }) => new Uint8Array(part));
  }

  /** `work` and the new state together, in storage first. */
  #change(next: StateRow, work: () => void): void {
    this.ctx.storage.transactionSync(() => {
      work();
      const { site, incarnation, first, epoch, base, oldest } = next;
      this.#sql.exec(
        "INSERT OR REPLACE INTO state (id, site, incarnation, first, epoch, base, oldest) VALUES (1, ?, ?, ?, ?, ?, ?)",
        site,
        incarnation,
        first,
        epoch,
        base,
        oldest,
      );
    });
    this.#state = next;
  }
}
