import fc from "fast-check";
import { expect, test } from "vitest";
import { someEvents } from "../../tests/support/item-events.ts";
import { decodeOutcomes, encodeOutcomes } from "./outcome-codec.ts";
import { type CountedEvent, outcomesOf, placementHash } from "./outcomes.ts";

const NOW = 1_732_280_000_000;
const of = (event: Omit<CountedEvent, "receivedAt">) => outcomesOf({ receivedAt: NOW, ...event });

test("an event says one outcome of each of its items, in their order; a list from its position on", () => {
  const items = [{ id: "a" }, { id: "b" }];
  const shown = { outcome: "impressions", at: NOW, placement: placementHash("home"), revenue: 0 };
  expect(of({ type: "view_item_list", items, placement: "home", position: 4 })).toEqual([
    { itemId: "a", position: 4, ...shown },
    { itemId: "b", position: 5, ...shown },
  ]);
  expect(of({ type: "select_item", items: [{ id: "a" }], position: 2 })[0]).toMatchObject({
    position: 2,
    placement: 0,
  });
  expect(of({ type: "select_item", items: [{ id: "a" }] })[0]).toMatchObject({ outcome: "clicks", position: -1 });
});

test("events of other types, without items, and of bots say nothing", () => {
  for (const type of ["search", "constructor", "__proto__", "page_view"])
    expect(of({ type, items: [{ id: "a" }] })).toEqual([]);
  expect(of({ type: "purchase" })).toEqual([]);
  expect(of({ type: "select_item", items: [{ id: "a" }], bot: true })).toEqual([]);
});

test("revenue is price times quantity in hundredths; without any price the value is split by quantity", () => {
  const revenues = (event: Omit<CountedEvent, "receivedAt" | "type">) =>
    of({ type: "purchase", ...event }).map(({ revenue }) => revenue);
  expect(revenues({ items: [{ id: "a", price: 12.99, quantity: 2 }, { id: "b" }], value: 99 })).toEqual([2598, 0]);
  expect(revenues({ items: [{ id: "a", quantity: 3 }, { id: "b" }], value: 40 })).toEqual([3000, 1000]);
  expect(revenues({ items: [{ id: "a", quantity: 0 }], value: 40 })).toEqual([0]);
  expect(of({ type: "add_to_cart", items: [{ id: "a", price: 5 }] })[0]?.revenue).toBe(0);
});

test("what is encoded is decoded, and anything cut short is refused", () => {
  fc.assert(
    fc.property(someEvents(NOW), (events) => {
      const outcomes = events.flatMap(outcomesOf);
      const bytes = encodeOutcomes(outcomes);
      expect(decodeOutcomes(bytes)).toEqual(outcomes);
      for (let cut = 0; cut < bytes.length; cut += 7) {
        expect(() => decodeOutcomes(bytes.subarray(0, cut))).toThrow(RangeError);
      }
    }),
  );
});

test("what the version before views wrote is read", () => {
  const bytes = Uint8Array.of(1, 1, 1, 97, 2, 1 | 4 | 8, 0, 20, 3, 3, 0);
  expect(decodeOutcomes(bytes)).toEqual([
    { itemId: "a", outcome: "clicks", at: 10, position: 3, placement: 0, revenue: 0 },
    { itemId: "a", outcome: "purchases", at: 10, position: -1, placement: 0, revenue: 0 },
  ]);
});
