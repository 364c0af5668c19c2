// Rows of numbers by 32-bit key, for lookups in hot loops: open addressing with linear probing (Knuth, vol. 3, 6.4) in one typed
// array, the key beside its numbers, so that a lookup touches one line of the cache and a table is one allocation.
// A Map does the same, but keys from 2^31 on are objects to it, made anew for every question.

const SPREAD = 0x9e3779b1;

/** What a table without keys reads: made once, never written. */
const NOTHING = new Float64Array(64);

export class HashRows {
  /** Numbers a key. */
  readonly width: number;
  /** Slots of 1 + width: the key + 1 (0 in a free one), then its numbers. */
  #slots = NOTHING;
  #shift = 31;
  #size = 0;
  /** Of the capacity to begin with. Many tables stay empty: there is no room before there is a key. */
  readonly #firstBits: number;

  /** @param width 1 … 31; @param expected keys, so that nothing needs to grow */
  constructor(width: number, expected = 8) {
    this.width = width;
    // At most half full.
    this.#firstBits = Math.max(3, 33 - Math.clz32(Math.max(0, expected - 1)));
  }

  get size(): number {
    return this.#size;
  }

  /** Where the numbers stand; another array after a key was placed. */
  get numbers(): Float64Array {
    return this.#slots;
  }

  /** Where the numbers of `key` begin in `numbers`; −1 when it has none. */
  find(key: number): number {
    const at = this.#slotOf(key);
    return this.#slots[at] === 0 ? -1 : at + 1;
  }

  /** The same; a key that has none gets zeros. */
  place(key: number): number {
    const at = this.#slotOf(key);
    if (this.#slots[at] !== 0) return at + 1;
    const step = 1 + this.width;
    if (this.#slots === NOTHING || this.#size * 2 * step >= this.#slots.length) {
      this.#grow();
      return this.place(key);
    }
    this.#size++;
    this.#slots[at] = (key >>> 0) + 1;
    return at + 1;
  }

  /**
   * Writes all keys, and the numbers of one column; both have room for `size`. In no order that means anything, but the same
   * for the same keys in the same order.
   */
  columnTo(column: number, keys: Int32Array | Uint32Array, values: Float64Array): void {
    const slots = this.#slots;
    const step = 1 + this.width;
    for (let at = 0, left = this.#size, count = 0; count < left; at += step) {
      if (slots[at] === 0) continue;
      keys[count] = (slots[at] as number) - 1;
      values[count++] = slots[at + 1 + column] as number;
    }
  }

  /** Writes all keys, in the same order; `keys` has room for `size`. */
  keysTo(keys: Int32Array | Uint32Array): void {
    const slots = this.#slots;
    const step = 1 + this.width;
    for (let at = 0, count = 0; count < this.#size; at += step) {
      if (slots[at] !== 0) keys[count++] = (slots[at] as number) - 1;
    }
  }

  /** Multiplies a column. */
  scaleColumn(column: number, factor: number): void {
    if (this.#size === 0) return;
    const slots = this.#slots;
    for (let at = 1 + column; at < slots.length; at += 1 + this.width) slots[at] = (slots[at] as number) * factor;
  }

  /** Where the key stands, or would. */
  #slotOf(key: number): number {
    const slots = this.#slots;
    const step = 1 + this.width;
    const wanted = (key >>> 0) + 1;
    const end = step << (32 - this.#shift);
    let at = (Math.imul(key, SPREAD) >>> this.#shift) * step;
    for (;;) {
      const there = slots[at] as number;
      if (there === wanted || there === 0) return at;
      at += step;
      if (at === end) at = 0;
    }
  }

  #grow(): void {
    const slots = this.#slots;
    const step = 1 + this.width;
    const bits = slots === NOTHING ? this.#firstBits : 33 - this.#shift;
    this.#slots = new Float64Array(step << bits);
    this.#shift = 32 - bits;
    if (this.#size === 0) return;
    for (let from = 0; from < slots.length; from += step) {
      if (slots[from] === 0) continue;
      const to = this.#slotOf((slots[from] as number) - 1);
      for (let i = 0; i < step; i++) this.#slots[to + i] = slots[from + i] as number;
    }
  }
}
