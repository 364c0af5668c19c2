// The isolate's copy of a site's live items: a few seconds old at most, refreshed by deltas in parallel with the
// profile read, shared by all requests.
import type { ItemStats } from "../../durable-objects/item-stats.ts";
import { freshness } from "../../nowcast.config.ts";
import { ItemTable } from "../../src/catalog/item-table.ts";

interface HeldItems {
  table: ItemTable;
  readAt: number;
  refreshing: Promise<boolean> | null;
  refreshStartedAt: number;
}

const held = new Map<string, HeldItems>();
const REFRESH_STUCK_MS = 10_000;

export function heldItems(site: string): ItemTable | null {
  return held.get(site)?.table ?? null;
}

/** The table, refreshed when it is older than the configured freshness. `fresh` is false when that failed. */
export async function freshItems(
  site: string,
  objects: DurableObjectNamespace<ItemStats>,
  waitUntil: (work: Promise<unknown>) => void,
  clock: () => number,
): Promise<{ table: ItemTable; fresh: boolean }> {
  let copy = held.get(site);
  if (copy === undefined) {
    copy = { table: new ItemTable(), readAt: Number.NEGATIVE_INFINITY, refreshing: null, refreshStartedAt: 0 };
    held.set(site, copy);
  }
  const now = clock();
  if (now - copy.readAt < freshness.itemsMs) return { table: copy.table, fresh: true };
  if (copy.refreshing === null || now - copy.refreshStartedAt > REFRESH_STUCK_MS) {
    copy.refreshStartedAt = now;
    copy.refreshing = refresh(site, copy, objects, clock);
    waitUntil(copy.refreshing);
  }
  const fresh = await copy.refreshing;
  return { table: copy.table, fresh };
}

async function refresh(
  site: string,
  copy: HeldItems,
  objects: DurableObjectNamespace<ItemStats>,
  clock: () => number,
): Promise<boolean> {
  try {
    const delta = await objects.getByName(`${site}:items`).changesSince(copy.table.epoch);
    if (delta !== null) copy.table.apply(delta);
    copy.readAt = clock();
    return true;
  } catch (error) {
    console.error({ message: "items could not be refreshed", site, error: String(error) });
    // A delta that broke off has left the table half changed: start again from nothing.
    if (error instanceof RangeError) copy.table = new ItemTable();
    return false;
  } finally {
    copy.refreshing = null;
  }
}
