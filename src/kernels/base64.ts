// float32 arrays as text: base64 of their little-endian bytes (RFC 4648, padded), which SQL engines decode too.

/** String.fromCharCode takes its arguments from the stack. */
const BYTES_AT_ONCE = 8192;

export function encodeFloats(values: Float32Array): string {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  let binary = "";
  for (let at = 0; at < bytes.length; at += BYTES_AT_ONCE) {
    binary += String.fromCharCode(...bytes.subarray(at, at + BYTES_AT_ONCE));
  }
  return btoa(binary);
}

/** @throws RangeError when the text is not base64 of whole float32 */
export function decodeFloats(text: string): Float32Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new RangeError("not base64", { cause });
  }
  if (binary.length % 4 !== 0) throw new RangeError(`${binary.length} bytes are no whole float32 values`);
  const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}
