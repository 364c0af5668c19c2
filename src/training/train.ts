// From a log to a snapshot: item models, feature rows, ranker, files. Equal history, options and seed give equal bytes.
import * as config from "../../nowcast.config.ts";
import type { Feature } from "../features/feature.ts";
import { FeatureSet } from "../features/feature-set.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import type { RankerKind } from "../ranking/ranker-model.ts";
import { RULE_REQUIREMENTS } from "../ranking/rules/item-facts.ts";
import type { Attributes } from "../snapshot/attributes.ts";
import type { SnapshotManifest } from "../snapshot/manifest.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { attributesOf } from "./attributes.ts";
import { type ChosenVotes, chooseVotes } from "./choose-votes.ts";
import { type FeatureRows, featureRows, foldOf } from "./feature-rows.ts";
import { type FittedRanker, fitRanker } from "./fit-ranker.ts";
import type { History } from "./history.ts";
import { queriesBefore, sessionsBefore, visitorsBefore } from "./history-before.ts";
import { type DescribedItems, describeItems, type ItemModelSizes, type Lessons, learnItems } from "./item-models.ts";
import type { FitItemVectors } from "./item-vectors.ts";
import { pickColumns } from "./lists.ts";
import type { ListwiseData } from "./listwise.ts";
import { nextItemMetric } from "./next-item-metric.ts";
import { nextItemRows } from "./next-item-rows.ts";
import { sessionsOf } from "./sessions.ts";
import { draftSnapshot, encodeSnapshot, type SnapshotFiles } from "./snapshot-files.ts";
import { createStageClock, type StageObserver } from "./stage-clock.ts";
import { describeTraining, type TrainingReport } from "./training-report.ts";
import type { VisitorHistory } from "./visitors.ts";

export interface TrainOptions {
  /** 32 by default. */
  readonly vectorDimensions?: number;
  /** How item vectors are learned from behaviour, see fitBehaviour. */
  readonly fitVectors?: FitItemVectors;
  /** 64 by default. */
  readonly contentDimensions?: number;
  /** 16 by default. */
  readonly tasteDimensions?: number;
  /** Neighbours an item, 20 by default. */
  readonly neighbours?: number;
  /** Any integer, 1 by default. */
  readonly seed?: number;
  /** What may rank, see fitRanker; the best of all kinds by default. */
  readonly rankers?: readonly RankerKind[];
  /** See fitRanker; false by default. */
  readonly debiasPositions?: boolean;
  /** Whether features stay that the ranker would not miss; false by default. */
  readonly allFeatures?: boolean;
  /** Parts that visitors are cut into for cross-fitting, 4 by default. */
  readonly folds?: number;
  /** Those of nowcast.config.ts by default. */
  readonly features?: readonly Feature[];
  readonly profile?: ProfileConfig;
  /** Next item where the log has no list that was clicked, else rerank, by default. */
  readonly objective?: Objective;
  readonly observer?: StageObserver;
}

export interface Trained extends SnapshotFiles {
  readonly report: TrainingReport;
  /** What the ranker was fitted to. */
  readonly rows: FeatureRows;
  readonly ranker: FittedRanker;
  readonly votes: ChosenVotes;
}

/** There is nothing in the log that a ranker could learn from. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
}

/** What a ranker learns: to order lists that were shown, or to find what comes next in a session. */
export const OBJECTIVES = ["rerank", "next-item"] as const;
export type Objective = (typeof OBJECTIVES)[number];

/** @throws TrainingError when the log has nothing to learn the objective from */
export async function train(history: History, options: TrainOptions = {}): Promise<Trained> {
  const { seed = 1, folds = 4, features: registry = config.features, profile = history.config } = options;
  const { objective = history.queries.length > 0 ? "rerank" : "next-item" } = options;
  if (objective === "rerank" && history.queries.length === 0) {
    throw new TrainingError(
      "no view_item_list has a later select_item that carries its decisionId: there is nothing to learn a ranking from",
    );
  }
  const clock = createStageClock(options.observer);
  const sizes = itemModelSizes(options);
  const sessions = sessionsOf(history);
  if (objective === "next-item" && !sessions.some(({ steps }) => steps.length > 1)) {
    throw new TrainingError("there is nothing to learn from: no clicked list, and no session of two events with items");
  }
  const all = new FeatureSet(registry);
  const described = describeItems(history, sizes, clock);
  const attributes = attributesFor(described, all);
  const votes = clock.stage("session votes", (onProgress) =>
    chooseVotes(history, sessions, described.catalogue.indexOf, onProgress),
  );
  const draft = (lessons: Lessons): Snapshot =>
    draftSnapshot(learnItems(described, lessons, attributes, votes.settings, sizes), all.entries());
  const found = clock.stage("feature rows", (onProgress): FeatureRows => {
    if (objective === "next-item") {
      const modelsBefore = (position: number): Snapshot =>
        draft({
          visitors: visitorsBefore(history, position),
          sessions: sessionsBefore(sessions, position),
          queries: queriesBefore(history, position),
        });
      const rows = nextItemRows(history, { seed, features: all, modelsBefore, onProgress });
      if (rows !== null) return rows;
      throw new TrainingError("there is nothing to learn from: too few sessions of two events with items");
    }
    const modelsWithout = (fold: number): Snapshot => {
      const inFold = (visitor: VisitorHistory | undefined) => visitor !== undefined && foldOf(visitor, folds) === fold;
      return draft({
        visitors: history.visitors.filter((visitor) => !inFold(visitor)),
        sessions: sessions.filter(({ visitor }) => !inFold(history.visitors[visitor])),
        queries: history.queries.filter(({ visitor }) => !inFold(history.visitors[visitor])),
      });
    };
    return featureRows(history, all, { folds, profile, modelsWithout, onProgress });
  });
  const ranker = clock.stage("ranker", (onProgress) =>
    fitRanker(found, {
      seed,
      ...(objective === "next-item" ? { metric: nextItemMetric } : {}),
      ...(options.allFeatures ? {} : { features: all.spans() }),
      monotone: all.directions(),
      debiasPositions: options.debiasPositions ?? false,
      ...(options.rankers ? { kinds: options.rankers } : {}),
      onProgress,
    }),
  );
  const features = all.withColumns(ranker.columns);
  const rows = { ...found, data: pickColumns(found.data, ranker.columns) };
  const lessons = { visitors: history.visitors, sessions, queries: history.queries };
  const models = learnItems(described, lessons, attributesFor(described, features), votes.settings, sizes, clock);
  const training = trainingOf(history, rows.data, seed);
  const encoded = await encodeSnapshot(models, ranker.model, features.entries(), training);
  const report = describeTraining({
    history,
    manifest: encoded.manifest,
    ranker,
    votes,
    rows: rows.data.labels.length,
    columns: features.columnNames,
    clock,
  });
  return { ...encoded, report, rows, ranker, votes };
}

/** The sizes of the item models, with their defaults. */
export function itemModelSizes(options: TrainOptions): ItemModelSizes {
  const { vectorDimensions = 32, contentDimensions = 64, tasteDimensions = 16, neighbours = 20, seed = 1 } = options;
  const sizes = { vectorDimensions, contentDimensions, tasteDimensions, neighbours, seed };
  return options.fitVectors === undefined ? sizes : { ...sizes, fitVectors: options.fitVectors };
}

/** What `features` and the rules read of items. */
export function attributesFor({ catalogue }: DescribedItems, features: FeatureSet): Attributes {
  return attributesOf(catalogue.described, [...features.requirements(), ...RULE_REQUIREMENTS]);
}

/** What a manifest says of the log that was learned from. @param data the ranker's lists */
export function trainingOf(history: History, { groups }: ListwiseData, seed: number): SnapshotManifest["training"] {
  return {
    until: newest(history),
    events: history.visitors.reduce((sum, { events }) => sum + events.length, 0),
    queries: groups.length - 1,
    seed,
  };
}

function newest({ visitors }: History): number {
  let until = 0;
  for (const { events } of visitors) for (const { ts } of events) if (ts > until) until = ts;
  return until;
}
