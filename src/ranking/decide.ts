// The pipeline of a decision: candidates → features → scores → rules. Pure but for the clock and the scorer that are
// handed in; the Worker runs it on live inputs, evaluation and training on those of the log.
import type { ItemTable } from "../catalog/item-table.ts";
import { gatherEvidence } from "../features/evidence.ts";
import { finalize32 } from "../kernels/hash.ts";
import { topK } from "../kernels/top-k.ts";
import type { VisitorView } from "../profile/view.ts";
import { nameHash } from "../snapshot/attributes.ts";
import { type Candidate, givenCandidates, queryOf, spanOf } from "./candidates.ts";
import type { Decision, PlacementResult, RankedItem, StageTimes, Strategy } from "./decision.ts";
import { explainRow } from "./explain.ts";
import { decideWithoutModel } from "./fallback.ts";
import { fillMatrix } from "./fill-matrix.ts";
import { codesOf } from "./item-codes.ts";
import type { Ranker } from "./ranker.ts";
import type { PlacementRequest, RecommendRequest } from "./request.ts";
import { creditOf, Retrieval } from "./retrieve.ts";
import { isAvailable, recommendRule } from "./rules.ts";

/** Candidates scored for one recommend placement. */
const PER_PLACEMENT = 200;

export interface DecideInput {
  readonly placements: Readonly<Record<string, PlacementRequest>>;
  readonly view: VisitorView;
  /** The request's `context`: see features/context.ts for what is read of it. */
  readonly context?: unknown;
  /** Where the view comes from: it names the strategy. */
  readonly knowledge: "profile" | "digest" | "none";
  /** Null while the isolate has no snapshot. */
  readonly ranker: Ranker | null;
  readonly items: ItemTable;
  /** Epoch ms of the decision. */
  readonly now: number;
  readonly explain: boolean;
  /** What is drawn at random depends on it alone; by default on the visitor's state and the time. */
  readonly seed?: number;
  /** Reads the clock at the end of a stage. */
  readonly clock: () => number;
  /** Is handed what the ranker was given and what it said, when one ranked: for the decision log. */
  readonly observe?: (workings: Workings) => void;
}

/** What a decision computed on its way; not to be changed. */
export interface Workings {
  readonly ranker: Ranker;
  /** Of the item table when the matrix was filled. */
  readonly itemEpoch: number;
  readonly candidates: readonly Candidate[];
  /** The candidates from … to − 1 are those of a placement. */
  readonly spans: readonly {
    readonly name: string;
    readonly query: string;
    readonly from: number;
    readonly to: number;
  }[];
  /** Candidates × columns, row-major. */
  readonly matrix: Float32Array;
  readonly scores: Float32Array;
}

export async function decide(input: DecideInput): Promise<Decision> {
  const { ranker } = input;
  if (ranker === null) return withoutModel(input, []);
  const { snapshot, features } = ranker;
  const evidence = gatherEvidence(input.view, snapshot, input.items, input.now);
  const taken = new Set<string>();
  const list: Candidate[] = [];
  const { view, items, context, now } = input;
  const codes = codesOf(snapshot, items);
  const seed = input.seed ?? seedOf(input);
  const retrieval = new Retrieval({ snapshot, items, codes, view, evidence, now, seed });
  let wanted = 0;
  const spans = Object.entries(input.placements).map(([name, request]) => {
    const from = list.length;
    if (request.type === "rank") list.push(...givenCandidates(request));
    else {
      wanted += request.count;
      list.push(...foundCandidates(request, ranker, items, retrieval, Math.max(PER_PLACEMENT, wanted), wanted));
    }
    return { name, request, from, to: list.length };
  });
  const stages: StageTimes = { candidates: input.clock(), features: 0, score: 0 };
  const matrix = new Float32Array(list.length * features.width);
  const named = spans.map(({ name, request, from, to }) => spanOf(name, request, context, from, to));
  fillMatrix(features, { snapshot, items, view, evidence, context, list, spans: named, now }, matrix);
  // The table goes on changing while the scorer is waited for.
  const itemEpoch = items.epoch;
  stages.features = input.clock();
  const { scores, degraded } = await scoreWithTwin(ranker, matrix, list.length);
  if (lowerNotFinite(scores)) degraded.push("score_not_finite");
  stages.score = input.clock();
  input.observe?.({
    ranker,
    itemEpoch,
    candidates: list,
    spans: spans.map(({ name, request, from, to }) => ({ name, query: queryOf(request, input.context), from, to })),
    matrix,
    scores,
  });
  const placements: Record<string, PlacementResult> = {};
  for (const { name, request, from, to } of spans) {
    const ranked = orderSpan(list, scores, from, to, request, taken, input.items);
    const items = ranked.map((row, position): RankedItem => {
      const { id, source } = list[row] as Candidate;
      const item = { id, score: scores[row] as number, position, source };
      return input.explain ? { ...item, features: explainRow(ranker, matrix, row) } : item;
    });
    if (request.type === "recommend") for (const { id } of items) taken.add(id);
    placements[name] =
      items.length > 0 ? { strategy: strategyOf(input), items } : decideWithoutModel(request, input.items, taken);
  }
  return { placements, degraded, stages };
}

function withoutModel(input: DecideInput, degraded: readonly string[]): Decision {
  const taken = new Set<string>();
  const placements: Record<string, PlacementResult> = {};
  for (const [name, request] of Object.entries(input.placements)) {
    const result = decideWithoutModel(request, input.items, taken);
    if (request.type === "recommend") for (const { id } of result.items) taken.add(id);
    placements[name] = result;
  }
  const now = input.clock();
  return { placements, degraded, stages: { candidates: now, features: now, score: now } };
}

function seedOf({ view, now }: DecideInput): number {
  return finalize32(finalize32(view.seq ^ view.firstAt) ^ now);
}

function strategyOf({ knowledge, view }: DecideInput): Strategy {
  if (knowledge === "profile" && view.seq > 0) return "model";
  return knowledge === "digest" ? "session" : "contextual";
}

/** @param atLeast how many it takes to fill the list, whatever other placements take */
function foundCandidates(
  request: RecommendRequest,
  ranker: Ranker,
  items: ItemTable,
  retrieval: Retrieval,
  limit: number,
  atLeast: number,
): Candidate[] {
  const { snapshot } = ranker;
  const codes = codesOf(snapshot, items);
  const rule = recommendRule(request, snapshot, items);
  const page = [...new Set((request.context ?? []).map((id) => codes.codeOf(id)))].filter((code) => code >= 0);
  const wanted = request.filter?.category ?? [];
  const categories = (typeof wanted === "string" ? [wanted] : wanted).map(nameHash);
  const found = retrieval.find({ page, categories }, limit, atLeast, (code) => rule(codes.idOf(code)));
  return Array.from(found.codes, (code, row) => {
    const source = creditOf(found.foundBy[row] as number);
    return { id: codes.idOf(code), source, position: -1, relevance: 0 };
  });
}

/** Scores through ONNX when it is warm; whatever it throws, the twin answers. */
async function scoreWithTwin(
  ranker: Ranker,
  matrix: Float32Array,
  rows: number,
): Promise<{ scores: Float32Array; degraded: string[] }> {
  if (ranker.onnx !== null && rows > 0) {
    try {
      return { scores: await ranker.onnx.score(matrix, rows), degraded: [] };
    } catch {
      return { scores: await ranker.twin.score(matrix, rows), degraded: ["onnx_failed"] };
    }
  }
  return {
    scores: await ranker.twin.score(matrix, rows),
    degraded: rows === 0 ? [] : [ranker.onnxFailed ? "onnx_failed" : "onnx_cold"],
  };
}

/** Of float32. */
const LOWEST_SCORE = -3.4028234663852886e38;

/** A score that JSON cannot say, and nothing compares with, becomes the lowest there is. @returns whether there was one */
function lowerNotFinite(scores: Float32Array): boolean {
  let found = false;
  for (let row = 0; row < scores.length; row++) {
    if (Number.isFinite(scores[row])) continue;
    scores[row] = LOWEST_SCORE;
    found = true;
  }
  return found;
}

/** Rows of one placement, best first. Items of a rank request that are not available come last, not away. */
function orderSpan(
  list: readonly Candidate[],
  scores: Float32Array,
  from: number,
  to: number,
  request: PlacementRequest,
  taken: ReadonlySet<string>,
  items: ItemTable,
): number[] {
  const own = scores.slice(from, to);
  const order = Array.from(topK(own, own.length), (row) => from + row);
  const idOf = (row: number): string => (list[row] as Candidate).id;
  if (request.type === "recommend") return order.filter((row) => !taken.has(idOf(row))).slice(0, request.count);
  const available = (row: number): boolean => isAvailable(idOf(row), items);
  return [...order.filter(available), ...order.filter((row) => !available(row))];
}
