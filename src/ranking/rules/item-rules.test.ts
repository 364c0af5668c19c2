// Rules on single items: filters, boosts, frequency caps, and the schema that they are sent in.
import { beforeAll, describe, expect, test } from "vitest";
import { placements as configured } from "../../../nowcast.config.ts";
import { NOW, touch, viewWith } from "../../../tests/support/feature-input.ts";
import { testSnapshot } from "../../../tests/support/snapshot.ts";
import { ItemTable } from "../../catalog/item-table.ts";
import { ruleFactsOf } from "../../catalog/rule-facts.ts";
import { hash32 } from "../../kernels/hash.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { placementSchema } from "../request.ts";
import { boosted, boostRule } from "./boosts.ts";
import { filterRule } from "./filter.ts";
import { frequencyRule } from "./frequency.ts";
import { ItemFacts } from "./item-facts.ts";
import { type Filter, placementRulesSchema } from "./rule-schema.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  const made = await testSnapshot(10);
  snapshot = { ...made, publishedAt: Float64Array.from(made.ids, (_, i) => (i === 3 ? Number.NaN : NOW - i * 1000)) };
});

const table = (): ItemTable => {
  const items = new ItemTable();
  items.put("sku-2", "rugs", 100, true);
  items.put("new-1", "lamps", 12, true);
  return items;
};

test("of what the catalogue told, rules ask that: of an item newer than the snapshot, and of one that changed since", () => {
  const items = table();
  items.put("new-1", "lamps", 12, true, ruleFactsOf({ brand: "brand-0", tags: ["brass"], publishedAt: NOW }));
  items.put("sku-0", "lamps", 12, true, ruleFactsOf({ brand: "brand-9" }));
  const facts = new ItemFacts(snapshot, items);
  const fits = (id: string, filter: Filter) =>
    filterRule(filter, facts)?.(snapshot.ids.indexOf(id), items.slotOf(id)) ?? true;
  for (const filter of [{ brand: "brand-0" }, { tags: ["brass"] }, { publishedSince: NOW - 1 }]) {
    expect([fits("new-1", filter), fits("sku-0", filter), fits("sku-6", filter)]).toEqual([
      true,
      false,
      !("publishedSince" in filter),
    ]);
  }
  const rule = boostRule([{ brand: "brand-9", multiply: 2 }], facts);
  const boostOf = (id: string) => rule?.(hash32(id), snapshot.ids.indexOf(id), items.slotOf(id));
  expect([boostOf("sku-0"), boostOf("new-1")]).toEqual([{ multiply: 2, add: 0 }, null]);
  // Without a snapshot the catalogue alone is asked.
  const live = new ItemFacts(null, items);
  expect([live.brand(-1, items.slotOf("sku-0")), live.brand(-1, -1)]).toEqual([hash32("brand-9"), 0]);
});

/** Items of the snapshot and live ones that pass. */
function passing(filter: Filter): string[] {
  const items = table();
  const rule = filterRule(filter, new ItemFacts(snapshot, items));
  return [...snapshot.ids, "new-1"].filter((id) => rule?.(snapshot.ids.indexOf(id), items.slotOf(id)) ?? true);
}

describe("a filter", () => {
  test("by category takes the live one before the snapshot's", () => {
    expect(passing({ category: "lamps" })).toEqual(["sku-0", "sku-4", "sku-6", "sku-8", "new-1"]);
    expect(passing({ category: ["lamps", "rugs"] })).toHaveLength(11);
  });

  test("by brand and tags takes what has one of them; of a new item neither is known", () => {
    expect(passing({ brand: "brand-0" })).toEqual(["sku-0", "sku-3", "sku-6", "sku-9"]);
    expect(passing({ brand: ["brand-0", "brand-1"], tags: ["brass"] })).toEqual(["sku-0", "sku-4", "sku-6"]);
    expect(passing({ tags: ["wool", "classic"] })).toEqual([
      "sku-1",
      "sku-3",
      "sku-5",
      "sku-6",
      "sku-7",
      "sku-8",
      "sku-9",
    ]);
  });

  test("by many names takes what has one of them", () => {
    const many = (...names: string[]) => [...names, "a", "b", "c", "d", "e"];
    for (const field of ["category", "brand", "tags"] as const) {
      const [one, two] =
        field === "category" ? ["lamps", "rugs"] : field === "brand" ? ["brand-0", "brand-1"] : ["wool", "new"];
      const both = [...passing({ [field]: one }), ...passing({ [field]: two })];
      expect(new Set(passing({ [field]: many(one, two) }))).toEqual(new Set(both));
    }
    expect(passing({ brand: many() })).toEqual([]);
  });

  test("by price takes the live one before the snapshot's, both ends included", () => {
    expect(passing({ price: { min: 12, max: 14 } })).toEqual(["sku-3", "sku-4", "new-1"]);
    expect(passing({ price: { min: 100 } })).toEqual(["sku-2"]);
  });

  test("by time of publication leaves out what has none", () => {
    expect(passing({ publishedSince: NOW - 4000 })).toEqual(["sku-0", "sku-1", "sku-2", "sku-4"]);
  });

  test("without fields lets everything pass", () => {
    expect(filterRule({}, new ItemFacts(snapshot, table()))).toBeNull();
    expect(filterRule(undefined, new ItemFacts(null, table()))).toBeNull();
  });

  test("knows no brand while there is no snapshot", () => {
    expect(filterRule({ brand: "brand-0" }, new ItemFacts(null, table()))?.(-1, 0)).toBe(false);
  });
});

describe("a boost", () => {
  test("fits by item, category, brand or tag; several multiply and add up", () => {
    const items = table();
    const rule = boostRule(
      [
        { item: "sku-0", multiply: 2 },
        { category: "lamps", multiply: 3 },
        { brand: "brand-0", add: 1 },
        { tag: "brass", add: -0.5 },
      ],
      new ItemFacts(snapshot, items),
    );
    const of = (id: string) => rule?.(hash32(id), snapshot.ids.indexOf(id), items.slotOf(id));
    expect(of("sku-0")).toEqual({ multiply: 6, add: 0.5 });
    expect(of("sku-3")).toEqual({ multiply: 1, add: 1 });
    expect(of("new-1")).toEqual({ multiply: 3, add: 0 });
    expect(of("sku-1")).toBeNull();
  });

  test("raises a score below 0 as well, and a rate by its factor", () => {
    expect(boosted(-2, { multiply: Math.E, add: 0.5 }, "odds")).toBeCloseTo(-0.5, 12);
    expect(boosted(0.1, { multiply: 3, add: 0 }, "rate")).toBeCloseTo(0.3, 12);
  });
});

describe("a frequency cap", () => {
  const shown = (ageMs: number, ...ids: string[]) => ({
    at: NOW - ageMs,
    placement: 0,
    from: 0,
    items: ids.map((id) => hash32(id)),
  });
  const HOUR_MS = 3_600_000;
  const view = viewWith({
    shown: [shown(1000, "a", "b"), shown(HOUR_MS, "a", "c"), shown(3 * HOUR_MS, "c", "d", "d")],
    touches: [touch("b", { ageMs: 500 }), touch("c", { ageMs: 5 * HOUR_MS }), touch("a", { kind: "uncart" })],
  });
  const capped = (times: number, hours: number): string[] => {
    const rule = frequencyRule({ times, hours }, view, NOW);
    return ["a", "b", "c", "d", "e"].filter((id) => rule?.(hash32(id)) ?? false);
  };

  test("counts showings within the window, and a touch within it lifts it", () => {
    expect(capped(2, 2)).toEqual(["a"]);
    expect(capped(1, 2)).toEqual(["a", "c"]);
    expect(capped(2, 4)).toEqual(["a", "c", "d"]);
    expect(capped(2, 24)).toEqual(["a", "d"]);
    expect(capped(3, 24)).toEqual([]);
  });
});

describe("the schema", () => {
  const problems = (placement: object): string[] => {
    const { error } = placementSchema.safeParse({ type: "recommend", count: 4, ...placement });
    return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")}: ${message}`);
  };

  test("takes every rule", () => {
    expect(
      problems({
        filter: {
          category: ["a", "b"],
          brand: "x",
          tags: ["t"],
          price: { min: 1, max: 2 },
          publishedSince: "2026-01-01T00:00:00Z",
        },
        pins: [{ id: "sku-1", position: 3 }],
        boosts: [{ tag: "new", multiply: 1.5, add: 0.1 }],
        caps: { category: 3, brand: 2 },
        diversity: { lambda: 0.7 },
        frequencyCap: { times: 3, hours: 24 },
      }),
    ).toEqual([]);
  });

  test.each([
    [{ filter: { colour: "red" } }, /^filter: .*colour/],
    [{ filter: { price: { min: 3, max: 2 } } }, /^filter\.price: min must not be above max/],
    [{ filter: { tags: [] } }, /^filter\.tags/],
    [{ pins: [{ id: "a", position: 4 }] }, /^pins\.0\.position: must be below count, which is 4/],
    [
      {
        pins: [
          { id: "a", position: 0 },
          { id: "b", position: 0 },
        ],
      },
      /^pins\.1\.position: stands twice/,
    ],
    [
      {
        pins: [
          { id: "a", position: 0 },
          { id: "a", position: 1 },
        ],
      },
      /^pins\.1\.id: stands twice/,
    ],
    [{ boosts: [{ item: "a", brand: "b", multiply: 2 }] }, /^boosts\.0: must name exactly one/],
    [{ boosts: [{ item: "a" }] }, /^boosts\.0: must say what/],
    [{ boosts: [{ item: "a", multiply: 0 }] }, /^boosts\.0\.multiply/],
    [{ boosts: [{ item: "a", add: Number.NaN }] }, /^boosts\.0\.add/],
    [{ caps: { brand: 0 } }, /^caps\.brand/],
    [{ caps: { colour: 1 } }, /^caps: .*colour/],
    [{ diversity: { lambda: 1.1 } }, /^diversity\.lambda/],
    [{ frequencyCap: { times: 1 } }, /^frequencyCap\.hours/],
    [{ frequencyCap: { times: 1, hours: 0 } }, /^frequencyCap\.hours/],
  ])("refuses %j by the field", (placement, message) => {
    expect(problems(placement).join("\n")).toMatch(message);
  });

  test("a rank placement takes rules but no filter of its own", () => {
    const rank = { type: "rank", items: [{ id: "a" }], pins: [{ id: "a", position: 900 }], caps: { brand: 1 } };
    expect(placementSchema.parse(rank)).toEqual(rank);
  });

  test("the site's defaults are rules", () => {
    for (const rules of Object.values(configured)) {
      for (const each of Object.values(rules)) expect(placementRulesSchema.safeParse(each).error).toBeUndefined();
    }
    expect(placementRulesSchema.safeParse({ cap: { brand: 1 } }).success).toBe(false);
  });
});
