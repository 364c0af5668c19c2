// The pipeline of a decision: candidates → cascade of features → scores → rules. Pure but for the clock and the scorer that are
// handed in; the Worker runs it on live inputs, evaluation and training on those of the log.
import type { ItemTable } from "../catalog/item-table.ts";
import { contextOf } from "../features/context.ts";
import { gatherEvidence } from "../features/evidence.ts";
import { log } from "../kernels/elementary.ts";
import { hash32 } from "../kernels/hash.ts";
import { holdsLast } from "../kernels/held-shapes.ts";
import type { VisitorView } from "../profile/view.ts";
import { type Candidate, queryOf, resolveRows, spanOf } from "./candidates.ts";
import { cascade } from "./cascade.ts";
import type { Decision, PlacementResult, StageTimes, Strategy } from "./decision.ts";
import { decideAllWithoutModel, decideWithoutModel } from "./fallback.ts";
import { type CandidateLimits, gather, type PoolSpan } from "./gather.ts";
import { Page, type RuleDefaults } from "./page.ts";
import { present } from "./present.ts";
import type { Ranker } from "./ranker.ts";
import type { PlacementRequest } from "./request.ts";
import { looksAtAll } from "./retrieve.ts";
import { ItemFacts } from "./rules/item-facts.ts";
import { ruleRows } from "./rules/rule-rows.ts";

export interface DecideInput {
  readonly placements: Readonly<Record<string, PlacementRequest>>;
  /** The site's rules; what a request says takes their place. */
  readonly rules?: RuleDefaults;
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
  /** How many items are looked at; CANDIDATE_LIMITS by default. */
  readonly limits?: CandidateLimits | undefined;
  /** Whether items that only events name are left out where there is a catalogue; false by default. */
  readonly catalogueOnly?: boolean;
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
  /** Those that the cascade left. */
  readonly candidates: readonly Candidate[];
  /** The candidates from … to − 1 are those of a placement. */
  readonly spans: readonly {
    readonly name: string;
    readonly query: string;
    readonly from: number;
    readonly to: number;
    /** How many the linear pass sorted out: those of the answer that are not candidates are some of them. */
    readonly pruned: number;
  }[];
  /** Candidates × columns, row-major. */
  readonly matrix: Float32Array;
  /** Before rules. */
  readonly scores: Float32Array;
}

const hold = holdsLast();

export async function decide(input: DecideInput): Promise<Decision> {
  const { ranker, placements: requests, view, items, context, now, explain } = input;
  const page = new Page(requests, input.rules);
  if (ranker === null) {
    const placements = decideAllWithoutModel(requests, page, input);
    const at = input.clock();
    return { placements, degraded: [], stages: { candidates: at, features: at, score: at } };
  }
  const { snapshot } = ranker;
  const facts = new ItemFacts(snapshot, items, input.catalogueOnly);
  const evidence = gatherEvidence(view, snapshot, items, now);
  const { seed, limits } = input;
  const asked = { placements: requests, snapshot, items, view, evidence, page, facts, now, seed, explain, limits };
  const gathered = gather(asked);
  const { pool, spans } = gathered;
  const named = spans.map(({ name, request, from, to }) => spanOf(name, request, context, from, to));
  const candidates = resolveRows(pool, snapshot, items, named);
  const rules = ruleRows(pool, spans, page, facts, input);
  const stages: StageTimes = { candidates: input.clock(), features: 0, score: 0 };
  const kept = cascade(
    ranker,
    { snapshot, items, candidates, view, context: contextOf(context, view), evidence, now },
    spans.map(({ keep }) => keep),
    (row) => {
      if (rules.pinned.has(row)) return Number.POSITIVE_INFINITY;
      const boost = rules.boosts.get(row);
      return boost === undefined ? 0 : log(boost.multiply) + boost.add;
    },
  );
  // The table goes on changing while the scorer is waited for.
  const itemEpoch = items.epoch;
  stages.features = input.clock();
  const { scores, degraded } = await scoreWithTwin(ranker, kept.matrix, kept.candidates.count);
  if (lowerNotFinite(scores)) degraded.push("score_not_finite");
  stages.score = input.clock();
  const keptSpans = kept.candidates.spans;
  input.observe?.({
    ranker,
    itemEpoch,
    candidates: Array.from({ length: kept.candidates.count }, (_, row) => pool.candidateAt(kept.rows?.[row] ?? row)),
    spans: spans.map(({ name, request, from, to }, s) => {
      const left = keptSpans[s] as (typeof keptSpans)[number];
      const pruned = to - from - (left.to - left.from);
      return { name, query: queryOf(request, context), from: left.from, to: left.to, pruned };
    }),
    matrix: kept.matrix,
    scores,
  });
  const scored = { ranker, pool, category: candidates.category, ruleRows: rules, kept, scores };
  const presentation = { strategy: strategyOf(input), explain };
  const placements: Record<string, PlacementResult> = {};
  spans.forEach((span, s) => {
    const { name, request } = span;
    const ranked = present(scored, span, keptSpans[s] as (typeof keptSpans)[number], page, presentation);
    const result = ranked.items.length > 0 ? ranked : withoutCandidates(span, page, facts, input);
    if (request.type === "recommend") page.show(result.items.map(({ id }) => hash32(id)));
    placements[name] = ranked.dropped === undefined ? result : { ...result, dropped: ranked.dropped };
  });
  const decision = { placements, degraded, stages };
  hold(input, page, facts, evidence, gathered, candidates, rules, kept, scored, decision);
  return decision;
}

/** Where the rules let nothing pass of what was looked at. To look at the live items as well is dear, and seldom finds any. */
function withoutCandidates(
  { name, request }: PoolSpan,
  page: Page,
  facts: ItemFacts,
  input: DecideInput,
): PlacementResult {
  if (input.ranker !== null && looksAtAll(input.ranker.snapshot)) return { strategy: "default", items: [] };
  return decideWithoutModel(name, request, page, facts, input);
}

function strategyOf({ knowledge, view }: DecideInput): Strategy {
  if (knowledge === "profile" && view.seq > 0) return "model";
  return knowledge === "digest" ? "session" : "contextual";
}

/** Scores by the model itself; where that takes an ONNX that is not warm or throws, the twin steps in. */
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
  const scores = await ranker.twin.score(matrix, rows);
  if (!ranker.needsOnnx || rows === 0) return { scores, degraded: [] };
  return { scores, degraded: [ranker.onnxFailed ? "onnx_failed" : "onnx_cold"] };
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
