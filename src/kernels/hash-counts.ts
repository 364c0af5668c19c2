// One number by 32-bit key: the rows of hash-rows.ts with a single column.
import { HashRows } from "./hash-rows.ts";

export class HashCounts extends HashRows {
  /** @param expected keys, so that nothing needs to grow */
  constructor(expected = 8) {
    super(1, expected);
  }

  /** The number of `key`; 0 when it has none. */
  get(key: number): number {
    const at = this.find(key);
    return at < 0 ? 0 : (this.numbers[at] as number);
  }

  has(key: number): boolean {
    return this.find(key) >= 0;
  }

  set(key: number, value: number): void {
    // Placing may put another array in place of this one.
    const at = this.place(key);
    this.numbers[at] = value;
  }

  add(key: number, amount: number): void {
    const at = this.place(key);
    const { numbers } = this;
    numbers[at] = (numbers[at] as number) + amount;
  }

  /** Multiplies every number. */
  scale(factor: number): void {
    this.scaleColumn(0, factor);
  }

  /** In no order that means anything, but the same for the same keys in the same order. */
  entries(): (readonly [key: number, value: number])[] {
    const keys = new Uint32Array(this.size);
    const values = new Float64Array(this.size);
    this.columnTo(0, keys, values);
    return Array.from(keys, (key, i) => [key, values[i] as number] as const);
  }
}
