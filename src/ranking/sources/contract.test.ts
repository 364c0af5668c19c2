// What every candidate source keeps to, whoever the visitor and whatever the catalogue.
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { NOW, touch, viewWith } from "../../../tests/support/feature-input.ts";
import { testSnapshot } from "../../../tests/support/snapshot.ts";
import { ItemTable } from "../../catalog/item-table.ts";
import { gatherEvidence } from "../../features/evidence.ts";
import { hash32 } from "../../kernels/hash.ts";
import { PackedStrings } from "../../kernels/packed-strings.ts";
import { QuantizedRows } from "../../kernels/quantized-rows.ts";
import { UNKNOWN_VISITOR, type VisitorView } from "../../profile/view.ts";
import { nameHash } from "../../snapshot/attributes.ts";
import { NameColumn } from "../../snapshot/coded-columns.ts";
import { ItemIds } from "../../snapshot/item-ids.ts";
import { NeighbourTable } from "../../snapshot/neighbour-table.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";
import { VectorTable } from "../../snapshot/vector-table.ts";
import { codesOf } from "../item-codes.ts";
import { SOURCES } from "../sources.ts";
import type { CandidateSource, SourceInput } from "./source.ts";

/** What a source answers without knowing anything of the visitor or the page. */
const NEEDS_NO_VISITOR = ["trending", "new_items", "popular"];

let snapshot: Snapshot;
let single: Snapshot;
let empty: Snapshot;

beforeAll(async () => {
  snapshot = await testSnapshot(12);
  single = await testSnapshot(1);
  empty = {
    ...single,
    ids: new ItemIds(PackedStrings.of([]), new Uint32Array(0)),
    category: new NameColumn(new Uint16Array(0), new Uint32Array(1), PackedStrings.of([])),
    byPopularity: new Uint32Array(0),
    price: new Float32Array(0),
    publishedAt: new Float64Array(0),
    popularity: new Float32Array(0),
    behaviour: new VectorTable(QuantizedRows.of(new Float32Array(0), 4), null),
    content: new VectorTable(QuantizedRows.of(new Float32Array(0), 4), null),
    neighbours: NeighbourTable.of(0, 2, new Int32Array(0), new Float32Array(0)),
  };
});

function inputOf(snapshot: Snapshot, change: Partial<SourceInput> = {}): SourceInput {
  const { view = UNKNOWN_VISITOR, items = new ItemTable(), now = NOW } = change;
  const codes = codesOf(snapshot, items);
  const evidence = gatherEvidence(view, snapshot, items, now);
  return { snapshot, items, codes, view, evidence, page: [], categories: [], seed: 1, now, ...change };
}

function find(source: CandidateSource, input: SourceInput, limit = 50): number[] {
  // Room on both sides, which must stay as it is.
  const room = new Int32Array(limit + 2).fill(-7);
  const count = source.find(input, room.subarray(1, limit + 1));
  expect(count).toBeLessThanOrEqual(limit);
  expect([room[0], ...room.subarray(count + 1)].every((code) => code === -7)).toBe(true);
  return [...room.subarray(1, count + 1)];
}

/**
 * Live items: some of the snapshot, some that it does not know, with clicks, each after the one before.
 * @param put in what order they come into the table, when not in that of their clicks
 */
function table(put: readonly string[], ids: readonly string[] = put): ItemTable {
  const items = new ItemTable();
  for (const id of put) items.put(id, "lamps", 10, true);
  ids.forEach((id, i) => {
    const before = ids.slice(Math.max(0, i - 2), i).map((id) => ({ id, weight: 128 }));
    for (let click = 0; click < i % 4; click++) {
      const event = { type: "select_item", items: [{ id }], receivedAt: NOW - 3_600_000, follows: before };
      items.observe(event);
    }
  });
  return items;
}

const anyId = fc.constantFrom(...Array.from({ length: 12 }, (_, i) => `sku-${i}`), "new-1", "new-2", "new-3");
const anyView: fc.Arbitrary<VisitorView> = fc
  .array(fc.tuple(anyId, fc.constantFrom("view", "click", "cart", "uncart", "purchase" as const)), { maxLength: 12 })
  .map((touches) =>
    viewWith({
      touches: touches.map(([id, kind], i) => touch(id, { kind, ageMs: i * 60_000, category: hash32("lamps") })),
      families: {
        ...UNKNOWN_VISITOR.families,
        items: {
          keys: Uint32Array.from(touches, ([id]) => hash32(id)),
          day: new Float32Array(touches.length).fill(1),
          week: new Float32Array(touches.length).fill(1),
          month: new Float32Array(touches.length).fill(1),
        },
      },
    }),
  );
const anyLive = fc.uniqueArray(anyId, { maxLength: 15 });

describe.each(SOURCES.map((source) => [source.name, source] as const))("%s", (_name, source) => {
  test("brings at most what it is asked for, nothing twice, nothing that does not exist, and the same again", () => {
    fc.assert(
      fc.property(
        anyView,
        anyLive,
        fc.nat(30),
        fc.uniqueArray(fc.nat(11), { maxLength: 4 }),
        fc.subarray(["lamps", "rugs", "boats"]),
        fc.integer(),
        (view, live, limit, page, names, seed) => {
          const items = table(live);
          const input = inputOf(snapshot, { view, items, page, categories: names.map(nameHash), seed });
          const codes = find(source, input, limit);
          expect(new Set(codes).size).toBe(codes.length);
          expect(codes.every((code) => code >= 0 && code < input.codes.size)).toBe(true);
          expect(find(source, input, limit)).toEqual(codes);
          // The order does not depend on how many are asked for, but for what is drawn at random.
          if (source.name !== "new_items") expect(find(source, input, 40).slice(0, limit)).toEqual(codes);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("finds the same items in the same order wherever they stand in the live table", () => {
    fc.assert(
      fc.property(
        anyView,
        anyLive,
        fc.nat(30),
        fc.integer(),
        fc.infiniteStream(fc.nat()),
        (view, live, limit, seed, by) => {
          const shuffled = live.map((id) => [by.next().value as number, id] as const).sort(([a], [b]) => a - b);
          const ids = [live, shuffled.map(([, id]) => id)].map((order) => {
            const items = table(order, live);
            const input = inputOf(snapshot, { view, items, seed });
            return idsOf(input, find(source, input, limit));
          });
          expect(ids[1]).toEqual(ids[0]);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("answers the same whatever it does not say that it reads", () => {
    const view = viewWith({ touches: [touch("sku-3"), touch("sku-4")] });
    const plain = inputOf(snapshot, { view });
    const other = {
      ...plain,
      ...(source.reads.includes("page") ? {} : { page: [1, 2] }),
      ...(source.reads.includes("categories") ? {} : { categories: [nameHash("lamps")] }),
    };
    expect(find(source, other)).toEqual(find(source, plain));
  });

  test("knows nothing for an unknown visitor, unless it needs none", () => {
    const items = table(["sku-0", "sku-1", "sku-2", "sku-3", "new-1"]);
    items.observe({ type: "select_item", items: [{ id: "sku-0" }], receivedAt: NOW - 20 * 86_400_000 });
    const found = find(source, inputOf(snapshot, { items }));
    if (NEEDS_NO_VISITOR.includes(source.name)) expect(found).not.toEqual([]);
    else expect(found).toEqual([]);
  });

  test("finds nothing in an empty catalogue, and at most one item in a catalogue of one", () => {
    const view = viewWith({ touches: [touch("sku-0"), touch("sku-1")] });
    expect(find(source, inputOf(empty, { view }))).toEqual([]);
    const found = find(source, inputOf(single, { view, page: [0], categories: [nameHash("lamps")] }));
    expect(found.every((code) => code === 0)).toBe(true);
    expect(found.length).toBeLessThanOrEqual(1);
  });
});

const source = (name: string): CandidateSource => SOURCES.find((each) => each.name === name) as CandidateSource;
const idsOf = (input: SourceInput, codes: readonly number[]) => codes.map((code) => input.codes.idOf(code));

describe("best first", () => {
  test("neighbours of the newest touch come before those of older ones, those of the page before both", () => {
    const view = viewWith({ touches: [touch("sku-0"), touch("sku-1", { ageMs: 60_000 })] });
    const input = inputOf(snapshot, { view });
    expect(idsOf(input, find(source("neighbours"), input)).slice(0, 3)).toEqual(["sku-2", "sku-4", "sku-3"]);
    expect(idsOf(input, find(source("neighbours"), { ...input, page: [5] }))[0]).toBe("sku-7");
  });

  test("what others touched next comes first, also an item that came after the training, and after the page's items first", () => {
    const items = new ItemTable();
    const touchedAfter = (id: string, before: string) =>
      items.observe({
        type: "view_item",
        items: [{ id }],
        receivedAt: NOW - 60_000,
        follows: [{ id: before, weight: 256 }],
      });
    for (const id of ["sku-3", "sku-4", "sku-9"]) items.put(id, "lamps", 10, true);
    for (let i = 0; i < 3; i++) touchedAfter("new-1", "sku-3");
    touchedAfter("sku-5", "sku-3");
    touchedAfter("sku-9", "sku-4");
    // The table knows nothing of sku-11 but that it was touched after another.
    items.countPair({ itemId: "sku-9", next: hash32("sku-11"), weight: 256, at: NOW });
    items.countPair({ itemId: "sku-9", next: hash32("nobody knows it"), weight: 256, at: NOW });
    const view = viewWith({
      touches: [touch("sku-3"), touch("sku-4"), touch("sku-9", { kind: "uncart", weight: -1 })],
    });
    const input = inputOf(snapshot, { view, items });
    expect(idsOf(input, find(source("live_neighbours"), input))).toEqual(["new-1", "sku-5", "sku-9"]);
    const onPage = { ...input, page: [9] };
    expect(idsOf(input, find(source("live_neighbours"), onPage))[0]).toBe("sku-11");
  });

  test("what is near the session comes before what is far, whatever happened months ago", () => {
    const view = viewWith({
      touches: [touch("sku-1"), touch("sku-0", { ageMs: 86_400_000 }), touch("sku-2", { ageMs: 86_400_000 })],
    });
    const input = inputOf(snapshot, { view });
    for (const name of ["similar_behaviour", "similar_content"]) {
      const best = find(source(name), input).slice(0, 6);
      expect(best.every((code) => code % 2 === 1)).toBe(true);
    }
  });

  test("popular items are those of the categories that are asked for, else of those that were touched", () => {
    const input = inputOf(snapshot, { view: viewWith({ touches: [touch("sku-1")] }) });
    expect(find(source("popular_in_category"), input, 3)).toEqual([1, 3, 5]);
    expect(find(source("popular_in_category"), { ...input, categories: [nameHash("lamps")] }, 3)).toEqual([0, 2, 4]);
    const both = { ...input, categories: ["rugs", "lamps"].map(nameHash) };
    expect(find(source("popular_in_category"), both, 4)).toEqual([1, 0, 3, 2]);
  });

  test("a sudden hit trends first, known to the snapshot or not", () => {
    const items = table(["sku-0", "sku-1"]);
    for (let i = 0; i < 30; i++) {
      items.observe({ type: "select_item", items: [{ id: "new-1" }], receivedAt: NOW - 60_000 });
      items.observe({ type: "select_item", items: [{ id: "sku-0" }], receivedAt: NOW - 20 * 86_400_000 });
    }
    const input = inputOf(snapshot, { items });
    expect(idsOf(input, find(source("trending"), input))[0]).toBe("new-1");
  });

  test("what was touched last comes back first", () => {
    const items = table(["new-1"]);
    const view = viewWith({ touches: [touch("new-1"), touch("sku-3"), touch("new-1"), touch("gone"), touch("sku-1")] });
    const input = inputOf(snapshot, { view, items });
    expect(idsOf(input, find(source("recently_seen"), input))).toEqual(["new-1", "sku-3", "sku-1"]);
  });

  test("items that the snapshot does not know are met before others that were hardly shown; seeds draw differently", () => {
    const ids = Array.from({ length: 40 }, (_, i) => `new-${i}`);
    const items = table(ids);
    items.add(new Map([...snapshot.ids].slice(0, 11).map((id) => [id, { impressions: 50 }])));
    const draw = (seed: number, limit: number): string[] => {
      const input = inputOf(snapshot, { items, seed });
      return idsOf(input, find(source("new_items"), input, limit));
    };
    expect(draw(1, 10).every((id) => ids.includes(id))).toBe(true);
    expect(draw(1, 10)).not.toEqual(draw(2, 10));
    // What came last has not to wait for its luck.
    items.observe({ type: "view_item", items: [{ id: "latest" }], receivedAt: NOW });
    for (let seed = 0; seed < 5; seed++) expect(draw(seed, 10)).toContain("latest");
    ids.push("latest");
    const all = draw(3, 60);
    expect(all.filter((id) => ids.includes(id)).sort()).toEqual(ids.toSorted());
    expect(all.filter((id) => !ids.includes(id)).every((id) => id === "sku-11")).toBe(true);
  });
});
