// From the candidate that was measured to the snapshot that is published: the same recipe (columns, kind, penalty, number of
// trees), learned from the whole log. Items are learned anew; the ranker learns from the candidate's rows and from the lists that were held
// back, in the rows that the candidate ranked them by: it had seen nothing of them, so they are as honest as any cross-fitted
// row, and cost nothing.
import * as config from "../../nowcast.config.ts";
import { matchFeatures } from "../features/feature-set.ts";
import { createRandom } from "../kernels/random.ts";
import { fitRecipe } from "./fit-recipe.ts";
import type { History } from "./history.ts";
import { describeItems, learnItems } from "./item-models.ts";
import type { ListwiseData } from "./listwise.ts";
import type { HeldOutRows } from "./report/held-out-rows.ts";
import { sessionsOf } from "./sessions.ts";
import { encodeSnapshot } from "./snapshot-files.ts";
import { createStageClock } from "./stage-clock.ts";
import { attributesFor, itemModelSizes, type Trained, type TrainOptions, trainingOf } from "./train.ts";
import { describeTraining } from "./training-report.ts";

/** Lists with the place at which each row was shown. */
type PlacedLists = ListwiseData & { readonly positions: Uint16Array };

/**
 * @param history the whole log
 * @param candidate trained on its older part with the same options
 * @param heldOut rows of the newer part; null where none were kept
 */
export async function refit(
  history: History,
  candidate: Trained,
  heldOut: HeldOutRows | null,
  options: TrainOptions,
): Promise<Trained> {
  const { seed = 1, features: registry = config.features, debiasPositions = false } = options;
  const clock = createStageClock(options.observer);
  const sizes = itemModelSizes(options);
  const features = matchFeatures(candidate.manifest.features, registry);
  const { data, positions } = candidate.rows;
  const newer = heldOut === null ? null : taught(heldOut, data.labels.length / (data.groups.length - 1), seed);
  const all = newer === null ? data : joined(data, newer);
  const fitted = clock.stage("ranker", () =>
    fitRecipe(all, candidate.ranker.recipe, {
      seed,
      monotone: features.directions(),
      start: candidate.ranker.model.linear.weight,
      ...(debiasPositions && positions ? { positions: placed(positions, newer) } : {}),
    }),
  );
  const described = describeItems(history, sizes, clock);
  const lessons = { visitors: history.visitors, sessions: sessionsOf(history), queries: history.queries };
  const models = learnItems(
    described,
    lessons,
    attributesFor(described, features),
    candidate.votes.settings,
    sizes,
    clock,
  );
  const training = trainingOf(history, all, seed);
  const encoded = await encodeSnapshot(models, fitted.model, features.entries(), training);
  const ranker = { ...candidate.ranker, ...fitted };
  const [columns, { votes }] = [features.columnNames, candidate];
  const report = describeTraining({
    ...{ history, manifest: encoded.manifest, ranker, votes, columns, clock },
    rows: all.labels.length,
  });
  return { ...encoded, report, rows: candidate.rows, ranker, votes };
}

/**
 * Held-out lists as lists to learn from: those with a hit, and of what was found in the whole catalogue as many others, drawn by
 * chance, as the training rows have.
 */
function taught(rows: HeldOutRows, listSize: number, seed: number): PlacedLists {
  const random = createRandom(seed);
  const most = rows.protocol === "rerank" ? Number.POSITIVE_INFINITY : Math.round(listSize) - 1;
  const kept: number[] = [];
  const groups = [0];
  for (let list = 0; list + 1 < rows.groups.length; list++) {
    const [hits, others]: [number[], number[]] = [[], []];
    for (let row = rows.groups[list] as number; row < (rows.groups[list + 1] as number); row++) {
      ((rows.labels[row] as number) > 0 ? hits : others).push(row);
    }
    if (hits.length === 0) continue;
    if (others.length > most) random.shuffle(others);
    kept.push(...[...hits, ...others.slice(0, most)].sort((a, b) => a - b));
    groups.push(kept.length);
  }
  const { columns } = rows;
  const matrix = new Float32Array(kept.length * columns);
  kept.forEach((row, at) => {
    matrix.set(rows.matrix.subarray(row * columns, (row + 1) * columns), at * columns);
  });
  return {
    matrix,
    groups: Uint32Array.from(groups),
    labels: Float32Array.from(kept, (row) => rows.labels[row] as number),
    positions: Uint16Array.from(kept, (row) => rows.positions[row] as number),
    columns,
  };
}

function joined(older: ListwiseData, newer: ListwiseData): ListwiseData {
  const rows = older.labels.length;
  const matrix = new Float32Array(older.matrix.length + newer.matrix.length);
  matrix.set(older.matrix);
  matrix.set(newer.matrix, older.matrix.length);
  const labels = new Float32Array(rows + newer.labels.length);
  labels.set(older.labels);
  labels.set(newer.labels, rows);
  return {
    matrix,
    labels,
    groups: Uint32Array.from([...older.groups, ...Array.from(newer.groups.subarray(1), (offset) => offset + rows)]),
    columns: older.columns,
  };
}

function placed(positions: Uint16Array, newer: PlacedLists | null): Uint16Array {
  return newer === null ? positions : Uint16Array.from([...positions, ...newer.positions]);
}
