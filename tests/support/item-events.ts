// Random events about items, and deltas made by hand.
import fc from "fast-check";
import { encodeDelta, encodePart, type ItemFacts, type ItemRow } from "../../src/catalog/delta.ts";
import { ItemState } from "../../src/catalog/item-state.ts";
import type { ItemTable } from "../../src/catalog/item-table.ts";
import { type CountedEvent, outcomesOf } from "../../src/catalog/outcomes.ts";
import type { PairedEvent } from "../../src/catalog/pairs.ts";
import type { OutcomeCounts } from "../../src/catalog/statistics-columns.ts";

const DAY_MS = 86_400_000;

/** A row with totals alone. */
export function bareRow(facts: ItemFacts, counts: OutcomeCounts): ItemRow {
  return { ...facts, statistics: Object.assign(new ItemState(), counts) };
}

/** A delta of one part; the numbers of the shard are those of `of`. */
export function deltaOf(from: number, to: number, rows: readonly ItemRow[], of?: ItemTable): Uint8Array<ArrayBuffer> {
  const { sinceHour, clicksAt } = of?.shardNumbers() ?? { sinceHour: null, clicksAt: [] };
  return encodeDelta(from, to, [encodePart({ shard: 0, sinceHour, clicksAt, rows })]);
}

/** Events of a few items around `now`, mostly in order, some late by days, some a year later; most follow earlier ones. */
export function someEvents(now: number): fc.Arbitrary<(CountedEvent & PairedEvent)[]> {
  const item = fc.record(
    {
      id: fc.constantFrom("a", "b", "c", "d", "__proto__"),
      price: fc.integer({ min: 0, max: 10_000 }).map((cents) => cents / 100),
      quantity: fc.integer({ min: 0, max: 4 }),
    },
    { requiredKeys: ["id"] },
  );
  const age = fc.oneof(fc.integer({ min: 0, max: DAY_MS }), fc.integer({ min: -300 * DAY_MS, max: 30 * DAY_MS }));
  const event = fc.record(
    {
      type: fc.constantFrom(
        "view_item_list",
        "view_item_list",
        "select_item",
        "view_item",
        "add_to_cart",
        "purchase",
        "search",
      ),
      items: fc.array(item, { minLength: 1, maxLength: 6 }),
      receivedAt: age.map((ms) => now - ms),
      placement: fc.oneof(
        fc.constantFrom("home", "cart"),
        fc.integer({ min: 0, max: 5 }).map((n) => `slot-${n}`),
      ),
      position: fc.nat(30),
      value: fc.integer({ min: -100, max: 100_000 }),
      bot: fc.constant(true as const),
    },
    { requiredKeys: ["type", "items", "receivedAt"] },
  );
  return fc
    .array(fc.tuple(event, fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 512 })), { maxLength: 5 })), {
      maxLength: 40,
    })
    .map(withEarlierItems);
}

/** Events that follow those so many before them. */
function withEarlierItems(
  events: readonly (readonly [CountedEvent, readonly (readonly [distance: number, weight: number])[]])[],
): (CountedEvent & PairedEvent)[] {
  return events.map(([event, before], index) => ({
    ...event,
    follows: before.flatMap(([distance, weight]) => {
      const [earlier] = events[index - 1 - distance] ?? [];
      const id = earlier === undefined || outcomesOf(earlier).length === 0 ? undefined : earlier.items?.[0]?.id;
      return id === undefined ? [] : [{ id, weight }];
    }),
  }));
}
