// Fast hashes of short strings, for tables and sampling; never for secrets (see digest.ts). Mixing and finalizer as
// in MurmurHash3 (Appleby, public domain), over UTF-16 code units, so that no bytes need to be made first.

/** A 32-bit hash of `text`, unsigned. Different seeds give independent hashes. */
export function hash32(text: string, seed = 0): number {
  let h = seed | 0;
  for (let i = 0; i < text.length; i++) {
    let k = Math.imul(text.charCodeAt(i), 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  return finalize32(h ^ text.length);
}

/** hash32 of the ASCII text in bytes[from … end − 1], without making it; −1 when there is another character. */
export function hashAscii(bytes: Uint8Array, from: number, end: number): number {
  let h = 0;
  for (let i = from; i < end; i++) {
    const byte = bytes[i] as number;
    if (byte >= 0x80) return -1;
    let k = Math.imul(byte, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  return finalize32(h ^ (end - from));
}

/** A 32-bit checksum of `bytes`, unsigned: against damage by accident, not by intent. Four bytes a step. */
export function hashBytes(bytes: Uint8Array): number {
  const { length } = bytes;
  let h = length | 0;
  let i = 0;
  for (; i + 4 <= length; i += 4) {
    let k =
      (bytes[i] as number) |
      ((bytes[i + 1] as number) << 8) |
      ((bytes[i + 2] as number) << 16) |
      ((bytes[i + 3] as number) << 24);
    k = Math.imul(k, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, 0x1b873593);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  for (; i < length; i++) h = Math.imul(h ^ (bytes[i] as number), 0x01000193);
  return finalize32(h);
}

/** Spreads a 32-bit integer over all 32-bit integers; a bijection. */
export function finalize32(value: number): number {
  let h = value | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
