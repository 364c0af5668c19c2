// What a training run did, for people and for later comparison. All but `seconds` and `peakBytes` depends on log, options and
// seed alone.
import type { RankerKind } from "../ranking/ranker-model.ts";
import { type SnapshotManifest, sectionsOf } from "../snapshot/manifest.ts";
import { checkTrees, type TreeCounts } from "../snapshot/tree-ensemble.ts";
import type { ChosenVotes } from "./choose-votes.ts";
import type { FittedRanker } from "./fit-ranker.ts";
import type { History } from "./history.ts";
import type { StageClock } from "./stage-clock.ts";

export interface TrainingReport {
  readonly snapshot: string;
  readonly counts: {
    readonly events: number;
    readonly visitors: number;
    readonly items: number;
    readonly queries: number;
    /** Candidates over all queries. */
    readonly rows: number;
  };
  /** ISO 8601: the oldest and the newest event. */
  readonly span: { readonly from: string; readonly until: string };
  readonly seed: number;
  readonly ranker: Pick<FittedRanker, "validation" | "selection"> & {
    readonly kind: RankerKind;
    readonly l2: number;
    /** Whether all columns pay alike, or weak features more, see select-penalty.ts. */
    readonly penalty: "even" | "adaptive";
    /** Of the linear model per standard deviation of the column, largest first. */
    readonly weights: readonly { readonly column: string; readonly weight: number }[];
    /** What trees there are, and each column's share of what their splits gained, largest first; null without trees. */
    readonly trees: (TreeCounts & { readonly gains: readonly { column: string; share: number }[] }) | null;
  };
  /** How like sessions vote, and what that was chosen by. */
  readonly votes: ChosenVotes;
  readonly bytes: number;
  /** By stage. */
  readonly seconds: Readonly<Record<string, number>>;
  /** By stage: the most memory that the process had needed by its end. */
  readonly peakBytes: Readonly<Record<string, number>>;
}

export function describeTraining(run: {
  readonly history: History;
  readonly manifest: SnapshotManifest;
  readonly ranker: FittedRanker;
  readonly votes: ChosenVotes;
  /** Of the training matrix. */
  readonly rows: number;
  readonly columns: readonly string[];
  readonly clock: StageClock;
}): TrainingReport {
  const { history, manifest, ranker, columns, clock } = run;
  const { recipe, validation, selection, model } = ranker;
  let oldest = manifest.training.until;
  for (const { events } of history.visitors) for (const { ts } of events) if (ts < oldest) oldest = ts;
  return {
    snapshot: manifest.id,
    counts: {
      events: manifest.training.events,
      visitors: history.visitors.length,
      items: manifest.items,
      queries: manifest.training.queries,
      rows: run.rows,
    },
    span: { from: new Date(oldest).toISOString(), until: new Date(manifest.training.until).toISOString() },
    seed: manifest.training.seed,
    ranker: {
      kind: model.kind,
      l2: recipe.l2,
      penalty: recipe.factors === null ? "even" : "adaptive",
      validation,
      selection,
      weights: columns
        .map((column, index) => ({ column, weight: model.linear.weight[index] as number }))
        .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight)),
      trees: describeTrees(ranker, columns),
    },
    votes: run.votes,
    bytes: sectionsOf(manifest).reduce((sum, [, { bytes }]) => sum + bytes, 0),
    seconds: clock.seconds(),
    peakBytes: clock.peakBytes(),
  };
}

function describeTrees(
  { model, treeGain }: FittedRanker,
  columns: readonly string[],
): TrainingReport["ranker"]["trees"] {
  if (model.kind === "linear" || treeGain === null) return null;
  const total = treeGain.reduce((sum, gain) => sum + gain, 0);
  const gains = columns
    .map((column, index) => ({ column, share: (treeGain[index] as number) / total }))
    .filter(({ share }) => share > 0)
    .sort((a, b) => b.share - a.share);
  return { ...checkTrees(model.trees), gains };
}
