// Training with the newest lists held back, and everything that a report tells of the model: how well it ranks those lists,
// what it looks at, whether more data would help.
import * as config from "../../nowcast.config.ts";
import type { Workings } from "../ranking/decide.ts";
import { type LinearModel, scoreLinear } from "../ranking/linear-scorer.ts";
import { decodeSnapshot } from "../snapshot/snapshot.ts";
import { type HeldOut, HOLDOUT_SHARE, holdBack } from "./held-out.ts";
import { holdBackSessions } from "./held-out-sessions.ts";
import type { History } from "./history.ts";
import { rankingOf } from "./metrics.ts";
import { rankHeldOut } from "./rank-held-out.ts";
import { countData, type DataCounts } from "./report/data-counts.ts";
import { type HeldOutFigures, heldOutFigures } from "./report/held-out-figures.ts";
import { RowGatherer } from "./report/held-out-rows.ts";
import { type FeatureImportance, permutationImportance } from "./report/importance.ts";
import { type LearningCurvePoint, learningCurve } from "./report/learning-curve.ts";
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
  /** What is known of a ranker from elsewhere that took the place of this one. */
  readonly adopted?: unknown;
}

export interface TrainedWithReport extends Trained {
  readonly report: FullReport;
  readonly heldOut: HeldOut | null;
}

/**
 * @param options.holdout share of the clicked lists that is held back, in [0, 1); 0.1 by default
 * @throws what `train` throws
 */
export async function trainWithReport(
  history: History,
  options: TrainOptions & { readonly holdout?: number } = {},
): Promise<TrainedWithReport> {
  const { holdout = HOLDOUT_SHARE, seed = 1, features = config.features, observer } = options;
  const { objective = history.queries.length > 0 ? "rerank" : "next-item" } = options;
  const held = objective === "rerank" ? holdBack(history, holdout) : holdBackSessions(history, holdout);
  const training = held?.train ?? history;
  const trained = await train(training, { ...options, objective });
  const data = countData(training);
  if (held === null) return { ...trained, report: { ...trained.report, data, heldOut: null }, heldOut: null };
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
  const { report } = trained;
  return {
    ...trained,
    heldOut,
    report: {
      ...report,
      data,
      heldOut: { ...figures, importance, learningCurve: curve },
      seconds: { ...report.seconds, ...clock.seconds() },
      peakBytes: { ...report.peakBytes, ...clock.peakBytes() },
    },
  };
}

function linearOrder(model: LinearModel, { candidates, matrix }: Workings): string[] {
  const scores = new Float32Array(candidates.length);
  scoreLinear(model, matrix, scores.length, scores);
  return Array.from(rankingOf(scores), (row) => candidates[row]?.id ?? "");
}
