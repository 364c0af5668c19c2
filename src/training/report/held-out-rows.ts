// The feature matrix of the held-out lists as the pipeline filled it, so that what changes in it can be tried without
// ranking anew.
import type { Workings } from "../../ranking/decide.ts";
import type { HeldOutList, Protocol } from "../held-out.ts";
import { rankingOf } from "../metrics.ts";
import { METRICS } from "../rank-held-out.ts";

export interface HeldOutRows {
  readonly protocol: Protocol;
  /** rows × columns, row-major. */
  readonly matrix: Float32Array;
  /** The rows of list g are groups[g] … groups[g + 1] − 1. */
  readonly groups: Uint32Array;
  /** 1 for a row whose item was clicked. */
  readonly labels: Float32Array;
  /** Number of each list's visitor. */
  readonly visitors: Uint32Array;
  readonly columns: number;
  /** Place of each row in the list as it was asked for, from 0; of a recommendation 0. */
  readonly positions: Uint16Array;
  /** The features in the order of their columns. */
  readonly features: readonly { readonly name: string; readonly from: number; readonly to: number }[];
  /** Scores rows as the twin of the ranker does. */
  readonly score: (matrix: Float32Array, rows: number) => Promise<Float32Array>;
}

/** Rows that are kept at most: some 100 MB of 60 columns. */
const MOST_ROWS = 400_000;

/** Gathers what the pipeline was given for each list, evenly spaced lists when there are more rows than fit. */
export class RowGatherer {
  readonly #lists: readonly HeldOutList[];
  readonly #step: number;
  readonly #parts: { readonly list: HeldOutList; readonly workings: Workings }[] = [];

  constructor(lists: readonly HeldOutList[], candidatesOfList: number) {
    this.#lists = lists;
    this.#step = Math.max(1, Math.ceil((lists.length * candidatesOfList) / MOST_ROWS));
  }

  /** For `rankHeldOut`. */
  readonly observe = (index: number, workings: Workings): void => {
    const list = this.#lists[index];
    if (list !== undefined && index % this.#step === 0) this.#parts.push({ list, workings });
  };

  /** @returns null when nothing was observed */
  rows(protocol: Protocol): HeldOutRows | null {
    const first = this.#parts[0];
    if (first === undefined) return null;
    const { ranker } = first.workings;
    const columns = ranker.features.width;
    const groups = new Uint32Array(this.#parts.length + 1);
    this.#parts.forEach(({ workings }, at) => {
      groups[at + 1] = (groups[at] as number) + workings.candidates.length;
    });
    const rows = groups[this.#parts.length] as number;
    const matrix = new Float32Array(rows * columns);
    const labels = new Float32Array(rows);
    const positions = new Uint16Array(rows);
    this.#parts.forEach(({ list, workings }, at) => {
      const from = groups[at] as number;
      const { request } = list;
      const places = new Map(request.type === "rank" ? request.items.map(({ id }, place) => [id, place]) : []);
      matrix.set(workings.matrix.subarray(0, workings.candidates.length * columns), from * columns);
      const relevant = new Set(list.relevant);
      workings.candidates.forEach(({ id }, row) => {
        if (relevant.has(id)) labels[from + row] = 1;
        positions[from + row] = places.get(id) ?? 0;
      });
    });
    let column = 0;
    const features = ranker.features.features.map(({ name, columns: own }) => {
      const from = column;
      column += own.length;
      return { name, from, to: column };
    });
    return {
      protocol,
      matrix,
      groups,
      labels,
      visitors: Uint32Array.from(this.#parts, ({ list }) => list.visitor),
      columns,
      positions,
      features,
      score: (matrix, rows) => ranker.twin.score(matrix, rows),
    };
  }
}

/** The metric that decides, of each list under scores of its rows. */
export function measureScores({ protocol, groups, labels }: HeldOutRows, scores: Float32Array): Float64Array {
  const { of } = METRICS[protocol][0];
  return Float64Array.from({ length: groups.length - 1 }, (_, list) => {
    const [from, to] = [groups[list] as number, groups[list + 1] as number];
    return of([...labels.subarray(from, to)], [...rankingOf(scores.subarray(from, to))]);
  });
}

/** The first part of the rows in evenly spaced lists, at most `most` of them. */
export function someLists(rows: HeldOutRows, most: number): HeldOutRows {
  const lists = rows.groups.length - 1;
  if (lists <= most) return rows;
  const chosen = Array.from({ length: most }, (_, at) => Math.floor((at * lists) / most));
  const kept = chosen.flatMap((list) => {
    const [from, to] = [rows.groups[list] as number, rows.groups[list + 1] as number];
    return Array.from({ length: to - from }, (_, row) => from + row);
  });
  const { columns } = rows;
  const matrix = new Float32Array(kept.length * columns);
  kept.forEach((row, at) => {
    matrix.set(rows.matrix.subarray(row * columns, (row + 1) * columns), at * columns);
  });
  const groups = new Uint32Array(most + 1);
  chosen.forEach((list, at) => {
    groups[at + 1] = (groups[at] as number) + (rows.groups[list + 1] as number) - (rows.groups[list] as number);
  });
  return {
    ...rows,
    matrix,
    groups,
    labels: Float32Array.from(kept, (row) => rows.labels[row] as number),
    positions: Uint16Array.from(kept, (row) => rows.positions[row] as number),
    visitors: Uint32Array.from(chosen, (list) => rows.visitors[list] as number),
  };
}
