// From a log to a snapshot: item models, feature rows, ranker, files. Equal history, options and seed give equal bytes.
import * as config from "../../nowcast.config.ts";
import type { Feature } from "../features/feature.ts";
import { FeatureSet } from "../features/feature-set.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import type { RankerKind } from "../ranking/ranker-model.ts";
import { RULE_REQUIREMENTS } from "../ranking/rules/item-facts.ts";
import { attributesOf } from "./attributes.ts";
import { fitBehaviour } from "./behaviour.ts";
import { catalogueOf } from "./catalogue.ts";
import { fitContent } from "./content.ts";
import { type FeatureRows, featureRows, foldOf } from "./feature-rows.ts";
import { fitRanker } from "./fit-ranker.ts";
import type { History } from "./history.ts";
import { draftSnapshot, encodeSnapshot, type SnapshotFiles } from "./snapshot-files.ts";
import { createStageClock, type StageObserver } from "./stage-clock.ts";
import { describeTraining, type TrainingReport } from "./training-report.ts";

export interface TrainOptions {
  /** 32 by default. */
  readonly vectorDimensions?: number;
  /** 64 by default. */
  readonly contentDimensions?: number;
  /** Neighbours an item, 20 by default. */
  readonly neighbours?: number;
  /** Any integer, 1 by default. */
  readonly seed?: number;
  /** What may rank, see fitRanker; the best of all kinds by default. */
  readonly rankers?: readonly RankerKind[];
  /** Parts that visitors are cut into for cross-fitting, 4 by default. */
  readonly folds?: number;
  /** Those of nowcast.config.ts by default. */
  readonly features?: readonly Feature[];
  readonly profile?: ProfileConfig;
  readonly observer?: StageObserver;
}

export interface Trained extends SnapshotFiles {
  readonly report: TrainingReport;
  /** What the ranker was fitted to. */
  readonly rows: FeatureRows;
}

/** There is nothing in the log that a ranker could learn from. */
export class TrainingError extends Error {
  override readonly name = "TrainingError";
}

/** @throws TrainingError when the log has no list that was clicked */
export async function train(history: History, options: TrainOptions = {}): Promise<Trained> {
  const { seed = 1, folds = 4, features: registry = config.features, profile = history.config } = options;
  const { vectorDimensions = 32, contentDimensions = 64, neighbours = 20 } = options;
  if (history.queries.length === 0) {
    throw new TrainingError(
      "no view_item_list has a later select_item that carries its decisionId: there is nothing to learn a ranking from",
    );
  }
  const clock = createStageClock(options.observer);
  const features = new FeatureSet(registry);
  const catalogue = catalogueOf(history);

  const attributes = attributesOf(catalogue.described, [...features.requirements(), ...RULE_REQUIREMENTS]);
  const content = clock.stage("content vectors", (onProgress) =>
    fitContent(catalogue.described, { dimensions: contentDimensions, seed, onProgress }),
  );
  const behaviourOptions = { dimensions: vectorDimensions, neighbours, seed };
  const rows = clock.stage("feature rows", (onProgress) =>
    featureRows(history, features, {
      folds,
      profile,
      modelsWithout(fold) {
        const others = history.visitors.filter((visitor) => foldOf(visitor, folds) !== fold);
        const behaviour = fitBehaviour(others, catalogue, behaviourOptions);
        return draftSnapshot({ catalogue, behaviour, content, attributes }, features.entries());
      },
      onProgress,
    }),
  );
  const ranker = clock.stage("ranker", (onProgress) =>
    fitRanker(rows, {
      seed,
      monotone: features.directions(),
      ...(options.rankers ? { kinds: options.rankers } : {}),
      onProgress,
    }),
  );
  const behaviour = clock.stage("behaviour vectors", (onProgress) =>
    fitBehaviour(history.visitors, catalogue, { ...behaviourOptions, onProgress }),
  );
  const training = {
    until: newest(history),
    events: history.visitors.reduce((sum, { events }) => sum + events.length, 0),
    queries: history.queries.length,
    seed,
  };
  const models = { catalogue, behaviour, content, attributes };
  const encoded = await encodeSnapshot(models, ranker.model, features.entries(), training);
  const report = describeTraining({
    history,
    manifest: encoded.manifest,
    ranker,
    columns: features.columnNames,
    clock,
  });
  return { ...encoded, report, rows };
}

function newest({ visitors }: History): number {
  let until = 0;
  for (const { events } of visitors) for (const { ts } of events) if (ts > until) until = ts;
  return until;
}
