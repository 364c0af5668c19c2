// What must hold of every feature, whatever the visitor did and whatever is asked: the contract of feature.ts.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { EVERY_FEATURE, everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import { columnsOf, featureInput, NOW, sessionWith, touch, viewWith } from "../../tests/support/feature-input.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import { DEVICE_CLASSES, REFERRER_CLASSES, TOUCH_KINDS } from "../profile/profile.ts";
import { UNKNOWN_VISITOR, VIEW_FAMILIES, type VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { Feature } from "./feature.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

const anyId = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map((i) => `sku-${i}`),
  fc.string({ maxLength: 5 }),
);
const anyTime = fc.oneof(
  fc.integer({ min: NOW - 10_000_000_000, max: NOW + 1000 }),
  fc.constantFrom(0, NOW, 4e12, 8.64e15),
);
const anyAmount = fc.oneof(fc.double({ min: 0, max: 1e12, noNaN: true }), fc.constantFrom(0, 1e-300, 1e300));
const anyHash = fc.oneof(
  anyId.map((id) => hash32(id)),
  fc.constantFrom(0, hash32("lamps"), hash32("7"), hash32("brass")),
);
const anyCount = fc.oneof(fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }), fc.constantFrom(0, 1));

const anyTouch = fc
  .record({ id: anyId, kind: fc.constantFrom(...TOUCH_KINDS), at: anyTime, price: anyAmount, category: anyHash })
  .map(({ id, ...rest }) => touch(id, rest));
const anyFamily = fc.array(fc.tuple(anyHash, anyCount), { maxLength: 6 }).map((counts) => {
  const values = () => Float32Array.from(counts, ([, count]) => count);
  return { keys: Uint32Array.from(counts, ([key]) => key), day: values(), week: values(), month: values() };
});
const anyFamilies = fc
  .tuple(...VIEW_FAMILIES.map(() => anyFamily))
  .map(
    (families) => Object.fromEntries(VIEW_FAMILIES.map((name, i) => [name, families[i]])) as VisitorView["families"],
  );
const anySession = fc
  .record({
    startedAt: anyTime,
    lastAt: anyTime,
    dwellMs: anyAmount,
    events: fc.nat(),
    purchases: fc.nat(),
    referrer: fc.constantFrom(...REFERRER_CLASSES),
    device: fc.constantFrom(...DEVICE_CLASSES),
    country: anyHash,
    utcOffsetMinutes: fc.option(fc.integer({ min: -900, max: 900 })),
    terms: fc.array(anyHash, { maxLength: 4 }).map((terms) => Uint32Array.from(terms)),
  })
  .map(sessionWith);
const anyView: fc.Arbitrary<VisitorView> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(UNKNOWN_VISITOR) },
  {
    weight: 9,
    arbitrary: fc
      .record({
        session: fc.option(anySession),
        touches: fc.array(anyTouch, { maxLength: 12 }).map((all) => all.sort((a, b) => b.at - a.at)),
        shown: fc.array(
          fc.record({
            at: anyTime,
            placement: anyHash,
            from: fc.nat(100),
            items: fc.array(
              anyId.map((id) => hash32(id)),
              { maxLength: 8 },
            ),
          }),
          { maxLength: 4 },
        ),
        cart: fc.array(fc.record({ item: anyHash, quantity: anyAmount, price: anyAmount, at: anyTime }), {
          maxLength: 3,
        }),
        families: anyFamilies,
        periods: fc.constantFrom<VisitorView["periods"]>([0, 0, 0], [619, 88, 20], [700, 100, 30]),
        revenue: fc.double({ min: -1e12, max: 1e12, noNaN: true }),
        firstAt: anyTime,
        orderedAt: anyTime,
        batch: fc.option(
          fc.record({
            asOf: anyTime,
            segments: fc.subarray(["loyal", "new", "else"]),
            lifetimeValue: fc.double(),
            categories: fc.constant(new Map([[hash32("lamps"), Number.NaN]])),
            brands: fc.constant(new Map([[hash32("brand-1"), 0.5]])),
          }),
        ),
      })
      .map(viewWith),
  },
);
const anyTable = fc
  .array(fc.tuple(anyId, fc.nat(100), fc.nat(100), anyAmount, anyTime), { maxLength: 12 })
  .map((rows) => {
    const table = new ItemTable();
    for (const [id, impressions, clicks, price, receivedAt] of rows) {
      table.put(id, "rugs", price, true);
      table.add(new Map([[id, { impressions, clicks }]]));
      const at = Math.min(receivedAt, NOW);
      table.observe({ type: "select_item", items: [{ id }], receivedAt: at, placement: "home" });
    }
    return table;
  });
const anyContext = fc.oneof(
  fc.anything(),
  fc.record({
    url: fc.oneof(fc.string(), fc.constant("https://a.example/?utm_source=newsletter&utm_medium=email")),
    referrer: fc.string(),
    device: fc.oneof(fc.string(), fc.constantFrom(...DEVICE_CLASSES)),
    userAgent: fc.string(),
    country: fc.constantFrom("AT", "", "x".repeat(100)),
    utcOffsetMinutes: fc.double(),
    locale: fc.constantFrom("de-AT", "EN", "-"),
    query: fc.oneof(fc.string(), fc.constant("brass lamp 4")),
  }),
);

describe("every feature", () => {
  test("fills each of its cells, and no other, with a finite number", () => {
    fc.assert(
      fc.property(
        anyView,
        fc.array(anyId, { maxLength: 15 }),
        anyTable,
        anyContext,
        fc.option(fc.string(), { nil: undefined }),
        fc.array(fc.oneof(fc.double(), fc.constantFrom(1e39, -1e39)), { minLength: 15, maxLength: 15 }),
        (view, ids, items, context, query, relevance) => {
          const parts = { snapshot, ids, view, items, context, relevance };
          const input = featureInput(query === undefined ? parts : { ...parts, query });
          for (const feature of EVERY_FEATURE) {
            for (const row of columnsOf(feature, input)) {
              const bad = Object.entries(row).filter(([, value]) => !Number.isFinite(value));
              expect([feature.name, bad]).toEqual([feature.name, []]);
            }
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test("gives a row that does not depend on the other candidates, unless it says so", () => {
    const listwise = EVERY_FEATURE.filter((feature) => feature.listwise).map(({ name }) => name);
    expect(listwise.every((name) => /diversity|median/.test(name))).toBe(true);
    fc.assert(
      fc.property(anyView, anyTable, anyContext, (view, items, context) => {
        const rows = (feature: Feature, ids: readonly string[]) =>
          columnsOf(feature, featureInput({ snapshot, ids, view, items, context }));
        for (const feature of EVERY_FEATURE) {
          if (feature.listwise) continue;
          expect(rows(feature, ["sku-4", "sku-1", "nowhere"])[0]).toEqual(rows(feature, ["sku-4"])[0]);
        }
      }),
      { numRuns: 40 },
    );
  });

  test("says the same twice: it keeps nothing between decisions", () => {
    fc.assert(
      fc.property(anyView, anyTable, (view, items) => {
        const input = featureInput({ snapshot, ids: ["sku-1", "sku-2"], view, items });
        const other = featureInput({ snapshot, ids: ["sku-3"], items: new ItemTable() });
        for (const feature of EVERY_FEATURE) {
          const first = columnsOf(feature, input);
          columnsOf(feature, other);
          expect(columnsOf(feature, input)).toEqual(first);
        }
      }),
      { numRuns: 20 },
    );
  });

  test("has a name of its own, and columns that begin with it", () => {
    const names = EVERY_FEATURE.map(({ name }) => name);
    const columns = EVERY_FEATURE.flatMap((feature) => feature.columns);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(columns).size).toBe(columns.length);
    for (const feature of EVERY_FEATURE) {
      for (const column of feature.columns) expect(column.startsWith(`${feature.name}.`)).toBe(true);
      expect(feature.cost).toBeGreaterThan(0);
      expect(feature.version).toBeGreaterThan(0);
    }
  });
});
