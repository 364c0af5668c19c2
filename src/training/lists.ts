// What training does with lists as a whole: parts of them, and what the orders that scores make of them are worth.
import type { ListwiseData } from "./listwise.ts";
import { ndcgAt, rankingOf } from "./metrics.ts";

/** What an order of one list is worth, higher is better. @param ranking candidate indices, best first */
export type RankingMetric = (relevance: Float32Array, ranking: Uint32Array) => number;

export const ndcg10: RankingMetric = (relevance, ranking) => ndcgAt(relevance, ranking, 10);

/** The metric of each list under scores, one a row. */
export function measureLists(
  { groups, labels }: Pick<ListwiseData, "groups" | "labels">,
  scores: Float32Array | Float64Array,
  metric: RankingMetric,
): Float64Array {
  const measures = new Float64Array(groups.length - 1);
  for (let list = 0; list < measures.length; list++) {
    const [from, to] = [groups[list] as number, groups[list + 1] as number];
    measures[list] = metric(labels.subarray(from, to), rankingOf(scores.subarray(from, to)));
  }
  return measures;
}

export function meanOf(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** The lists from…to as data of their own; rows are views. */
export function sliceLists({ matrix, groups, labels, columns }: ListwiseData, from: number, to: number): ListwiseData {
  const start = groups[from] as number;
  const end = groups[to] as number;
  return {
    matrix: matrix.subarray(start * columns, end * columns),
    groups: groups.slice(from, to + 1).map((offset) => offset - start),
    labels: labels.subarray(start, end),
    columns,
  };
}

/**
 * Some of the lists, evenly over all of them, so that they have about `mostRows` rows; all where these are not more.
 * @returns with them their numbers, ascending
 */
export function spreadLists(data: ListwiseData, mostRows: number): { data: ListwiseData; lists: Uint32Array } {
  const { matrix, groups, labels, columns } = data;
  const all = Uint32Array.from({ length: groups.length - 1 }, (_, list) => list);
  if (labels.length <= mostRows) return { data, lists: all };
  const count = Math.max(1, Math.floor((all.length * mostRows) / labels.length));
  const lists = all.slice(0, count).map((_, i) => Math.floor((i * all.length) / count));
  const starts = new Uint32Array(count + 1);
  lists.forEach((list, i) => {
    starts[i + 1] = (starts[i] as number) + (groups[list + 1] as number) - (groups[list] as number);
  });
  const rows = starts[count] as number;
  const some = { matrix: new Float32Array(rows * columns), labels: new Float32Array(rows) };
  lists.forEach((list, i) => {
    const [from, to] = [groups[list] as number, groups[list + 1] as number];
    some.matrix.set(matrix.subarray(from * columns, to * columns), (starts[i] as number) * columns);
    some.labels.set(labels.subarray(from, to), starts[i]);
  });
  return { data: { ...some, groups: starts, columns }, lists };
}

/** The same lists with some of the columns, ascending. */
export function pickColumns(data: ListwiseData, columns: Uint32Array): ListwiseData {
  const { matrix, labels, columns: width } = data;
  if (columns.length === width) return data;
  const picked = new Float32Array(labels.length * columns.length);
  for (let row = 0, to = 0; row < labels.length; row++) {
    const from = row * width;
    for (let c = 0; c < columns.length; c++, to++) picked[to] = matrix[from + (columns[c] as number)] as number;
  }
  return { ...data, matrix: picked, columns: columns.length };
}
