// Many strings in one buffer of UTF-8, read one at a time: some 10 bytes an id where a JavaScript string takes 40.
import { utf8 } from "./bytes.ts";
import { hash32, hashAscii } from "./hash.ts";

// A leading byte order mark is a character like any other.
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lenient = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

/** Recently read strings that are kept as strings: their hash is computed once, and no bytes are decoded again. */
const KEPT = 4096;

export class PackedStrings {
  /** UTF-8, one string after the other. */
  readonly bytes: Uint8Array;
  /** String i is bytes[starts[i] … starts[i + 1] − 1]. */
  readonly starts: Uint32Array;
  readonly #kept: (string | undefined)[] = [];
  readonly #keptIndex: Int32Array;

  /** @param starts ascending from 0 to the length of `bytes`, one more than there are strings */
  constructor(bytes: Uint8Array, starts: Uint32Array) {
    this.bytes = bytes;
    this.starts = starts;
    this.#keptIndex = new Int32Array(Math.min(KEPT, starts.length)).fill(-1);
  }

  static of(strings: readonly string[]): PackedStrings {
    const parts = strings.map((text) => utf8(text));
    const starts = new Uint32Array(strings.length + 1);
    parts.forEach((part, i) => {
      starts[i + 1] = (starts[i] as number) + part.length;
    });
    const bytes = new Uint8Array(starts[strings.length] as number);
    parts.forEach((part, i) => {
      bytes.set(part, starts[i]);
    });
    return new PackedStrings(bytes, starts);
  }

  get size(): number {
    return this.starts.length - 1;
  }

  /** @param index 0 … size − 1 */
  at(index: number): string {
    const slot = index % this.#keptIndex.length;
    if (this.#keptIndex[slot] === index) return this.#kept[slot] as string;
    const text = lenient.decode(this.bytes.subarray(this.starts[index], this.starts[index + 1]));
    this.#keptIndex[slot] = index;
    this.#kept[slot] = text;
    return text;
  }

  /** Whether string `index` is `text`, without making it. A lone surrogate equals U+FFFD, as UTF-8 has it. */
  equals(index: number, text: string): boolean {
    const { bytes, starts } = this;
    const from = starts[index] as number;
    const length = (starts[index + 1] as number) - from;
    if (length < text.length) return false;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit >= 0x80) return this.at(index) === text.toWellFormed();
      if (bytes[from + i] !== unit) return false;
    }
    return length === text.length;
  }

  /**
   * hash32 of every string.
   * @throws TypeError when the bytes are not UTF-8
   */
  hashes(): Uint32Array {
    const hashes = new Uint32Array(this.size);
    for (let i = 0; i < hashes.length; i++) {
      const [from, end] = [this.starts[i] as number, this.starts[i + 1] as number];
      const hash = hashAscii(this.bytes, from, end);
      hashes[i] = hash >= 0 ? hash : hash32(strict.decode(this.bytes.subarray(from, end)));
    }
    return hashes;
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.size; i++) yield this.at(i);
  }
}
