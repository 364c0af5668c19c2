// One space of item vectors: read item by item by features, scanned as a whole by candidate sources. In a large catalogue rows
// stand by the lists of an inverted file (Jégou, Douze and Schmid, PAMI 2011, without its product codes), and only the lists
// nearest to a query are scanned.
import type { QuantizedRows } from "../kernels/quantized-rows.ts";
import { nearestRows, type RowRange } from "../kernels/row-scan.ts";

export interface InvertedLists {
  /** One row a list. */
  readonly centroids: QuantizedRows;
  /** List l has the rows starts[l] … starts[l + 1] − 1. */
  readonly starts: Uint32Array;
  /** Row → item. */
  readonly items: Uint32Array;
  /** Lists that a query asks. */
  readonly probes: number;
}

export class VectorTable {
  readonly #rows: QuantizedRows;
  readonly #lists: InvertedLists | null;
  /** Item → row; null where they are the same. */
  readonly #rowOf: Uint32Array | null;

  /** @param lists null when row i is item i */
  constructor(rows: QuantizedRows, lists: InvertedLists | null) {
    this.#rows = rows;
    this.#lists = lists;
    this.#rowOf = lists && new Uint32Array(rows.rows);
    lists?.items.forEach((item, row) => {
      (this.#rowOf as Uint32Array)[item] = row;
    });
  }

  get dimensions(): number {
    return this.#rows.dimensions;
  }

  /** query · item. */
  dot(query: Float32Array, item: number): number {
    return this.#rows.dot(query, this.#row(item));
  }

  /** item a · item b. */
  dotBetween(a: number, b: number): number {
    return this.#rows.dotBetween(this.#row(a), this.#row(b));
  }

  /** Writes a · item and c · item to `out[at]` and `out[at + 1]`. */
  dotPair(a: Float32Array, c: Float32Array, item: number, out: Float32Array, at: number): void {
    this.#rows.dotPair(a, c, this.#row(item), out, at);
  }

  /** target += weight × item. */
  addScaledTo(target: Float32Array, item: number, weight: number): void {
    this.#rows.addScaledTo(target, this.#row(item), weight);
  }

  /** Component `i` of an item. */
  valueAt(item: number, i: number): number {
    return this.#rows.valueAt(this.#row(item), i);
  }

  /** Writes the item's vector to `target` from place `at` on. */
  copyTo(target: Float64Array, item: number, at: number): void {
    this.#rows.copyTo(target, this.#row(item), at);
  }

  /** An item's vector, in a buffer of its own. */
  vectorOf(item: number): Float32Array {
    return this.#rows.row(this.#row(item));
  }

  /**
   * Writes the items nearest to `query` to `out`, best first: all are compared, or those of the probed lists. Equal scores by
   * lower row.
   * @returns how many it wrote
   */
  nearest(query: Float32Array, out: Int32Array): number {
    const lists = this.#lists;
    if (lists === null) return nearestRows(this.#rows, query, out);
    const count = nearestRows(this.#rows, query, out, probed(lists, query));
    for (let i = 0; i < count; i++) out[i] = lists.items[out[i] as number] as number;
    return count;
  }

  #row(item: number): number {
    return this.#rowOf === null ? item : (this.#rowOf[item] as number);
  }
}

/** Ascending, as a scan wants them. */
function probed({ centroids, starts, probes }: InvertedLists, query: Float32Array): RowRange[] {
  const chosen = new Uint32Array(probes);
  const count = nearestRows(centroids, query, chosen);
  return Array.from(chosen.subarray(0, count).sort(), (list) => ({
    from: starts[list] as number,
    to: starts[list + 1] as number,
  }));
}
