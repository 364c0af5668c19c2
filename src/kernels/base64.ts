// Bytes and float32 arrays as text: base64 (RFC 4648, padded), which SQL engines decode too. Floats are little-endian.

/** String.fromCharCode takes its arguments from the stack. */
const BYTES_AT_ONCE = 8192;

export function encodeBase64(bytes: Uint8Array): string {
  let binary = "";
  for (let at = 0; at < bytes.length; at += BYTES_AT_ONCE) {
    // Not spread: that walks an iterator, at thirteen times the cost. A typed array is as good as an array here.
    const some = bytes.subarray(at, at + BYTES_AT_ONCE) as unknown as number[];
    binary += String.fromCharCode.apply(null, some);
  }
  return btoa(binary);
}

/** @throws RangeError when the text is not base64 */
export function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  let binary: string;
  try {
    binary = atob(text);
  } catch (cause) {
    throw new RangeError("not base64", { cause });
  }
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

export function encodeFloats(values: Float32Array): string {
  return encodeBase64(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

/** @throws RangeError when the text is not base64 of whole float32 */
export function decodeFloats(text: string): Float32Array<ArrayBuffer> {
  const bytes = decodeBase64(text);
  if (bytes.length % 4 !== 0) throw new RangeError(`${bytes.length} bytes are no whole float32 values`);
  return new Float32Array(bytes.buffer);
}
