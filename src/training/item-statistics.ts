// Item tables made from a log, as live ones are made from the queue: what the catalogue says and what events count.
import { ItemTable } from "../catalog/item-table.ts";
import { countOutcomes, type OutcomeCounts } from "../catalog/outcomes.ts";
import type { AcceptedEvent } from "../events/event.ts";
import type { TimelineEntry } from "./history.ts";
import type { LogItem } from "./log.ts";

export function putItem(table: ItemTable, { id, category, price, available }: LogItem): void {
  table.put(id, category ?? "", price ?? Number.NaN, available ?? true);
}

/** Adds what `events` count, or with `sign` −1 takes it out again. */
export function countInto(table: ItemTable, events: Iterable<AcceptedEvent>, sign: 1 | -1 = 1): void {
  const counts = new Map<string, OutcomeCounts>();
  for (const event of events) countOutcomes(counts, event, sign);
  if (counts.size > 0) table.add(counts);
}

/** The table as of the end of `entries`. */
export function itemTableOf(entries: Iterable<TimelineEntry>): ItemTable {
  const table = new ItemTable();
  const events: AcceptedEvent[] = [];
  for (const entry of entries) {
    if ("event" in entry) events.push(entry.event);
    else putItem(table, entry.record);
  }
  countInto(table, events);
  return table;
}
