// Training with the newest lists held back, and everything that a report tells of the model: how well it ranks those lists,
// what it looks at, whether more data would help. What was measured is the candidate; what is published has learned from the
// lists held back too (refit.ts).
import * as config from "../../nowcast.config.ts";
import type { Workings } from "../ranking/decide.ts";
import { type LinearModel, scoreLinear } from "../ranking/linear-scorer.ts";
import { decodeSnapshot } from "../snapshot/snapshot.ts";
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
import { createStageClock } from "./stage-clock.ts";
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
  /** What was measured where what is published has learned from the whole log; null where both are one. */
  readonly refit: {
    readonly candidate: string;
    /** ISO 8601: the newest event that the candidate learned from. */
    readonly until: string;
    readonly queries: number;
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
    rows === null ? [] : learningCurve(trained.rows.data, rows, { l2: trained.report.ranker.l2, seed, onProgress }),
  );
  const measured: FullReport["heldOut"] = { ...figures, importance, learningCurve: curve };
  const took = { seconds: clock.seconds(), peakBytes: clock.peakBytes() };
  if (!isRefit) {
    const report = { ...withCosts(trained.report, took), data: countData(training), heldOut: measured, refit: null };
    return { ...trained, report, heldOut, candidate: null };
  }
  const { manifest, files } = trained;
  const final = await refit(history, trained, rows, { ...options, objective });
  const refitted = Object.fromEntries(
    Object.entries(final.report.seconds).map(([stage, seconds]) => [`${stage}, whole log`, seconds]),
  );
  const peaks = Object.fromEntries(
    Object.entries(final.report.peakBytes).map(([stage, bytes]) => [`${stage}, whole log`, bytes]),
  );
  const { seconds, peakBytes } = withCosts(trained.report, took);
  return {
    ...final,
    manifest: { ...final.manifest, candidate: manifest },
    heldOut,
    candidate: { manifest, files },
    report: {
      ...final.report,
      data: countData(history),
      heldOut: measured,
      refit: {
        candidate: manifest.id,
        until: new Date(manifest.training.until).toISOString(),
        queries: manifest.training.queries,
      },
      seconds: { ...seconds, ...refitted },
      peakBytes: { ...peakBytes, ...peaks },
    },
  };
}

function withCosts(
  report: TrainingReport,
  { seconds, peakBytes }: Pick<TrainingReport, "seconds" | "peakBytes">,
): TrainingReport {
  return {
    ...report,
    seconds: { ...report.seconds, ...seconds },
    peakBytes: { ...report.peakBytes, ...peakBytes },
  };
}

function linearOrder(model: LinearModel, { candidates, matrix }: Workings): string[] {
  const scores = new Float32Array(candidates.length);
  scoreLinear(model, matrix, scores.length, scores);
  return Array.from(rankingOf(scores), (row) => candidates[row]?.id ?? "");
}
