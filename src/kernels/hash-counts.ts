// Numbers by 32-bit key, for lookups in hot loops: open addressing with linear probing (Knuth, vol. 3, 6.4) in typed arrays.
// A Map does the same, but keys from 2^31 on are objects to it, made anew for every question.

const SPREAD = 0x9e3779b1;

/** What a table without keys reads: made once, never written. */
const NO_KEYS = new Uint32Array(2);
const NO_VALUES = new Float64Array(2);
const NONE_TAKEN = new Uint8Array(2);

export class HashCounts {
  #keys = NO_KEYS;
  #values = NO_VALUES;
  /** 1 where a key stands: 0 is a key like any other. */
  #taken = NONE_TAKEN;
  #shift = 31;
  #size = 0;
  /** Of the capacity to begin with. Many tables stay empty: there is no room before there is a key. */
  readonly #firstBits: number;

  /** @param expected keys, so that nothing needs to grow */
  constructor(expected = 8) {
    // At most half full.
    this.#firstBits = Math.max(3, 33 - Math.clz32(Math.max(0, expected - 1)));
  }

  get size(): number {
    return this.#size;
  }

  /** The number of `key`; 0 when it has none. */
  get(key: number): number {
    const at = this.#find(key);
    return this.#taken[at] === 1 ? (this.#values[at] as number) : 0;
  }

  has(key: number): boolean {
    return this.#taken[this.#find(key)] === 1;
  }

  set(key: number, value: number): void {
    // Placing may put other arrays in place of these.
    const at = this.#place(key);
    this.#values[at] = value;
  }

  add(key: number, amount: number): void {
    const at = this.#place(key);
    this.#values[at] = (this.#values[at] as number) + amount;
  }

  /** Multiplies every number. */
  scale(factor: number): void {
    if (this.#size === 0) return;
    for (let at = 0; at < this.#values.length; at++) this.#values[at] = (this.#values[at] as number) * factor;
  }

  /** In no order that means anything, but the same for the same keys in the same order. */
  *entries(): Generator<readonly [key: number, value: number]> {
    for (let at = 0; at < this.#keys.length; at++) {
      if (this.#taken[at] === 1) yield [this.#keys[at] as number, this.#values[at] as number];
    }
  }

  /** Writes all keys with their numbers, in the order of `entries`; both have room for `size`. */
  entriesTo(keys: Int32Array | Uint32Array, values: Float64Array): void {
    if (this.#size === 0) return;
    for (let at = 0, count = 0; at < this.#keys.length; at++) {
      if (this.#taken[at] === 0) continue;
      keys[count] = this.#keys[at] as number;
      values[count++] = this.#values[at] as number;
    }
  }

  /** Where the key stands, or would. */
  #find(key: number): number {
    const keys = this.#keys;
    const taken = this.#taken;
    const mask = keys.length - 1;
    const wanted = key >>> 0;
    let at = Math.imul(wanted, SPREAD) >>> this.#shift;
    while (taken[at] === 1 && keys[at] !== wanted) at = (at + 1) & mask;
    return at;
  }

  #place(key: number): number {
    const at = this.#find(key);
    if (this.#taken[at] === 1) return at;
    if (this.#taken === NONE_TAKEN || this.#size * 2 >= this.#keys.length) {
      this.#grow();
      return this.#place(key);
    }
    this.#size++;
    this.#taken[at] = 1;
    this.#keys[at] = key;
    return at;
  }

  #grow(): void {
    const [keys, values, taken] = [this.#keys, this.#values, this.#taken];
    const bits = taken === NONE_TAKEN ? this.#firstBits : 33 - this.#shift;
    const capacity = 1 << bits;
    // One buffer for all three: what an allocation costs hardly depends on its size.
    const buffer = new ArrayBuffer(capacity * 13);
    this.#values = new Float64Array(buffer, 0, capacity);
    this.#keys = new Uint32Array(buffer, capacity * 8, capacity);
    this.#taken = new Uint8Array(buffer, capacity * 12, capacity);
    this.#shift = 32 - bits;
    if (this.#size === 0) return;
    for (let at = 0; at < keys.length; at++) {
      if (taken[at] === 0) continue;
      const to = this.#find(keys[at] as number);
      this.#keys[to] = keys[at] as number;
      this.#values[to] = values[at] as number;
      this.#taken[to] = 1;
    }
  }
}
