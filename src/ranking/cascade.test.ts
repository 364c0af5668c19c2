// The cascade on whole decisions: what it leaves is scored as if there had been nothing else.
import { beforeAll, describe, expect, test } from "vitest";
import { features as registry } from "../../nowcast.config.ts";
import { NOW, touch, viewWith } from "../../tests/support/feature-input.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { diversityOf } from "../features/diversity.ts";
import { gatherEvidence } from "../features/evidence.ts";
import { spanOf } from "./candidates.ts";
import { decide, type Workings } from "./decide.ts";
import { fillMatrix } from "./fill-matrix.ts";
import { createRanker, type Ranker } from "./ranker.ts";
import { type PlacementRequest, placementSchema } from "./request.ts";

const features = [...registry, diversityOf("category")];
let ranker: Ranker;
beforeAll(async () => {
  const weights = { "popularity.log_share": 1, "query_match.title.bm25": 0.5, "given.relevance": 0.01 };
  ranker = createRanker(await testSnapshot(700, weights, features), features);
});

const view = viewWith({ touches: [touch("sku-4"), touch("sku-9", { ageMs: 1000 })] });
const items = new ItemTable();
items.put("sku-690", "lamps", 10, false);
items.put("new-1", "lamps", 10, true);

async function run(placements: Record<string, PlacementRequest>) {
  let workings: Workings | null = null;
  const decision = await decide({
    placements,
    view,
    knowledge: "profile",
    ranker,
    items,
    now: NOW,
    explain: true,
    seed: 1,
    clock: () => 0,
    observe(computed) {
      workings = computed;
    },
  });
  return { decision, workings: workings as unknown as Workings };
}

/** The list in reverse, so that what the linear pass likes comes last. */
const rank = (count: number): PlacementRequest => ({
  type: "rank",
  items: Array.from({ length: count }, (_, i) => ({ id: `sku-${count - 1 - i}` })),
  query: "brass lamp",
});

test("the matrix of what is left has the bits that it has without the rest", async () => {
  const { workings } = await run({
    list: rank(250),
    found: placementSchema.parse({ type: "recommend", count: 20, query: "wool" }),
    short: rank(20),
  });
  expect(workings.spans.map(({ from, to }) => to - from)).toEqual([200, 200, 20]);
  const spans = workings.spans.map(({ name, query, from, to }) => spanOf(name, { query }, undefined, from, to));
  const evidence = gatherEvidence(view, ranker.snapshot, items, NOW);
  const again = new Float32Array(workings.matrix.length);
  const list = workings.candidates;
  const { snapshot } = ranker;
  fillMatrix(ranker.features, { snapshot, items, view, evidence, context: undefined, list, spans, now: NOW }, again);
  expect(new Uint32Array(again.buffer)).toEqual(new Uint32Array(workings.matrix.buffer));
});

describe("a list of more than 200 items", () => {
  test("comes back whole: the ranked ones, then the others in the order of the linear pass, then what is not available", async () => {
    const { decision, workings } = await run({ list: rank(700) });
    const shown = decision.placements.list?.items ?? [];
    expect(shown).toHaveLength(700);
    const left = new Set(workings.candidates.map(({ id }) => id));
    expect(left.size).toBe(200);
    expect(shown.slice(0, 200).every(({ id }) => left.has(id))).toBe(true);
    expect(shown.at(-1)?.id).toBe("sku-690");
    const behind = shown.slice(200, -1);
    // Popularity falls with the number, and nothing else that the linear pass sees differs so far down.
    expect(behind.map(({ id }) => Number(id.slice(4)))).toEqual(
      behind.map(({ id }) => Number(id.slice(4))).sort((a, b) => a - b),
    );
    const scores = shown.slice(0, -1).map(({ score }) => score);
    expect(scores.every((score, i) => i === 0 || score <= (scores[i - 1] as number))).toBe(true);
    expect(behind.every(({ rules, features }) => rules?.[0]?.rule === "pruned" && features === undefined)).toBe(true);
  });

  test("keeps what has a fixed place and what is boosted, wherever the linear pass has them", async () => {
    const request = {
      ...rank(600),
      pins: [{ id: "sku-599", position: 0 }],
      boosts: [{ item: "sku-598", multiply: 1000 }],
    };
    const { decision, workings } = await run({ list: request });
    const left = workings.candidates.map(({ id }) => id);
    expect(left).toContain("sku-599");
    expect(left).toContain("sku-598");
    expect(decision.placements.list?.items.slice(0, 2).map(({ id }) => id)).toEqual(["sku-599", "sku-598"]);
  });

  test("up to 200 nothing is pruned", async () => {
    const { workings } = await run({ list: rank(200) });
    expect(workings.candidates).toHaveLength(200);
    expect(workings.spans[0]?.pruned).toBe(0);
  });
});
