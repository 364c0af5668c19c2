// A sparse matrix in compressed sparse rows: the entries of row r are indices[offsets[r] … offsets[r+1]) and the
// values beside them. Columns ascend within a row and occur once.

export interface Csr {
  readonly rows: number;
  readonly columns: number;
  /** Length rows + 1. */
  readonly offsets: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}

/** Collects entries in any order; entries of the same cell add up. */
export class CsrBuilder {
  readonly #rows: Map<number, number>[] = [];
  readonly #columns: number;

  /** @throws RangeError unless both are integers from 0 */
  constructor(rows: number, columns: number) {
    for (const size of [rows, columns]) {
      if (!Number.isInteger(size) || size < 0) throw new RangeError(`sparse matrix: ${size} is not a size`);
    }
    for (let row = 0; row < rows; row++) this.#rows.push(new Map());
    this.#columns = columns;
  }

  /** @throws RangeError outside the matrix or when the value is not finite */
  add(row: number, column: number, value: number): void {
    const cells = this.#rows[row];
    if (cells === undefined || !Number.isInteger(column) || column < 0 || column >= this.#columns) {
      throw new RangeError(`sparse matrix: (${row}, ${column}) is outside ${this.#rows.length} × ${this.#columns}`);
    }
    if (!Number.isFinite(value)) throw new RangeError(`sparse matrix: the value at (${row}, ${column}) is ${value}`);
    cells.set(column, (cells.get(column) ?? 0) + value);
  }

  build(): Csr {
    const offsets = new Uint32Array(this.#rows.length + 1);
    this.#rows.forEach((cells, row) => {
      offsets[row + 1] = (offsets[row] as number) + cells.size;
    });
    const entries = offsets[this.#rows.length] as number;
    const indices = new Uint32Array(entries);
    const values = new Float32Array(entries);
    let at = 0;
    for (const cells of this.#rows) {
      for (const [column, value] of [...cells].sort(([a], [b]) => a - b)) {
        indices[at] = column;
        values[at++] = value;
      }
    }
    return { rows: this.#rows.length, columns: this.#columns, offsets, indices, values };
  }
}

/** out = matrix × vector; `vector` has `columns` numbers, `out` has `rows`. */
export function multiplyInto(out: Float64Array, matrix: Csr, vector: Float64Array): void {
  const { rows, offsets, indices, values } = matrix;
  for (let row = 0; row < rows; row++) {
    let sum = 0;
    for (let at = offsets[row] as number, end = offsets[row + 1] as number; at < end; at++) {
      sum += (values[at] as number) * (vector[indices[at] as number] as number);
    }
    out[row] = sum;
  }
}

/** out = transpose of matrix × vector; `vector` has `rows` numbers, `out` has `columns`. */
export function multiplyTransposedInto(out: Float64Array, matrix: Csr, vector: Float64Array): void {
  const { rows, offsets, indices, values } = matrix;
  out.fill(0);
  for (let row = 0; row < rows; row++) {
    const factor = vector[row] as number;
    if (factor === 0) continue;
    for (let at = offsets[row] as number, end = offsets[row + 1] as number; at < end; at++) {
      const column = indices[at] as number;
      out[column] = (out[column] as number) + factor * (values[at] as number);
    }
  }
}

/** Scales every row to length 1, in place; empty and zero rows stay. */
export function normalizeRows(matrix: Csr): void {
  const { rows, offsets, values } = matrix;
  for (let row = 0; row < rows; row++) {
    const start = offsets[row] as number;
    const end = offsets[row + 1] as number;
    let squares = 0;
    for (let at = start; at < end; at++) squares += (values[at] as number) ** 2;
    if (squares === 0) continue;
    const scale = 1 / Math.sqrt(squares);
    for (let at = start; at < end; at++) values[at] = (values[at] as number) * scale;
  }
}
