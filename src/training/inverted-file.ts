// An inverted file over the vectors of a large catalogue: rows by lists of spherical k-means (Dhillon and Modha, Machine Learning
// 42, 2001), and how many lists a query must ask to find what an exact scan finds, measured. A scan then reads the lists nearest
// to the query alone (Jégou, Douze and Schmid, PAMI 2011).
import { QuantizedRows } from "../kernels/quantized-rows.ts";
import { createRandom, type Random } from "../kernels/random.ts";
import { nearestRows } from "../kernels/row-scan.ts";
import { normalizeAt } from "../kernels/vectors.ts";
import { scannable } from "./node-scan.ts";

/** Recall is of the so many nearest items. */
const NEAREST = 100;
/** What probes are chosen for, a little above what is wanted of queries that they were not chosen on. */
const TARGET_RECALL = 0.985;
/** Queries that probes are chosen on, and as many that recall is measured on. */
const QUERIES = 150;
const ROUNDS = 8;
/** Rows that k-means learns from. */
const SAMPLE_PER_LIST = 64;

export interface InvertedFileOptions {
  readonly seed: number;
  /** The root of the number of rows by default. */
  readonly lists?: number;
}

export interface InvertedFile {
  /** By list. */
  readonly rows: QuantizedRows;
  readonly centroids: QuantizedRows;
  /** List l has the rows starts[l] … starts[l + 1] − 1. */
  readonly starts: Uint32Array;
  /** Row → row of the input. */
  readonly items: Uint32Array;
  readonly probes: number;
  /** Share of the 100 nearest that a query finds, on average. */
  readonly recall: number;
}

/** Equal input, options and seed give equal output. @param input at least one row */
export function buildInvertedFile(input: QuantizedRows, options: InvertedFileOptions): InvertedFile {
  const rows = scannable(input);
  const random = createRandom(options.seed);
  const count = options.lists ?? Math.round(Math.sqrt(rows.rows));
  const centroids = scannable(fitCentroids(rows, Math.max(1, Math.min(count, rows.rows)), random));
  const listOf = new Uint32Array(rows.rows);
  const query = new Float32Array(rows.dimensions);
  for (let row = 0; row < rows.rows; row++) listOf[row] = nearestList(centroids, fill(rows, row, query));
  const { starts, items } = byList(listOf, centroids.rows);
  return { rows: inOrder(rows, items), centroids, starts, items, ...measure(rows, centroids, listOf, random) };
}

function fitCentroids(rows: QuantizedRows, lists: number, random: Random): QuantizedRows {
  const { dimensions } = rows;
  // An item without a vector is near to nothing: it must not become a centre.
  const known = Uint32Array.from({ length: rows.rows }, (_, row) => row).filter(
    (row) => (rows.scales[row] as number) > 0,
  );
  const sample = drawn(known, lists * SAMPLE_PER_LIST, random);
  const centres = new Float32Array(lists * dimensions);
  const reseed = (list: number): void => {
    if (sample.length === 0) return;
    fill(
      rows,
      sample[random.integer(sample.length)] as number,
      centres.subarray(list * dimensions, (list + 1) * dimensions),
    );
  };
  for (let list = 0; list < lists; list++) reseed(list);
  const query = new Float32Array(dimensions);
  for (let round = 0; round < ROUNDS; round++) {
    const quantized = scannable(QuantizedRows.of(centres, dimensions));
    const members = new Uint32Array(lists);
    centres.fill(0);
    for (const row of sample) {
      const list = nearestList(quantized, fill(rows, row, query));
      members[list] = (members[list] as number) + 1;
      for (let i = 0, at = list * dimensions; i < dimensions; i++, at++) {
        centres[at] = (centres[at] as number) + (query[i] as number);
      }
    }
    for (let list = 0; list < lists; list++) {
      if (members[list] === 0) reseed(list);
      normalizeAt(centres, list * dimensions, dimensions);
    }
  }
  return QuantizedRows.of(centres, dimensions);
}

const one = new Uint32Array(1);

function nearestList(centroids: QuantizedRows, query: Float32Array): number {
  nearestRows(centroids, query, one);
  return one[0] as number;
}

function fill(rows: QuantizedRows, row: number, out: Float32Array): Float32Array {
  for (let i = 0; i < rows.dimensions; i++) out[i] = rows.valueAt(row, i);
  return out;
}

/** At most `count` of `from` without repeats, in an order of their own. */
function drawn(from: Uint32Array, count: number, random: Random): Uint32Array {
  const pool = from.slice();
  const size = Math.min(count, pool.length);
  for (let i = 0; i < size; i++) {
    const other = i + random.integer(pool.length - i);
    const picked = pool[other] as number;
    pool[other] = pool[i] as number;
    pool[i] = picked;
  }
  return pool.subarray(0, size);
}

/** Rows by list, within one ascending. */
function byList(listOf: Uint32Array, lists: number): { starts: Uint32Array; items: Uint32Array } {
  const starts = new Uint32Array(lists + 1);
  for (const list of listOf) starts[list + 1] = (starts[list + 1] as number) + 1;
  for (let list = 0; list < lists; list++) starts[list + 1] = (starts[list + 1] as number) + (starts[list] as number);
  const next = starts.slice();
  const items = new Uint32Array(listOf.length);
  listOf.forEach((list, row) => {
    const at = next[list] as number;
    items[at] = row;
    next[list] = at + 1;
  });
  return { starts, items };
}

function inOrder({ codes, scales, dimensions, stride }: QuantizedRows, items: Uint32Array): QuantizedRows {
  const ordered = new Int8Array(codes.length);
  items.forEach((item, row) => {
    ordered.set(codes.subarray(item * stride, (item + 1) * stride), row * stride);
  });
  return new QuantizedRows(
    ordered,
    Float32Array.from(items, (item) => scales[item] as number),
    dimensions,
  );
}

/** The fewest probes that reach the target on one half of the queries, and the recall that they have on the other. */
function measure(rows: QuantizedRows, centroids: QuantizedRows, listOf: Uint32Array, random: Random) {
  const lists = centroids.rows;
  // found[p]: share of the nearest that stand in the p lists nearest to the query.
  const halves = [new Float64Array(lists + 1), new Float64Array(lists + 1)] as const;
  const nearest = new Uint32Array(NEAREST);
  const order = new Uint32Array(lists);
  const rank = new Uint32Array(lists);
  for (let n = 0; n < 2 * QUERIES; n++) {
    const query = drawQuery(rows, random);
    const count = nearestRows(rows, query, nearest);
    nearestRows(centroids, query, order);
    order.forEach((list, place) => {
      rank[list] = place;
    });
    const found = halves[n % 2 === 0 ? 0 : 1];
    for (let i = 0; i < count; i++) {
      const place = rank[listOf[nearest[i] as number] as number] as number;
      found[place + 1] = (found[place + 1] as number) + 1 / (count * QUERIES);
    }
  }
  for (const found of halves)
    for (let p = 0; p < lists; p++) found[p + 1] = (found[p + 1] as number) + (found[p] as number);
  let probes = 1;
  while (probes < lists && (halves[0][probes] as number) < TARGET_RECALL) probes++;
  return { probes, recall: Math.min(1, halves[1][probes] as number) };
}

/** As visitors ask: the direction of one item, or of some that are near to one another. */
function drawQuery(rows: QuantizedRows, random: Random): Float32Array {
  const query = rows.row(random.integer(rows.rows));
  if (random.integer(2) === 0) return query;
  const near = new Uint32Array(20);
  const count = nearestRows(rows, query, near);
  for (let i = 0; i < 3; i++) rows.addScaledTo(query, near[random.integer(count)] as number, 1);
  normalizeAt(query, 0, query.length);
  return query;
}
