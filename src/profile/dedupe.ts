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
    if (this.#seen.size > CAPACITY) {
      for (const oldest of this.#seen.keys()) {
        this.#seen.delete(oldest);
        break;
      }
    }
    return true;
  }

  encode(): Uint8Array<ArrayBuffer> {
    const writer = new ByteWriter(this.#seen.size * 14 + 8).varint(this.#seen.size);
    for (const [key, at] of this.#seen) writer.varint(key).varint(at);
    return writer.finish();
  }

  /** @throws RangeError when the bytes are truncated */
  static decode(bytes: Uint8Array): DedupeWindow {
    const window = new DedupeWindow();
    const reader = new ByteReader(bytes);
    for (let left = reader.varint(); left > 0; left--) window.#seen.set(reader.varint(), reader.varint());
    return window;
  }
}
