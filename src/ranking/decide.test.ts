import { describe, expect, test } from "vitest";
import { features as registry } from "../../nowcast.config.ts";
import { event, viewAfter } from "../../tests/support/folding.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { LIMITS } from "../events/limits.ts";
import { UNKNOWN_VISITOR, type VisitorView } from "../profile/view.ts";
import { SnapshotError } from "../snapshot/tensor-file.ts";
import { type DecideInput, decide } from "./decide.ts";
import { createRanker } from "./ranker.ts";
import { type PlacementRequest, placementSchema } from "./request.ts";

const NOW = 1_732_280_000_000;

function viewAfterClicks(...touched: string[]): VisitorView {
  const clicks = touched.map((id, i) => event("select_item", NOW - 1000, { id: `e${i}`, items: [{ id }] }));
  return viewAfter(clicks, NOW);
}

async function decideWith(
  request: PlacementRequest,
  options: Partial<DecideInput> & { weights?: Record<string, number>; items?: ItemTable } = {},
) {
  const { weights = { "vector_similarity.content": 1 }, ...rest } = options;
  const snapshot = await testSnapshot(10, weights);
  const input: DecideInput = {
    placements: { p: request },
    view: UNKNOWN_VISITOR,
    knowledge: "profile",
    ranker: createRanker(snapshot, registry),
    items: new ItemTable(),
    now: NOW,
    explain: false,
    clock: () => 0,
    ...rest,
  };
  const decision = await decide(input);
  const result = decision.placements.p;
  if (result === undefined) throw new Error("no result");
  return { ...result, ids: result.items.map(({ id }) => id), degraded: decision.degraded };
}

const recommend = (extra: object = {}): PlacementRequest =>
  ({ type: "recommend", count: 4, ...extra }) as PlacementRequest;
const rank = (...ids: string[]): PlacementRequest => ({ type: "rank", items: ids.map((id) => ({ id })) });

describe("recommend", () => {
  test("what the visitor touched decides what comes first", async () => {
    const lamps = await decideWith(recommend(), { view: viewAfterClicks("sku-0") });
    expect(lamps.strategy).toBe("model");
    expect(lamps.ids.every((id) => Number(id.slice(4)) % 2 === 0)).toBe(true);
    const rugs = await decideWith(recommend(), { view: viewAfterClicks("sku-1") });
    expect(rugs.ids.every((id) => Number(id.slice(4)) % 2 === 1)).toBe(true);
  });

  test("filters, exclusions and availability hold", async () => {
    const items = new ItemTable();
    items.put("sku-2", "lamps", 10, false);
    const { ids } = await decideWith(recommend({ filter: { category: "lamps" }, exclude: ["sku-4"] }), { items });
    expect(ids.toSorted()).toEqual(["sku-0", "sku-6", "sku-8"]);
  });

  test("an item is recommended in one placement of a page only", async () => {
    const snapshot = await testSnapshot(10);
    const decision = await decide({
      placements: { a: recommend(), b: recommend() },
      view: UNKNOWN_VISITOR,
      knowledge: "none",
      ranker: createRanker(snapshot, registry),
      items: new ItemTable(),
      now: NOW,
      explain: false,
      clock: () => 0,
    });
    const shown = Object.values(decision.placements).flatMap(({ items }) => items.map(({ id }) => id));
    expect(shown).toHaveLength(8);
    expect(new Set(shown).size).toBe(8);
  });

  test("a filter that nothing passes ends in an empty default, not in an error", async () => {
    expect(await decideWith(recommend({ filter: { category: "boats" } }))).toMatchObject({
      strategy: "default",
      ids: [],
    });
  });
});

describe("rank", () => {
  test("all given items come back, best first, unknown ones too", async () => {
    const { ids } = await decideWith(rank("sku-1", "nowhere", "sku-2", "sku-3"), { view: viewAfterClicks("sku-0") });
    expect(ids[0]).toBe("sku-2");
    expect(ids.toSorted()).toEqual(["nowhere", "sku-1", "sku-2", "sku-3"]);
  });

  test("equal scores keep the given order", async () => {
    expect((await decideWith(rank("sku-9", "sku-3", "sku-5"))).ids).toEqual(["sku-9", "sku-3", "sku-5"]);
  });

  test("the caller's relevance is a feature", async () => {
    const request: PlacementRequest = {
      type: "rank",
      items: [
        { id: "sku-1", fields: { relevance: 1 } },
        { id: "sku-2", fields: { relevance: 3 } },
        { id: "sku-3", fields: { relevance: "NaN" } },
      ],
    };
    expect((await decideWith(request, { weights: { "given.relevance": 1 } })).ids).toEqual(["sku-2", "sku-1", "sku-3"]);
  });

  test("a relevance beyond float32 counts as a large one: every score is a number", async () => {
    const relevances = [1e39, -1e39, 1e308, 3e38, 0];
    const request: PlacementRequest = {
      type: "rank",
      items: relevances.map((relevance, i) => ({ id: `sku-${i}`, fields: { relevance } })),
    };
    for (const weight of [1, 0]) {
      const { items, degraded } = await decideWith(request, { weights: { "given.relevance": weight } });
      expect(items.filter(({ score }) => !Number.isFinite(score))).toEqual([]);
      expect(degraded).toEqual([]);
      if (weight === 1) expect(items.map(({ id }) => id)).toEqual(["sku-0", "sku-2", "sku-3", "sku-4", "sku-1"]);
    }
  });

  test("a score that is no finite number counts as the lowest, and the answer says so", async () => {
    const ranker = createRanker(await testSnapshot(10), registry);
    const { POSITIVE_INFINITY, NaN: NOT_A_NUMBER } = Number;
    const scores = [POSITIVE_INFINITY, NOT_A_NUMBER, -5, 1];
    ranker.onnx = { kind: "onnx", columns: 1, score: async () => Float32Array.from(scores) };
    const { ids, items, degraded } = await decideWith(rank("sku-1", "sku-2", "sku-3", "sku-4"), { ranker });
    expect(ids).toEqual(["sku-4", "sku-3", "sku-1", "sku-2"]);
    expect(items.map(({ score }) => score).every(Number.isFinite)).toBe(true);
    expect(degraded).toEqual(["score_not_finite"]);
  });

  test("what is not available comes last, not away", async () => {
    const items = new ItemTable();
    items.put("sku-2", "lamps", 10, false);
    const { ids } = await decideWith(rank("sku-2", "sku-1"), { view: viewAfterClicks("sku-0"), items });
    expect(ids).toEqual(["sku-1", "sku-2"]);
  });
});

describe("a query", () => {
  const weights = { "query_match.title.bm25": 1 };
  const items = ["sku-1", "sku-2"].map((id) => ({ id }));

  test("of a placement ranks what answers it; the context's holds for placements that name none", async () => {
    const ids = async (query: object, context?: unknown) =>
      (await decideWith({ type: "rank", items, ...query }, { weights, context })).ids[0];
    expect(await ids({ query: "lamp" })).toBe("sku-2");
    expect(await ids({ query: "rug" }, { query: "lamp" })).toBe("sku-1");
    expect(await ids({}, { query: "lamp" })).toBe("sku-2");
    expect(await ids({})).toBe("sku-1");
  });

  test("is the placement's own where a request has several", async () => {
    const { placements } = await decide({
      placements: { a: { type: "rank", items, query: "lamp" }, b: { type: "rank", items, query: "rug" } },
      view: UNKNOWN_VISITOR,
      knowledge: "none",
      ranker: createRanker(await testSnapshot(10, weights), registry),
      items: new ItemTable(),
      now: NOW,
      explain: false,
      clock: () => 0,
    });
    expect([placements.a?.items[0]?.id, placements.b?.items[0]?.id]).toEqual(["sku-2", "sku-1"]);
  });

  test("is taken with a placement up to its limit", () => {
    const request = { type: "rank", items, query: "x".repeat(LIMITS.queryBytes) };
    expect(placementSchema.safeParse(request).success).toBe(true);
    expect(placementSchema.safeParse({ ...request, query: `${request.query}x` }).success).toBe(false);
  });
});

test("the features of the first fifty are explained: a list of hundreds stays an answer of bounded size", async () => {
  const ids = Array.from({ length: 60 }, (_, at) => `any-${at}`);
  const { items } = await decideWith(rank(...ids), { explain: true });
  expect(items.map(({ features }) => features !== undefined)).toEqual(ids.map((_, at) => at < 50));
});

test("explained contributions of a linear ranker add up to the score", async () => {
  const { items } = await decideWith(rank("sku-1", "sku-2"), {
    view: viewAfterClicks("sku-0"),
    explain: true,
    weights: { "vector_similarity.content": 2, "popularity.log_share": 0.5 },
  });
  for (const { score, features } of items) {
    const sum = Object.values(features ?? {}).reduce((total, { contribution }) => total + contribution, 0);
    expect(sum).toBeCloseTo(score, 4);
  }
});

describe("the ladder", () => {
  test("without a snapshot live click rates rank, and without those the given order stands", async () => {
    const items = new ItemTable();
    items.add(
      new Map([
        ["sku-1", { impressions: 100, clicks: 1 }],
        ["sku-2", { impressions: 100, clicks: 50 }],
      ]),
    );
    expect(await decideWith(rank("sku-1", "sku-2"), { ranker: null, items })).toMatchObject({
      strategy: "popular",
      ids: ["sku-2", "sku-1"],
    });
    expect(await decideWith(rank("sku-1", "sku-2"), { ranker: null })).toMatchObject({
      strategy: "default",
      ids: ["sku-1", "sku-2"],
    });
  });

  test("what is known of the visitor names the strategy", async () => {
    const view = viewAfterClicks("sku-0");
    expect((await decideWith(recommend(), { view, knowledge: "profile" })).strategy).toBe("model");
    expect((await decideWith(recommend(), { view, knowledge: "digest" })).strategy).toBe("session");
    expect((await decideWith(recommend(), { knowledge: "none" })).strategy).toBe("contextual");
    expect((await decideWith(recommend(), { knowledge: "profile" })).strategy).toBe("contextual");
  });

  test("a model that the twin computes whole is served by it, and that is no step down", async () => {
    const ranker = createRanker(await testSnapshot(10, { "vector_similarity.content": 1 }), registry);
    expect((await decideWith(rank("sku-1", "sku-2"), { ranker })).degraded).toEqual([]);
  });

  test("when an ONNX that is needed is cold or throws, the twin scores and the answer says so", async () => {
    const snapshot = await testSnapshot(10, { "vector_similarity.content": 1 });
    const ranker = createRanker({ ...snapshot, manifest: { ...snapshot.manifest, ranker: "onnx" } }, registry);
    const view = viewAfterClicks("sku-0");
    const cold = await decideWith(rank("sku-1", "sku-2"), { ranker, view });
    expect(cold.degraded).toEqual(["onnx_cold"]);
    ranker.onnx = { kind: "onnx", columns: 1, score: () => Promise.reject(new Error("out of memory")) };
    const failed = await decideWith(rank("sku-1", "sku-2"), { ranker, view });
    expect(failed.degraded).toEqual(["onnx_failed"]);
    expect(failed.ids).toEqual(cold.ids);
  });
});

test("a snapshot trained on features of another build is refused by the feature's name", async () => {
  const snapshot = await testSnapshot();
  const older = registry.map((feature) => (feature.name === "history" ? { ...feature, version: 0 } : feature));
  expect(() => createRanker(snapshot, older)).toThrow(/feature history was trained at version 1, this build has 0/);
  expect(() => createRanker(snapshot, registry.slice(1))).toThrow(SnapshotError);
});
