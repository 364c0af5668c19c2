// `node bench/decide-core.ts`: what a decision costs inside an isolate, stage by stage: candidates, features, score, rules. A random
// catalogue and a typical visitor; the TypeScript scorers, so that one process measures all of it.
//   --items 10000,100000   sizes of the catalogue (10^3 … 10^6)
//   --rounds 200           decisions a measurement; the median is told
//   --all-features         all columns of the registry, instead of those that training keeps (served-features.ts)
//   --json                 one JSON object instead of the table
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { candidates, features as registry } from "../nowcast.config.ts";
import type { Feature } from "../src/features/feature.ts";
import { type DecideInput, decide } from "../src/ranking/decide.ts";
import type { CandidateLimits } from "../src/ranking/gather.ts";
import { walkWith } from "../src/ranking/packed-trees.ts";
import { createRanker, type Ranker } from "../src/ranking/ranker.ts";
import { modelScorer, type RankerModel } from "../src/ranking/ranker-model.ts";
import { type PlacementRequest, placementSchema } from "../src/ranking/request.ts";
import { scanModule } from "../src/training/node-scan.ts";
import { busyTable, NOW, typicalView } from "./feature-matrix.ts";
import { randomTrees } from "./random-trees.ts";
import { type Figure, printReport } from "./report.ts";
import { servedFeatures } from "./served-features.ts";
import { benchItemId, decodeForScan, randomSnapshot } from "./snapshot.ts";

/** The request that targets are about. */
export const RECOMMEND = "recommend 12 of 1,000 candidates";
export const FEWER = "recommend 12 of 200 candidates";
const NEIGHBOURS = 20;
/** Of the past, four an item: as many as training keeps by default. */
const MOST_SESSIONS = 400_000;
/** As many as a request may have, whatever it shows. */
const MOST = { ...candidates, perShown: candidates.perRequest };
/** As much as PLATFORM's budget for trees: see TREE_CAPS. */
const [TREES, DEPTH] = [100, 5];

export interface CoreCosts {
  readonly items: number;
  readonly request: string;
  readonly ranker: "linear" | "linear+trees";
  /** Medians in milliseconds; their sum is about the whole. */
  readonly stages: {
    readonly candidates: number;
    readonly features: number;
    readonly score: number;
    readonly rules: number;
  };
  /** The fastest one, and processor time a decision with what the engine does beside: what a busy machine tells best. */
  readonly bestMs: number;
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Request {
  readonly placement: (items: number) => PlacementRequest;
  readonly limits: CandidateLimits;
}

const recommend = placementSchema.parse({ type: "recommend", count: 12 });
const ruled = {
  filter: { price: { min: 20 } },
  caps: { category: 3, brand: 2 },
  diversity: { lambda: 0.7 },
};
/** Given items to be ranked, in a curve. */
export const GIVEN = [50, 100, 200, 300, 500, 1_000, 2_000];
export const rankOf = (count: number): string => `rank ${count} given`;

const REQUESTS: Readonly<Record<string, Request>> = {
  [RECOMMEND]: { placement: () => recommend, limits: MOST },
  [FEWER]: { placement: () => recommend, limits: candidates },
  "the same with caps, diversity and a filter": { placement: () => ({ ...recommend, ...ruled }), limits: candidates },
  ...Object.fromEntries(
    GIVEN.map((count) => [rankOf(count), { placement: (items: number) => given(count, items), limits: candidates }]),
  ),
};
const BY_DEFAULT = Object.keys(REQUESTS).filter((name) => ![50, 500, 1_000, 2_000].some((n) => name === rankOf(n)));

function given(count: number, items: number): PlacementRequest {
  return { type: "rank", items: Array.from({ length: count }, (_, i) => ({ id: benchItemId((i * 37) % items) })) };
}

async function rankers(
  items: number,
  features: readonly Feature[],
): Promise<readonly (readonly [CoreCosts["ranker"], Ranker])[]> {
  // As in the decision Worker: sums of tastes in WebAssembly, and the walk through trees.
  walkWith(scanModule());
  const sessions = Math.min(4 * items, MOST_SESSIONS);
  const snapshot = await decodeForScan(await randomSnapshot(items, NEIGHBOURS, 1, features, { sessions }));
  const linear = createRanker(snapshot, features);
  const trees = randomTrees(linear.features.width, TREES, DEPTH, 3);
  const model: RankerModel = { kind: "linear+trees", linear: linear.snapshot.linear, trees };
  return [
    ["linear", linear],
    ["linear+trees", { ...linear, model, twin: modelScorer(model) }],
  ];
}

/** On a machine that does much else a measurement ends after this long, with fewer rounds. */
const MOST_MS = 3_000;
const FEWEST = 20;

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] as number;

async function measure(
  input: Omit<DecideInput, "clock">,
  rounds: number,
): Promise<Pick<CoreCosts, "stages" | "bestMs" | "cpuMs" | "p50Ms" | "p99Ms">> {
  const times = {
    candidates: [] as number[],
    features: [] as number[],
    score: [] as number[],
    rules: [] as number[],
    whole: [] as number[],
  };
  // As many decisions again before, for the engine to warm up.
  let before = process.cpuUsage();
  let begun = performance.now();
  const isLate = (): boolean => performance.now() - begun > MOST_MS;
  for (let round = -rounds; round < rounds; round++) {
    if (round < 0 && isLate()) round = 0;
    if (round === 0) {
      before = process.cpuUsage();
      begun = performance.now();
    }
    if (times.whole.length >= FEWEST && isLate()) break;
    const startedAt = performance.now();
    const { stages } = await decide({ ...input, now: input.now + round, clock: () => performance.now() });
    const end = performance.now();
    if (round < 0) continue;
    times.candidates.push(stages.candidates - startedAt);
    times.features.push(stages.features - stages.candidates);
    times.score.push(stages.score - stages.features);
    times.rules.push(end - stages.score);
    times.whole.push(end - startedAt);
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000 / times.whole.length;
  const p50 = (stage: keyof typeof times): number => quantile(times[stage], 0.5);
  const stages = { candidates: p50("candidates"), features: p50("features"), score: p50("score"), rules: p50("rules") };
  return { stages, bestMs: Math.min(...times.whole), cpuMs, p50Ms: p50("whole"), p99Ms: quantile(times.whole, 0.99) };
}

/** @param items of the catalogue, more than the neighbours of one; @param only these requests */
export async function measureCore(
  items: number,
  rounds: number,
  only: readonly string[] = BY_DEFAULT,
  features: readonly Feature[] = servedFeatures,
): Promise<CoreCosts[]> {
  const [view, table] = [typicalView(items), busyTable(items)];
  const costs: CoreCosts[] = [];
  for (const [kind, ranker] of await rankers(items, features)) {
    for (const [request, { placement, limits }] of Object.entries(REQUESTS)) {
      if (!only.includes(request)) continue;
      const input = { view, ranker, items: table, knowledge: "profile" as const, now: NOW, explain: false, limits };
      costs.push({
        items,
        request,
        ranker: kind,
        ...(await measure({ ...input, placements: { p: placement(items) } }, rounds)),
      });
    }
  }
  return costs;
}

/** What the whole decision may take, in milliseconds, where there is a target. */
function targetOf({ items, request, ranker }: CoreCosts): number | undefined {
  if (request !== RECOMMEND) return undefined;
  if (items === 100_000) return ranker === "linear" ? 2 : 4;
  return items === 1_000_000 ? 8 : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      items: { type: "string", default: "10000,100000" },
      rounds: { type: "string", default: "200" },
      "all-features": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
    },
  });
  const features = values["all-features"] ? registry : servedFeatures;
  const figures: Figure[] = [];
  for (const items of values.items.split(",").map(Number)) {
    for (const cost of await measureCore(items, Number(values.rounds), BY_DEFAULT, features)) {
      const name = `${cost.items.toLocaleString("en")} items, ${cost.ranker}: ${cost.request}`;
      const target = targetOf(cost);
      const stages = Object.entries(cost.stages).map(([stage, ms]) => `${stage} ${ms.toFixed(2)}`);
      figures.push({
        name,
        value: Number(cost.p50Ms.toFixed(3)),
        unit: `ms p50, ${cost.cpuMs.toFixed(2)} CPU, ${cost.bestMs.toFixed(2)} best, ${cost.p99Ms.toFixed(2)} p99 (${stages.join(", ")})`,
        ...(target === undefined ? {} : { target: `at most ${target} ms`, holds: cost.p50Ms <= target }),
      });
    }
  }
  printReport(figures, values.json);
}
