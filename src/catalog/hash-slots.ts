// Slots of a table by the hash32 of their ids: open addressing with linear probing (Knuth, vol. 3, 6.4), 8 bytes a place and at
// most half full. Ids whose hashes collide are told apart by the ids: the answer does not depend on who came first.

const EMPTY = -1;
const SPREAD = 0x9e3779b1;

export class HashSlots {
  #slots = new Int32Array(16).fill(EMPTY);
  #hashes = new Uint32Array(16);
  #shift = 28;
  #size = 0;

  /** The slot of a hash, or −1; of several the one with the smallest id. */
  slotOf(hash: number, ids: readonly string[]): number {
    const mask = this.#slots.length - 1;
    let found = EMPTY;
    for (let at = this.#home(hash); this.#slots[at] !== EMPTY; at = (at + 1) & mask) {
      if (this.#hashes[at] !== hash) continue;
      const slot = this.#slots[at] as number;
      if (found === EMPTY || (ids[slot] as string) < (ids[found] as string)) found = slot;
    }
    return found;
  }

  /** Adds a slot that is not here. */
  add(hash: number, slot: number): void {
    if (this.#size * 2 >= this.#slots.length) this.#grow();
    this.#place(hash, slot);
    this.#size++;
  }

  /** The slot of a hash is another one from now on. */
  move(hash: number, from: number, to: number): void {
    this.#slots[this.#find(hash, from)] = to;
  }

  /** Takes a slot out, and closes the gap (backward shift), so that probes need no marks of what was there. */
  remove(hash: number, slot: number): void {
    const mask = this.#slots.length - 1;
    let gap = this.#find(hash, slot);
    for (let at = (gap + 1) & mask; this.#slots[at] !== EMPTY; at = (at + 1) & mask) {
      const home = this.#home(this.#hashes[at] as number);
      // What has its home behind the gap stays.
      if (((at - home) & mask) < ((at - gap) & mask)) continue;
      this.#slots[gap] = this.#slots[at] as number;
      this.#hashes[gap] = this.#hashes[at] as number;
      gap = at;
    }
    this.#slots[gap] = EMPTY;
    this.#size--;
  }

  clear(): void {
    this.#slots.fill(EMPTY);
    this.#size = 0;
  }

  #home(hash: number): number {
    return Math.imul(hash, SPREAD) >>> this.#shift;
  }

  #find(hash: number, slot: number): number {
    const mask = this.#slots.length - 1;
    let at = this.#home(hash);
    while (this.#slots[at] !== slot) {
      if (this.#slots[at] === EMPTY) throw new RangeError(`slot ${slot} is not here`);
      at = (at + 1) & mask;
    }
    return at;
  }

  #place(hash: number, slot: number): void {
    const mask = this.#slots.length - 1;
    let at = this.#home(hash);
    while (this.#slots[at] !== EMPTY) at = (at + 1) & mask;
    this.#slots[at] = slot;
    this.#hashes[at] = hash;
  }

  #grow(): void {
    const [slots, hashes] = [this.#slots, this.#hashes];
    this.#slots = new Int32Array(slots.length * 2).fill(EMPTY);
    this.#hashes = new Uint32Array(slots.length * 2);
    this.#shift--;
    for (let at = 0; at < slots.length; at++) {
      if (slots[at] !== EMPTY) this.#place(hashes[at] as number, slots[at] as number);
    }
  }
}
