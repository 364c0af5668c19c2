// The rules of placements on whole decisions, with a model and without: whatever is asked, nothing is shown that may not be.
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { features as registry } from "../../nowcast.config.ts";
import { NOW, touch, viewWith } from "../../tests/support/feature-input.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import { UNKNOWN_VISITOR } from "../profile/view.ts";
import { type DecideInput, decide } from "./decide.ts";
import { createRanker, type Ranker } from "./ranker.ts";
import { type PlacementRequest, placementSchema } from "./request.ts";

let ranker: Ranker;
beforeAll(async () => {
  const weights = { "vector_similarity.content": 1, "popularity.log_share": 0.1 };
  ranker = createRanker(await testSnapshot(30, weights), registry);
});

const decideAll = (placements: Record<string, PlacementRequest>, change: Partial<DecideInput> = {}) =>
  decide({
    placements,
    view: UNKNOWN_VISITOR,
    knowledge: "none",
    ranker,
    items: new ItemTable(),
    now: NOW,
    explain: false,
    clock: () => 0,
    ...change,
  });

async function shown(request: object, change: Partial<DecideInput> = {}) {
  const { placements } = await decideAll({ p: placementSchema.parse(request) }, change);
  const result = placements.p;
  if (result === undefined) throw new Error("no result");
  return { ...result, ids: result.items.map(({ id }) => id) };
}

const recommend = (rules: object = {}): object => ({ type: "recommend", count: 6, ...rules });
const shownList = (...ids: string[]) => ({ at: NOW - 1000, placement: 0, from: 0, items: ids.map((id) => hash32(id)) });
const brandOf = (id: string): number => Number(id.slice(4)) % 3;

describe("many long lists on one page", () => {
  test("are full without a repeat, though no more rows are scored than may be given to be ranked", async () => {
    const large = createRanker(await testSnapshot(2500, { "popularity.log_share": 1 }), registry);
    const request = placementSchema.parse({ type: "recommend", count: 100 });
    const requests = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, request]));
    let scored = 0;
    const observe: DecideInput["observe"] = ({ candidates }) => {
      scored = candidates.length;
    };
    const { placements } = await decideAll(requests, { ranker: large, observe });
    expect(scored).toBeLessThanOrEqual(2000);
    const ids = Object.values(placements).flatMap(({ items }) => items.map(({ id }) => id));
    expect(new Set(ids).size).toBe(2000);
    for (const { items } of Object.values(placements)) expect(items).toHaveLength(100);
  });
});

describe("a recommendation", () => {
  test("holds no more of a brand than its cap, and goes further down the catalogue to be full", async () => {
    const { ids } = await shown(recommend({ caps: { brand: 2 } }));
    expect(ids).toHaveLength(6);
    for (const brand of [0, 1, 2]) expect(ids.filter((id) => brandOf(id) === brand)).toHaveLength(2);
    const { ids: few } = await shown(recommend({ filter: { brand: "brand-0" }, caps: { brand: 2 } }));
    expect(few).toHaveLength(2);
  });

  test("holds nothing that events alone have named where the catalogue is all that there is", async () => {
    const named = (items: ItemTable): ItemTable => {
      items.observe({ type: "view_item", items: [{ id: "planted" }], receivedAt: NOW - 1000 });
      return items;
    };
    const catalogue = new ItemTable();
    catalogue.put("arrival", "lamps", 12, true);
    const items = named(catalogue);
    const request = recommend({ count: 32 });
    expect((await shown(request, { items })).ids).toContain("planted");
    const withoutCatalogue = await shown(request, { items: named(new ItemTable()), catalogueOnly: true });
    expect(withoutCatalogue.ids).toContain("planted");
    const { ids, dropped } = await shown(request, { items, explain: true, catalogueOnly: true });
    expect(ids).toContain("arrival");
    expect(ids).not.toContain("planted");
    expect(dropped).toContainEqual({ id: "planted", rule: "unlisted" });
    expect(["planted", "arrival"].map((id) => items.rowAt(items.slotOf(id)).listed)).toEqual([false, true]);
  });

  test("has a pinned item at its place though a filter leaves it out, but not one that is not available or excluded", async () => {
    const pins = [{ id: "sku-29", position: 2 }];
    const filter = { category: "lamps" };
    expect((await shown(recommend({ pins, filter }))).ids[2]).toBe("sku-29");
    expect((await shown(recommend({ pins, filter, exclude: ["sku-29"] }))).ids).not.toContain("sku-29");
    const items = new ItemTable();
    items.put("sku-29", "rugs", 10, false);
    const { ids } = await shown(recommend({ pins, filter }), { items });
    expect(ids).not.toContain("sku-29");
    expect(ids).toHaveLength(6);
  });

  test("has a pinned item that nobody knows yet", async () => {
    const { items } = await shown(recommend({ pins: [{ id: "brand-new", position: 0 }] }));
    expect(items[0]).toMatchObject({ id: "brand-new", source: "pinned" });
  });

  test("moves what is boosted, on every rung of the ladder", async () => {
    const plain = (await shown(recommend())).ids;
    expect(plain).not.toContain("sku-27");
    const boosts = [{ item: "sku-27", multiply: 1000 }];
    expect((await shown(recommend({ boosts }))).ids[0]).toBe("sku-27");
    const items = new ItemTable();
    items.add(new Map([...ranker.snapshot.ids].map((id, i) => [id, { impressions: 100, clicks: 30 - i }])));
    expect((await shown(recommend({ boosts }), { items, ranker: null })).ids[0]).toBe("sku-27");
  });

  test("leaves out what was shown often enough and not clicked", async () => {
    const view = viewWith({
      shown: [shownList("sku-0", "sku-1"), shownList("sku-0", "sku-1")],
      touches: [touch("sku-1")],
    });
    const frequencyCap = { times: 2, hours: 1 };
    for (const change of [{ view }, { view, ranker: null, items: live() }]) {
      const { ids } = await shown({ type: "recommend", count: 30, frequencyCap }, change);
      expect(ids).not.toContain("sku-0");
      expect(ids).toContain("sku-1");
    }
  });

  test("is mixed by diversity: the second item is of the other kind", async () => {
    const view = viewWith({ touches: [touch("sku-0")] });
    expect((await shown(recommend(), { view })).ids.every((id) => Number(id.slice(4)) % 2 === 0)).toBe(true);
    const { ids } = await shown(recommend({ diversity: { lambda: 0.3 } }), { view });
    expect(Number(ids[1]?.slice(4)) % 2).toBe(1);
  });

  test("takes the site's rules where the request says nothing, and the request's where it does", async () => {
    const rules = { p: { caps: { category: 1 }, filter: { brand: "brand-0" } } };
    expect((await shown(recommend(), { rules })).ids).toHaveLength(2);
    const { ids } = await shown(recommend({ caps: { category: 2 }, filter: { category: "lamps" } }), { rules });
    expect(ids).toHaveLength(2);
    expect(ids.every((id) => brandOf(id) === 0 && Number(id.slice(4)) % 2 === 0)).toBe(true);
  });

  test("of what nobody has does not look at every live item again", async () => {
    const items = live();
    const ids = vi.spyOn(items.ids, "forEach");
    const { strategy, ids: none } = await shown(recommend({ filter: { category: "boats" } }), { items });
    expect([strategy, none, ids.mock.calls.length]).toEqual(["default", [], 0]);
  });

  test("that is shorter than a pin of the site has the item where it stands without the pin", async () => {
    for (const change of [{}, { ranker: null, items: live() }]) {
      const { ids } = await shown(recommend(), change);
      const rules = { p: { pins: [{ id: ids[0] as string, position: 6 }] } };
      expect((await shown(recommend(), { ...change, rules })).ids).toEqual(ids);
    }
  });

  test("can hold an item that came after the training", async () => {
    const items = new ItemTable();
    items.put("new-1", "boats", 10, true);
    const { ids } = await shown(recommend({ filter: { category: "boats" } }), { items });
    expect(ids).toEqual(["new-1"]);
  });
});

describe("a page", () => {
  test("recommends nothing that a list to be ranked holds, nor what has a fixed place further down", async () => {
    const { placements } = await decideAll({
      top: placementSchema.parse(recommend()),
      list: { type: "rank", items: [{ id: "sku-0" }, { id: "sku-1" }] },
      bottom: placementSchema.parse(recommend({ pins: [{ id: "sku-2", position: 0 }] })),
    });
    const ids = Object.values(placements).flatMap(({ items }) => items.map(({ id }) => id));
    expect(new Set(ids).size).toBe(ids.length);
    expect(placements.bottom?.items[0]?.id).toBe("sku-2");
    expect(placements.list?.items).toHaveLength(2);
  });

  test("of twenty placements fills the last as well as the first", async () => {
    const one = placementSchema.parse({ type: "recommend", count: 1 });
    const { placements } = await decideAll(Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`p${i}`, one])));
    const ids = Object.values(placements).flatMap(({ items }) => items.map(({ id }) => id));
    expect(new Set(ids).size).toBe(20);
  });
});

describe("nothing to show", () => {
  test.each([
    ["all items filtered out", recommend({ filter: { price: { min: 1e9 } } })],
    ["all of them excluded", recommend({ exclude: Array.from({ length: 30 }, (_, i) => `sku-${i}`) })],
  ])("%s: an empty default", async (_name, request) => {
    expect(await shown(request)).toMatchObject({ strategy: "default", items: [] });
    expect(await shown(request, { ranker: null })).toMatchObject({ strategy: "default", items: [] });
  });

  test("a catalogue of one is a list of one", async () => {
    const single = createRanker(await testSnapshot(1), registry);
    expect((await shown(recommend({ caps: { brand: 1 }, diversity: { lambda: 0 } }), { ranker: single })).ids).toEqual([
      "sku-0",
    ]);
  });
});

test("explain tells every source, and what rules did", async () => {
  const items = new ItemTable();
  items.put("sku-2", "lamps", 10, false);
  const view = viewWith({ touches: [touch("sku-0")] });
  const request = recommend({
    exclude: ["sku-4"],
    pins: [{ id: "sku-9", position: 1 }],
    boosts: [{ tag: "wool", multiply: 2 }],
    caps: { category: 3 },
  });
  const result = await shown(request, { items, view, explain: true, seed: 7 });
  expect(result.items[1]).toMatchObject({
    id: "sku-9",
    sources: ["pinned"],
    rules: [
      { rule: "boost", multiply: 2, add: 0 },
      { rule: "pin", position: 1 },
    ],
  });
  const first = result.items[0];
  expect(first?.sources?.length).toBeGreaterThan(1);
  expect(first?.sources).toContain(first?.source);
  const dropped = new Map(result.dropped?.map(({ id, rule }) => [id, rule]));
  expect([dropped.get("sku-2"), dropped.get("sku-4")]).toEqual(["unavailable", "exclude"]);
  expect([...dropped.values()]).toContain("cap");
});

const anyId = fc.nat(29).map((i) => `sku-${i}`);
const anyRules = fc.record(
  {
    caps: fc.record(
      { category: fc.integer({ min: 1, max: 5 }), brand: fc.integer({ min: 1, max: 5 }) },
      { requiredKeys: [] },
    ),
    pins: fc.uniqueArray(fc.record({ id: anyId, position: fc.nat(2) }), {
      maxLength: 3,
      comparator: (a, b) => a.id === b.id || a.position === b.position,
    }),
    boosts: fc.array(fc.record({ item: anyId, multiply: fc.double({ min: 0.001, max: 1000, noNaN: true }) }), {
      maxLength: 3,
    }),
    diversity: fc.record({ lambda: fc.double({ min: 0, max: 1, noNaN: true }) }),
    frequencyCap: fc.record({ times: fc.constantFrom(1, 2), hours: fc.constant(1) }),
  },
  { requiredKeys: [] },
);
const anyRecommend = fc
  .tuple(
    fc.integer({ min: 3, max: 40 }),
    anyRules,
    fc.record(
      { filter: fc.record({ category: fc.constantFrom("lamps", "rugs") }), exclude: fc.array(anyId, { maxLength: 5 }) },
      { requiredKeys: [] },
    ),
  )
  .map(([count, rules, more]) => placementSchema.parse({ type: "recommend", count, ...rules, ...more }));
const anyRank = fc
  .tuple(fc.uniqueArray(anyId, { minLength: 1, maxLength: 10 }), anyRules)
  .map(([ids, rules]) => placementSchema.parse({ type: "rank", items: ids.map((id) => ({ id })), ...rules }));

function live(unavailable: readonly string[] = []): ItemTable {
  const items = new ItemTable();
  for (let i = 0; i < 30; i++) {
    const id = `sku-${i}`;
    items.put(id, i % 2 === 0 ? "lamps" : "rugs", 10 + i, !unavailable.includes(id));
    items.add(new Map([[id, { impressions: 100, clicks: (i * 7) % 30 }]]));
  }
  return items;
}

test("whatever is asked of a page, on every rung: counts, availability, places, caps and no repeats hold", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(anyRecommend, anyRank), { minLength: 1, maxLength: 4 }),
      fc.array(anyId, { maxLength: 6 }),
      fc.array(anyId, { maxLength: 6 }),
      fc.boolean(),
      async (requests, unavailable, seen, hasModel) => {
        const asked = Object.fromEntries(requests.map((request, i) => [`p${i}`, request]));
        const items = live(unavailable);
        const view = viewWith({ shown: [shownList(...seen)], touches: seen.slice(0, 2).map((id) => touch(id)) });
        const change = { items, view, knowledge: "profile" as const, ...(hasModel ? {} : { ranker: null }) };
        const { placements } = await decideAll(asked, change);
        const ranked = new Set(
          requests.flatMap((each) => (each.type === "rank" ? each.items.map(({ id }) => id) : [])),
        );
        const recommended = new Set<string>();
        for (const [name, request] of Object.entries(asked)) {
          const ids = placements[name]?.items.map(({ id }) => id) ?? [];
          expect(placements[name]?.items.map(({ position }) => position)).toEqual(ids.map((_, at) => at));
          const isAvailable = (id: string): boolean => !unavailable.includes(id);
          if (request.type === "rank") {
            expect(ids.toSorted()).toEqual(request.items.map(({ id }) => id).toSorted());
            for (const { id, position } of request.pins ?? []) {
              if (ids.includes(id) && isAvailable(id) && position < ids.length) expect(ids.indexOf(id)).toBe(position);
            }
            const last = ids.slice(ids.length - ids.filter((id) => !isAvailable(id)).length);
            if ((request.pins ?? []).length === 0) expect(last.every((id) => !isAvailable(id))).toBe(true);
            continue;
          }
          expect(ids.length).toBeLessThanOrEqual(request.count);
          expect(ids.every(isAvailable)).toBe(true);
          for (const id of ids) {
            expect(ranked.has(id) || recommended.has(id)).toBe(false);
            expect(request.exclude ?? []).not.toContain(id);
            recommended.add(id);
          }
          const pinned = (request.pins ?? []).map(({ id }) => id);
          const max = request.caps?.category ?? Number.POSITIVE_INFINITY;
          for (const kind of [0, 1]) {
            const alike = ids.filter((id) => Number(id.slice(4)) % 2 === kind);
            const fixed = alike.filter((id) => pinned.includes(id)).length;
            expect(alike.length).toBeLessThanOrEqual(Math.max(max, fixed));
          }
          const owners = Object.values(asked).filter((each) => each.pins?.some(({ id }) => pinned.includes(id)));
          for (const { id, position } of owners.length > 1 ? [] : (request.pins ?? [])) {
            if (!isAvailable(id) || ranked.has(id) || request.exclude?.includes(id)) continue;
            const place = ids.indexOf(id);
            expect(place).toBeGreaterThanOrEqual(0);
            // Where the list does not reach its place, the pinned ones close it.
            if (place !== position) expect(ids.slice(place).every((each) => pinned.includes(each))).toBe(true);
          }
        }
      },
    ),
    { numRuns: 150 },
  );
});
