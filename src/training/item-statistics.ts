// Item tables made from a log, as live ones are made from the queue: what the catalogue says and what events count.
import { ItemTable } from "../catalog/item-table.ts";
import { outcomesOf } from "../catalog/outcomes.ts";
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

/** Adds what `event` counts to what fades and slides. */
export function countRecent(table: ItemTable, event: AcceptedEvent): void {
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
