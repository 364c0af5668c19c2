// The isolate's copy of a site's live items: a few seconds old at most, brought up to the newest epoch by what changed since
// its own, in parallel with the profile read, and shared by all requests.
import { freshness } from "../../nowcast.config.ts";
import { ItemTable } from "../../src/catalog/item-table.ts";
import { type EpochSource, rangeStart } from "./item-epochs.ts";

/** Where item data come from. */
export interface ItemSource {
  /** Through the cache of the data centre, and past it. */
  readonly cached: EpochSource;
  readonly direct: EpochSource;
}

interface HeldItems {
  table: ItemTable;
  /** Of the epochs that the table is made of. */
  incarnation: string;
  /** Before the head was asked for that the table is of: what changed since may be missing. */
  readAt: number;
  refresh: Refresh | null;
}

/** One attempt to bring a copy up. Only the one that the copy names may change it. */
interface Refresh {
  readonly startedAt: number;
  done: Promise<boolean>;
}

const REFRESH_STUCK_MS = 10_000;

/** The copies of one isolate, a site each. */
export class IsolateItems {
  readonly #held = new Map<string, HeldItems>();

  /** The copy at hand, however old. */
  held(site: string): ItemTable | null {
    return this.#held.get(site)?.table ?? null;
  }

  /** The table, refreshed when it is older than the configured freshness. `fresh` is false when that failed. */
  async fresh(
    site: string,
    source: () => ItemSource,
    waitUntil: (work: Promise<unknown>) => void,
    clock: () => number,
  ): Promise<{ table: ItemTable; fresh: boolean }> {
    let copy = this.#held.get(site);
    if (copy === undefined) {
      copy = { table: new ItemTable(), incarnation: "", readAt: Number.NEGATIVE_INFINITY, refresh: null };
      this.#held.set(site, copy);
    }
    const now = clock();
    if (now - copy.readAt < freshness.itemsMs) return { table: copy.table, fresh: true };
    let current = copy.refresh;
    if (current === null || now - current.startedAt > REFRESH_STUCK_MS) {
      current = { startedAt: now, done: Promise.resolve(false) };
      copy.refresh = current;
      current.done = refresh(site, copy, current, source());
      waitUntil(current.done);
    }
    const fresh = await current.done;
    return { table: copy.table, fresh };
  }
}

async function refresh(site: string, copy: HeldItems, current: Refresh, source: ItemSource): Promise<boolean> {
  try {
    try {
      await bringUp(copy, current, source.cached);
    } catch (error) {
      if (copy.refresh !== current) throw error;
      console.warn({ message: "items could not be refreshed through the cache", site, error: String(error) });
      // A delta that broke off may have left the table half changed: start again from nothing.
      if (error instanceof RangeError) copy.incarnation = "";
      await bringUp(copy, current, source.direct);
    }
    copy.readAt = current.startedAt;
    return true;
  } catch (error) {
    console.error({ message: "items could not be refreshed", site, error: String(error) });
    if (error instanceof RangeError && copy.refresh === current) copy.incarnation = "";
    return false;
  } finally {
    if (copy.refresh === current) copy.refresh = null;
  }
}

/** Applies what the table lacks. @throws RangeError when what came is not that; SupersededError when it came too late */
async function bringUp(copy: HeldItems, current: Refresh, epochs: EpochSource): Promise<void> {
  const ifCurrent = <T>(read: T): T => {
    if (copy.refresh !== current) throw new SupersededError("a newer refresh has begun");
    return read;
  };
  const head = ifCurrent(await epochs.head());
  // Epochs that began anew have the same numbers for something else. The old table serves until the new one is whole.
  const table = head.incarnation === copy.incarnation ? copy.table : new ItemTable();
  if (table.epoch < head.oldest && head.base > 0) table.apply(ifCurrent(await epochs.base(head)));
  if (table.epoch < head.epoch) table.apply(ifCurrent(await epochs.range(head, rangeStart(table.epoch, head))));
  if (table.epoch < head.epoch) throw new RangeError(`epoch ${table.epoch} came where ${head.epoch} was asked for`);
  copy.table = table;
  copy.incarnation = head.incarnation;
}

/** A refresh took so long that another one began. */
class SupersededError extends Error {}
