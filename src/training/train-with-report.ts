// Training with the newest lists held back, and everything that a report tells of the model: how well it ranks those lists,
// what it looks at, whether more data would help. What was measured is the candidate; what is published has learned from the
// lists held back too (refit.ts).
import * as config from "../../nowcast.config.ts";
import type { Workings } from "../ranking/decide.ts";
import { type LinearModel, scoreLinear } from "../ranking/linear-scorer.ts";
import { decodeSnapshot } from "../snapshot/snapshot.ts";
import { checkRefit, type RefitCheck } from "./check-refit.ts";
import { type HeldOut, HOLDOUT_SHARE, holdBack } from "./held-out.ts";
import { holdBackSessions } from "./held-out-sessions.ts";
import type { History } from "./history.ts";
import { rankingOf } from "./metrics.ts";
import { rankHeldOut } from "./rank-held-out.ts";
import { refit } from "./refit.ts";
import { countData, type DataCounts } from "./report/data-counts.ts";
import { type HeldOutFigures, heldOutFigures } from "./report/held-out-figures.ts";
import { RowGatherer } from "./report/held-out-rows.ts";
import { type FeatureImportance, permutationImportance } from "./report/importance.ts";
import { type LearningCurvePoint, learningCurve } from "./report/learning-curve.ts";
import type { SnapshotFiles } from "./snapshot-files.ts";
import { createStageClock, type StageClock } from "./stage-clock.ts";
import { type Trained, type TrainOptions, train } from "./train.ts";
import type { TrainingReport } from "./training-report.ts";

/** All but `seconds` and `peakBytes` depends on log, options and seed alone. */
export interface FullReport extends TrainingReport {
  /** Of the training part of the log. */
  readonly data: DataCounts;
  /** Null when nothing was held back. */
  readonly heldOut:
    | (HeldOutFigures & {
        readonly importance: { readonly lists: number; readonly features: readonly FeatureImportance[] };
        readonly learningCurve: readonly LearningCurvePoint[];
      })
    | null;
  /** What was measured, where it was learned again from the whole log; null where it was not. */
  readonly refit: {
    readonly candidate: string;
    /** ISO 8601: the newest event that the candidate learned from. */
    readonly until: string;
    readonly queries: number;
    /** Without `passed` the candidate itself is published. */
    readonly check: RefitCheck;
  } | null;
  /** What is known of a ranker from elsewhere that took the place of this one. */
  readonly adopted?: unknown;
}

export interface TrainedWithReport extends Trained {
  readonly report: FullReport;
  /** The same recipe without the lists held back, which a comparison with other snapshots measures; null where this one was held back from. */
  readonly candidate: SnapshotFiles | null;
  readonly heldOut: HeldOut | null;
}

/**
 * @param options.holdout share of the clicked lists that is held back, in [0, 1); 0.1 by default
 * @param options.refit whether what is published learns from the lists held back too, once they have measured; true by default
 * @throws what `train` throws
 */
export async function trainWithReport(
  history: History,
  options: TrainOptions & { readonly holdout?: number; readonly refit?: boolean } = {},
): Promise<TrainedWithReport> {
  const { holdout = HOLDOUT_SHARE, refit: isRefit = true, seed = 1, features = config.features, observer } = options;
  const { objective = history.queries.length > 0 ? "rerank" : "next-item" } = options;
  const held = objective === "rerank" ? holdBack(history, holdout) : holdBackSessions(history, holdout);
  const training = held?.train ?? history;
  const trained = await train(training, { ...options, objective });
  if (held === null) {
    const report = { ...trained.report, data: countData(training), heldOut: null, refit: null };
    return { ...trained, report, heldOut: null, candidate: null };
  }
  const { heldOut } = held;
  const clock = createStageClock(observer);
  const snapshot = await decodeSnapshot(trained.manifest, trained.files);
  const gatherer = new RowGatherer(heldOut.lists, trained.report.counts.rows / trained.report.counts.queries);
  // Where trees rank, what the linear model says alone is a ranking of its own.
  const linear: string[][] = [];
  const observe = (index: number, workings: Workings): void => {
    gatherer.observe(index, workings);
    if (trained.report.ranker.kind !== "linear") linear.push(linearOrder(snapshot.linear, workings));
  };
  const ranked = await clock.stage("held-out lists", (onProgress) =>
    rankHeldOut(heldOut, snapshot, features, { observe, onProgress }),
  );
  const figures = heldOutFigures(
    heldOut,
    { model: ranked, ...(linear.length > 0 ? { linear } : {}), ...held.baselines() },
    seed,
  );
  const rows = gatherer.rows(heldOut.protocol);
  const importance = await clock.stage("feature importance", async (onProgress) =>
    rows === null ? { lists: 0, features: [] } : permutationImportance(rows, { seed, onProgress }),
  );
  const curve = await clock.stage("learning curve", (onProgress) =>
    rows === null ? [] : learningCurve(trained.rows.data, rows, { ...trained.ranker.recipe, seed, onProgress }),
  );
  const measured: FullReport["heldOut"] = { ...figures, importance, learningCurve: curve };
  if (!isRefit) {
    const costs = withCosts(trained.report, costsOf(clock));
    const report = { ...trained.report, ...costs, data: countData(training), heldOut: measured, refit: null };
    return { ...trained, report, heldOut, candidate: null };
  }
  const { manifest, files } = trained;
  const final = await refit(history, trained, rows, { ...options, objective });
  const check = await clock.stage("check, whole log", (onProgress) =>
    checkRefit(heldOut, ranked, final, features, seed, onProgress),
  );
  const until = new Date(manifest.training.until).toISOString();
  const more = {
    heldOut: measured,
    refit: { candidate: manifest.id, until, queries: manifest.training.queries, check },
    ...withCosts(withCosts(trained.report, wholeLog(final.report)), costsOf(clock)),
  };
  if (!check.passed) {
    return { ...trained, report: { ...trained.report, ...more, data: countData(training) }, heldOut, candidate: null };
  }
  return {
    ...final,
    manifest: { ...final.manifest, candidate: manifest },
    heldOut,
    candidate: { manifest, files },
    report: { ...final.report, ...more, data: countData(history) },
  };
}

type Costs = Pick<TrainingReport, "seconds" | "peakBytes">;

const costsOf = (clock: StageClock): Costs => ({ seconds: clock.seconds(), peakBytes: clock.peakBytes() });

function withCosts(costs: Costs, { seconds, peakBytes }: Costs): Costs {
  return { seconds: { ...costs.seconds, ...seconds }, peakBytes: { ...costs.peakBytes, ...peakBytes } };
}

/** The stages of learning again, by names of their own. */
function wholeLog({ seconds, peakBytes }: Costs): Costs {
  const named = (of: Readonly<Record<string, number>>): Record<string, number> =>
    Object.fromEntries(Object.entries(of).map(([stage, value]) => [`${stage}, whole log`, value]));
  return { seconds: named(seconds), peakBytes: named(peakBytes) };
}

function linearOrder(model: LinearModel, { candidates, matrix }: Workings): string[] {
  const scores = new Float32Array(candidates.length);
  scoreLinear(model, matrix, scores.length, scores);
  return Array.from(rankingOf(scores), (row) => candidates[row]?.id ?? "");
}
