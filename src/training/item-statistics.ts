// Item tables made from a log, as live ones are made from the queue: what the catalogue says and what events count.
import { ItemTable } from "../catalog/item-table.ts";
import { outcomesOf } from "../catalog/outcomes.ts";
import { pairsOf } from "../catalog/pairs.ts";
import type { PlacementCounts } from "../catalog/placement-counts.ts";
import type { AcceptedEvent } from "../events/event.ts";
import type { TimelineEntry } from "./history.ts";
import type { LogItem } from "./log.ts";

export function putItem(table: ItemTable, { id, category, price, available }: LogItem): void {
  table.put(id, category ?? "", price ?? Number.NaN, available ?? true);
}

/** Adds what `events` count to the totals, or with `sign` −1 takes it out again. */
export function countTotals(table: ItemTable, events: Iterable<AcceptedEvent>, sign: 1 | -1 = 1): void {
  for (const event of events) for (const outcome of outcomesOf(event)) table.countTotals(outcome, sign);
}

/**
 * Runs `work` with what `events` count added to the totals. Then the table is as it was: of an item that is seen in more
 * placements than it keeps, those that were pushed out meanwhile are there again.
 */
export function withTotals(table: ItemTable, events: readonly AcceptedEvent[], work: () => void): void {
  const placements = new Map<number, PlacementCounts[]>();
  for (const event of events) {
    for (const { itemId } of outcomesOf(event)) {
      const slot = table.slotOf(itemId);
      if (slot >= 0 && !placements.has(slot)) placements.set(slot, table.placements.read(slot));
    }
  }
  countTotals(table, events);
  work();
  countTotals(table, events, -1);
  for (const [slot, rows] of placements) table.placements.write(slot, rows);
}

/** Adds what `event` counts to what fades and slides, pairs of items with it. */
export function countRecent(table: ItemTable, event: AcceptedEvent): void {
  for (const pair of pairsOf(event)) table.countPair(pair);
  for (const outcome of outcomesOf(event)) table.countRecent(outcome);
}

/** Takes the next entry of a timeline. */
export function follow(table: ItemTable, entry: TimelineEntry): void {
  if ("event" in entry) table.observe(entry.event);
  else putItem(table, entry.record);
}

/** The table as of the end of `entries`. */
export function itemTableOf(entries: Iterable<TimelineEntry>): ItemTable {
  const table = new ItemTable();
  for (const entry of entries) follow(table, entry);
  return table;
}
