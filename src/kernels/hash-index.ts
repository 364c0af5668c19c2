// Finds places in a list by 32-bit hash without a JavaScript Map: open addressing with linear probing (Knuth, TAOCP 3, §6.4)
// in one typed array, 4 to 8 bytes an entry where a Map takes some 40. Equal hashes are found in the order of the list.

/** Beyond it the table is doubled. */
const LARGEST_LOAD = 0.65;

export class HashIndex {
  readonly #hashes: Uint32Array;
  /** Place in `hashes` + 1; 0 for an empty slot. */
  readonly #slots: Uint32Array;
  readonly #mask: number;

  /** @param hashes well mixed, as hash32 gives them; must not change */
  constructor(hashes: Uint32Array) {
    let capacity = 16;
    while (capacity * LARGEST_LOAD < hashes.length) capacity *= 2;
    const slots = new Uint32Array(capacity);
    const mask = capacity - 1;
    for (let i = 0; i < hashes.length; i++) {
      let slot = (hashes[i] as number) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = i + 1;
    }
    this.#hashes = hashes;
    this.#slots = slots;
    this.#mask = mask;
  }

  /** The lowest place with `hash`, −1 when there is none. */
  first(hash: number): number {
    return this.#from(hash & this.#mask, hash);
  }

  /** The next place with the same hash after `place`, which must have it; −1 when there is none. */
  next(place: number): number {
    const hash = this.#hashes[place] as number;
    let slot = hash & this.#mask;
    while (this.#slots[slot] !== place + 1) slot = (slot + 1) & this.#mask;
    return this.#from((slot + 1) & this.#mask, hash);
  }

  #from(start: number, hash: number): number {
    const slots = this.#slots;
    const hashes = this.#hashes;
    const wanted = hash >>> 0;
    for (let slot = start; ; slot = (slot + 1) & this.#mask) {
      const place = (slots[slot] as number) - 1;
      if (place < 0 || hashes[place] === wanted) return place;
    }
  }
}
