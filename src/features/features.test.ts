import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { profile as profileConfig, features as registry } from "../../nowcast.config.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { clickRate } from "../catalog/click-rate.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { fold } from "../profile/fold.ts";
import { emptyProfile } from "../profile/profile.ts";
import { decodeView, encodeView, UNKNOWN_VISITOR, type VisitorView } from "../profile/view.ts";
import { resolveCandidates } from "../ranking/candidates.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { gatherEvidence } from "./evidence.ts";
import { FeatureSet, featureHash } from "./feature-set.ts";

const NOW = 1_732_280_000_000;
let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await testSnapshot(10);
});

interface Step {
  readonly type: string;
  readonly ids: readonly string[];
  readonly ageMs?: number;
}

function viewOf(steps: readonly Step[]): VisitorView {
  const profile = steps.reduce((state, { type, ids, ageMs = 0 }, i) => {
    const ts = NOW - ageMs;
    const items = ids.map((id) => ({ id }));
    return fold(state, { id: `e${i}`, type, ts, receivedAt: ts, seq: i + 1, items }, profileConfig);
  }, emptyProfile());
  return decodeView(encodeView(profile));
}

/** Column name → value, one record a candidate. */
function rowsOf(view: VisitorView, ids: readonly string[], items = new ItemTable()): Record<string, number>[] {
  const set = new FeatureSet(registry);
  const list = ids.map((id, position) => ({ id, source: "given", position, relevance: 0 }));
  const candidates = resolveCandidates(list, snapshot, items);
  const evidence = gatherEvidence(view, snapshot, items, NOW);
  const matrix = new Float32Array(ids.length * set.width).fill(Number.NaN);
  set.fill({ snapshot, items, candidates, evidence, now: NOW }, matrix);
  return ids.map((_, row) =>
    Object.fromEntries(set.columnNames.map((name, column) => [name, matrix[row * set.width + column] as number])),
  );
}

const anyId = fc.oneof(
  fc.integer({ min: 0, max: 9 }).map((i) => `sku-${i}`),
  fc.string({ minLength: 1, maxLength: 5 }),
);
const anySteps = fc.array(
  fc.record({
    type: fc.constantFrom("view_item", "select_item", "add_to_cart", "remove_from_cart", "purchase", "view_item_list"),
    ids: fc.array(anyId, { maxLength: 12 }),
    ageMs: fc.integer({ min: -1000, max: 10_000_000_000 }),
  }),
  { maxLength: 20 },
);
const anyTable = fc
  .array(fc.tuple(anyId, fc.nat(100), fc.nat(100), fc.double({ min: 0, max: 1e6, noNaN: true })), { maxLength: 12 })
  .map((rows) => {
    const table = new ItemTable();
    for (const [id, impressions, clicks, price] of rows) {
      table.put(id, "c", price, true);
      table.add(new Map([[id, { impressions, clicks }]]));
    }
    return table;
  });

test("every feature fills every cell with a finite number, whatever happened and whatever is asked", () => {
  fc.assert(
    fc.property(anySteps, fc.array(anyId, { minLength: 1, maxLength: 20 }), anyTable, (steps, ids, items) => {
      for (const row of rowsOf(viewOf(steps), ids, items)) {
        for (const [name, value] of Object.entries(row)) expect([name, Number.isFinite(value)]).toEqual([name, true]);
      }
    }),
    { numRuns: 60 },
  );
});

test("a row does not depend on the other candidates", () => {
  const view = viewOf([{ type: "select_item", ids: ["sku-0"] }]);
  const alone = rowsOf(view, ["sku-4"])[0];
  const among = rowsOf(view, ["sku-4", "sku-1", "nowhere"])[0];
  expect(among).toEqual(alone);
});

test("the columns and their hash are those of the list, in its order", async () => {
  const set = new FeatureSet(registry);
  expect(new Set(set.columnNames).size).toBe(set.width);
  for (const { name, columns } of registry)
    for (const column of columns) expect(column.startsWith(`${name}.`)).toBe(true);
  const hash = await featureHash(set.entries());
  expect(await featureHash(new FeatureSet(registry.toReversed()).entries())).not.toBe(hash);
});

describe("what a feature says", () => {
  test("similarity points to what was touched, and its absence is zero", () => {
    const [lamp, rug, unknown] = rowsOf(viewOf([{ type: "select_item", ids: ["sku-0"] }]), [
      "sku-2",
      "sku-1",
      "nowhere",
    ]);
    expect(lamp?.["vector_similarity.behaviour"]).toBeCloseTo(1, 6);
    expect(lamp?.["vector_similarity.content"]).toBeCloseTo(1, 6);
    expect(rug?.["vector_similarity.content"]).toBe(0);
    expect(unknown?.["vector_similarity.content"]).toBe(0);
    expect(rowsOf(UNKNOWN_VISITOR, ["sku-2"])[0]?.["vector_similarity.content"]).toBe(0);
  });

  test("shown and passed over speaks against what is like it, shown and clicked for it", () => {
    const view = viewOf([
      { type: "view_item_list", ids: ["sku-0", "sku-2", "sku-1", "sku-3"] },
      { type: "select_item", ids: ["sku-0"] },
      { type: "select_item", ids: ["sku-2"] },
    ]);
    const [lamp, rug] = rowsOf(view, ["sku-8", "sku-9"]);
    expect(lamp?.["vector_similarity.taste_lift"]).toBeGreaterThan(0);
    expect(rug?.["vector_similarity.taste_lift"]).toBeLessThan(0);
    const [clicked, passed] = rowsOf(view, ["sku-0", "sku-1"]);
    expect([clicked?.["history.log_clicks"], clicked?.["history.log_passed_over"]]).toEqual([Math.fround(Math.LN2), 0]);
    expect([passed?.["history.log_clicks"], passed?.["history.log_passed_over"]]).toEqual([0, Math.fround(Math.LN2)]);
  });

  test("neighbours of newer touches support more", () => {
    // sku-2 and sku-4 are the neighbours of sku-0 (0.5 and 0.25).
    const [near, far, none] = rowsOf(viewOf([{ type: "select_item", ids: ["sku-0"] }]), ["sku-2", "sku-4", "sku-6"]);
    expect(near?.["neighbour_support.sum"]).toBeCloseTo(0.5, 6);
    expect(far?.["neighbour_support.sum"]).toBeCloseTo(0.25, 6);
    expect(none?.["neighbour_support.sum"]).toBe(0);
    const old = viewOf([
      { type: "select_item", ids: ["sku-0"], ageMs: 60 * 86_400_000 },
      { type: "select_item", ids: ["sku-5"] },
    ]);
    expect(rowsOf(old, ["sku-2"])[0]?.["neighbour_support.sum"]).toBeLessThan(0.01);
  });

  test("an item's click rate leaves the visitor's own events out", () => {
    const items = new ItemTable();
    items.add(
      new Map([
        ["sku-0", { impressions: 11, clicks: 6 }],
        ["sku-1", { impressions: 1000, clicks: 100 }],
      ]),
    );
    const own = viewOf([
      { type: "view_item_list", ids: ["sku-0"] },
      { type: "select_item", ids: ["sku-0"] },
    ]);
    const logCtr = (view: VisitorView) => rowsOf(view, ["sku-0"], items)[0]?.["item_rate.log_ctr"] as number;
    expect(logCtr(own)).toBeLessThan(logCtr(UNKNOWN_VISITOR));
    expect(Math.exp(logCtr(own))).toBeCloseTo(clickRate(items, items.slotOf("sku-0"), 1, 1), 6);
  });

  test("the distance in price is between the candidate and what was looked at", () => {
    const items = new ItemTable();
    items.put("sku-0", "", 100, true);
    items.put("sku-2", "", 100, true);
    items.put("sku-4", "", 10, true);
    const [same, cheaper] = rowsOf(viewOf([{ type: "view_item", ids: ["sku-0"] }]), ["sku-2", "sku-4"], items);
    expect(same?.["price_distance.abs_log_ratio"]).toBeCloseTo(0, 6);
    expect(cheaper?.["price_distance.abs_log_ratio"]).toBeCloseTo(Math.log(10), 5);
  });
});
