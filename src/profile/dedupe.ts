// Recognises events that were sent before: among the last 512 ids of a visitor, within 24 hours. An id is kept as 53
// bits of hash, so a false duplicate among 512 ids has a chance of 6e-14.
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { hash32 } from "../kernels/hash.ts";

const CAPACITY = 512;
const WINDOW_MS = 24 * 3_600_000;

export class DedupeWindow {
  /** Hash of id → receipt in epoch ms, oldest insertion first. */
  readonly #seen = new Map<number, number>();

  get size(): number {
    return this.#seen.size;
  }

  /** Records `id` as received at `at` and tells whether it was new. */
  admit(id: string, at: number): boolean {
    const key = (hash32(id, 1) & 0x1fffff) * 0x100000000 + hash32(id, 2);
    const before = this.#seen.get(key);
    if (before !== undefined && Math.abs(at - before) <= WINDOW_MS) return false;
    this.#seen.delete(key);
    this.#seen.set(key, at);
    this.#trim();
    return true;
  }

  /** Knows what `other` knows, too: a visitor was merged into this one. */
  absorb(other: DedupeWindow): void {
    const all = [...this.#seen, ...other.#seen].sort(([, a], [, b]) => a - b);
    this.#seen.clear();
    for (const [key, at] of all) {
      this.#seen.delete(key);
      this.#seen.set(key, at);
    }
    this.#trim();
  }

  #trim(): void {
    for (const oldest of this.#seen.keys()) {
      if (this.#seen.size <= CAPACITY) break;
      this.#seen.delete(oldest);
    }
  }

  /** The oldest time, then each key in seven bytes with the time since the oldest, oldest insertion first. */
  encode(): Uint8Array<ArrayBuffer> {
    let base = Number.POSITIVE_INFINITY;
    for (const at of this.#seen.values()) if (at < base) base = at;
    if (this.#seen.size === 0) base = 0;
    const writer = new ByteWriter(this.#seen.size * 13 + 16).varint(this.#seen.size).varint(base);
    for (const [key, at] of this.#seen) {
      writer.u32(key % 0x100000000).u16(Math.floor(key / 0x100000000) & 0xffff);
      writer.u8(Math.floor(key / 0x1000000000000)).varint(at - base);
    }
    return writer.finish();
  }

  /** @throws RangeError when the bytes are truncated */
  static decode(bytes: Uint8Array): DedupeWindow {
    const window = new DedupeWindow();
    const reader = new ByteReader(bytes);
    const size = reader.varint();
    const base = reader.varint();
    for (let left = size; left > 0; left--) {
      const key = reader.u32() + (reader.u16() + reader.u8() * 0x10000) * 0x100000000;
      window.#seen.set(key, base + reader.varint());
    }
    return window;
  }

  /** What version 0.1 stored: keys and times as they are. @throws RangeError when the bytes are truncated */
  static decodeVersion1(bytes: Uint8Array): DedupeWindow {
    const window = new DedupeWindow();
    const reader = new ByteReader(bytes);
    for (let left = reader.varint(); left > 0; left--) window.#seen.set(reader.varint(), reader.varint());
    return window;
  }
}
