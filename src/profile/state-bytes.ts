// The bytes of a stored state: numbers in one stretch, all text in another, so that encoding costs one call of the text
// encoder. Where a text belongs, the numbers hold its length in UTF-16 units; texts follow one another in the same order.
import { ByteReader, ByteWriter, utf8 } from "../kernels/bytes.ts";

const VERSION = 2;

/** The value that a stored index stands for. @throws RangeError when there is none */
export function pick<T>(values: readonly T[], index: number, what: string): T {
  const value = values[index];
  if (value === undefined) throw new RangeError(`the stored profile has an unknown ${what}: ${index}`);
  return value;
}

/** Numbers in one stretch of bytes, text in another: see state-codec.ts for the layout. */
export class StateWriter {
  /** The numbers. */
  readonly n = new ByteWriter(2048);
  #text = "";

  text(text: string): this {
    this.n.varint(text.length);
    this.#text += text;
    return this;
  }

  finish(): Uint8Array<ArrayBuffer> {
    const text = utf8(this.#text);
    const numbers = this.n.finish();
    return new ByteWriter(text.length + numbers.length + 8)
      .u8(VERSION)
      .varint(text.length)
      .bytes(text)
      .bytes(numbers)
      .finish();
  }
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export class StateReader {
  /** The numbers. */
  readonly n: ByteReader;
  readonly #text: string;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.n = new ByteReader(bytes);
    const version = this.n.u8();
    if (version !== VERSION)
      throw new RangeError(`the stored profile has version ${version}, this code reads ${VERSION}`);
    try {
      this.#text = decoder.decode(this.n.bytes(this.n.varint()));
    } catch (cause) {
      throw new RangeError("the stored profile's text is truncated", { cause });
    }
  }

  text(): string {
    const from = this.#at;
    this.#at += this.n.varint();
    if (this.#at > this.#text.length) throw new RangeError("the stored profile's text is truncated");
    return this.#text.slice(from, this.#at);
  }

  readonly list = <T>(read: () => T): T[] => {
    const list: T[] = [];
    for (let left = this.n.varint(); left > 0; left--) list.push(read());
    return list;
  };

  json<T>(): T | null {
    const text = this.text();
    if (text === "") return null;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new RangeError("the stored profile's JSON is truncated", { cause });
    }
  }
}
