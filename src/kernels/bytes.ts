// A growing little-endian buffer to write small binary records into, and its reader. The reader never reads past the
// end: truncated or foreign input ends in a RangeError, not in garbage.

const encoder = new TextEncoder();
// A leading byte order mark is a character of an id like any other: without ignoreBOM it would be lost.
const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView<ArrayBuffer>;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  get length(): number {
    return this.#length;
  }

  #reserve(count: number): number {
    const at = this.#length;
    if (at + count > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, at + count));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = at + count;
    return at;
  }

  u8(value: number): this {
    const at = this.#reserve(1);
    this.#view.setUint8(at, value);
    return this;
  }
  u16(value: number): this {
    const at = this.#reserve(2);
    this.#view.setUint16(at, value, true);
    return this;
  }
  u32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, true);
    return this;
  }
  f32(value: number): this {
    const at = this.#reserve(4);
    this.#view.setFloat32(at, value, true);
    return this;
  }
  f64(value: number): this {
    const at = this.#reserve(8);
    this.#view.setFloat64(at, value, true);
    return this;
  }
  /** An unsigned integer up to 2^53 − 1, seven bits a byte (LEB128). */
  varint(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.u8((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    return this.u8(rest);
  }
  bytes(value: Uint8Array): this {
    const at = this.#reserve(value.length);
    this.#bytes.set(value, at);
    return this;
  }
  /** UTF-8 with its length in bytes before it. */
  text(value: string): this {
    if (this.#ascii(value)) return this;
    const encoded = encoder.encode(value);
    return this.varint(encoded.length).bytes(encoded);
  }

  /** Short ids are ASCII almost always, and then a loop is several times faster than the encoder. */
  #ascii(value: string): boolean {
    const { length } = value;
    if (length >= 0x80) return false;
    const at = this.#reserve(length + 1);
    for (let i = 0; i < length; i++) {
      const unit = value.charCodeAt(i);
      if (unit >= 0x80) {
        this.#length = at;
        return false;
      }
      this.#bytes[at + 1 + i] = unit;
    }
    this.#bytes[at] = length;
    return true;
  }
  /** A copy of what was written. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.slice(0, this.#length);
  }
}

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  #take(count: number): number {
    if (count > this.remaining) {
      throw new RangeError(`truncated: ${count} bytes wanted at ${this.#at} of ${this.#bytes.length}`);
    }
    const at = this.#at;
    this.#at += count;
    return at;
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }
  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }
  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }
  f32(): number {
    return this.#view.getFloat32(this.#take(4), true);
  }
  f64(): number {
    return this.#view.getFloat64(this.#take(8), true);
  }
  varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 53; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a varint is longer than 8 bytes");
  }
  /** A view on the bytes read from, not a copy. */
  bytes(count: number): Uint8Array {
    const at = this.#take(count);
    return this.#bytes.subarray(at, at + count);
  }
  text(): string {
    const length = this.varint();
    const from = this.#take(length);
    const bytes = this.#bytes.subarray(from, from + length);
    return shortAscii(bytes) ?? decoder.decode(bytes);
  }
}

const SHORT = 1024;

/** The text of ASCII bytes when there are few: a decoder costs many times what making it here does. Else null. */
export function shortAscii(bytes: Uint8Array): string | null {
  if (bytes.length > SHORT) return null;
  for (let i = 0; i < bytes.length; i++) if ((bytes[i] as number) >= 0x80) return null;
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** UTF-8 of `text`, in a buffer of its own. */
export function utf8(text: string): Uint8Array<ArrayBuffer> {
  // TextEncoder never returns shared memory, which the types of workerd leave open.
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** Length in bytes of `text` as UTF-8, without encoding it. */
export function utf8Length(text: string): number {
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) length += 1;
    else if (unit < 0x800) length += 2;
    else if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      length += 4;
      i++;
    } else length += 3;
  }
  return length;
}
