// Recognises events that were sent before: among the last 512 ids of a visitor, within 24 hours. An id is kept as 53
// bits of hash, so a false duplicate among 512 ids has a chance of 6e-14. The window is written with every batch, so it
// lives in the form in which it is stored: a ring of three words an id, and storing it is a copy.
import { ByteReader } from "../kernels/bytes.ts";
import { hash32 } from "../kernels/hash.ts";

const CAPACITY = 512;
const WINDOW_MS = 24 * 3_600_000;
/** Low 32 bits of the hash | 21 high bits of it and 11 high bits of the time | low 32 bits of the time. */
const WORDS = 3;
const TWO_32 = 0x100000000;

export class DedupeWindow {
  readonly #ring = new Uint32Array(CAPACITY * WORDS);
  /** Ids ever written: the next slot is this modulo the capacity. */
  #written = 0;
  /** Hash → number of its slot. */
  readonly #slots = new Map<number, number>();

  get size(): number {
    return this.#slots.size;
  }

  /** Records `id` as received at `at` (epoch ms) and tells whether it was new. */
  admit(id: string, at: number): boolean {
    const key = (hash32(id, 1) & 0x1fffff) * TWO_32 + hash32(id, 2);
    const slot = this.#slots.get(key);
    if (slot !== undefined && Math.abs(at - this.#timeOf(slot)) <= WINDOW_MS) return false;
    this.#put(key, at);
    return true;
  }

  /** Knows what `other` knows, too: a visitor was merged into this one. */
  absorb(other: DedupeWindow): void {
    const all = [...this.#entries(), ...other.#entries()].sort((a, b) => a.at - b.at);
    for (const { key, at } of all) this.#put(key, at);
  }

  /** Number of ids, then three little-endian words an id, oldest first. */
  encode(): Uint8Array<ArrayBuffer> {
    const count = Math.min(this.#written, CAPACITY);
    const words = new Uint32Array(1 + count * WORDS);
    words[0] = count;
    const oldest = (this.#written - count) % CAPACITY;
    const tail = Math.min(count, CAPACITY - oldest);
    words.set(this.#ring.subarray(oldest * WORDS, (oldest + tail) * WORDS), 1);
    words.set(this.#ring.subarray(0, (count - tail) * WORDS), 1 + tail * WORDS);
    return new Uint8Array(words.buffer);
  }

  /** @throws RangeError when the bytes are truncated */
  static decode(bytes: Uint8Array): DedupeWindow {
    const window = new DedupeWindow();
    const reader = new ByteReader(bytes);
    const count = reader.u32();
    if (count > CAPACITY) throw new RangeError(`a window of ${count} ids, there are ${CAPACITY} at most`);
    for (let i = 0; i < count; i++) {
      const [low, mixed, time] = [reader.u32(), reader.u32(), reader.u32()];
      window.#put((mixed & 0x1fffff) * TWO_32 + low, (mixed >>> 21) * TWO_32 + time);
    }
    return window;
  }

  /** What version 0.1 stored: keys and times as varints. @throws RangeError when the bytes are truncated */
  static decodeVersion1(bytes: Uint8Array): DedupeWindow {
    const window = new DedupeWindow();
    const reader = new ByteReader(bytes);
    for (let left = reader.varint(); left > 0; left--) window.#put(reader.varint(), reader.varint());
    return window;
  }

  #put(key: number, at: number): void {
    const slot = this.#written % CAPACITY;
    if (this.#written >= CAPACITY) {
      const oldest = this.#keyOf(slot);
      // The same id may stand in the ring twice, when it came again after its 24 hours.
      if (this.#slots.get(oldest) === slot) this.#slots.delete(oldest);
    }
    const word = slot * WORDS;
    this.#ring[word] = key % TWO_32;
    this.#ring[word + 1] = Math.floor(key / TWO_32) | (Math.floor(at / TWO_32) << 21);
    this.#ring[word + 2] = at % TWO_32;
    this.#slots.set(key, slot);
    this.#written += 1;
  }

  #keyOf(slot: number): number {
    const word = slot * WORDS;
    return ((this.#ring[word + 1] as number) & 0x1fffff) * TWO_32 + (this.#ring[word] as number);
  }

  #timeOf(slot: number): number {
    const word = slot * WORDS;
    return ((this.#ring[word + 1] as number) >>> 21) * TWO_32 + (this.#ring[word + 2] as number);
  }

  #entries(): { key: number; at: number }[] {
    return Array.from(this.#slots, ([key, slot]) => ({ key, at: this.#timeOf(slot) }));
  }
}
