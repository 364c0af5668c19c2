// Reads a section as a stream into a buffer made for it, hashing on the way: no second copy ever stands in the isolate. The
// stream fills one small buffer again and again (a BYOB reader), since pieces of its own would pile up until they are collected.
import { sha256Hex, toHex } from "../kernels/digest.ts";
import { SnapshotError } from "./tensor-file.ts";

const PIECE_BYTES = 256 * 1024;

interface Digest {
  write(chunk: Uint8Array<ArrayBuffer>): Promise<void>;
  hex(): Promise<string>;
}

/** Of workerd, as far as it is used here. */
type DigestStreamClass = new (
  algorithm: string,
) => WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> };

/**
 * Fills `into` from a stream of bytes.
 * @param name of the section, for errors
 * @throws SnapshotError `snapshot_corrupt` when the stream is shorter, longer or of another SHA-256; what the stream throws
 */
export async function readSection(
  name: string,
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  sha256: string,
  into: Uint8Array<ArrayBuffer>,
): Promise<void> {
  const digest = openDigest(into);
  const reader = stream.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(PIECE_BYTES);
  let length = 0;
  for (;;) {
    // The buffer goes to the stream and comes back with what was read.
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) break;
    buffer = value.buffer;
    if (length + value.length > into.length) {
      await reader.cancel();
      throw corrupt(name, `more than ${into.length} bytes, which the manifest says`);
    }
    into.set(value, length);
    length += value.length;
    await digest.write(value);
  }
  if (length !== into.length) throw corrupt(name, `${length} bytes, the manifest says ${into.length}`);
  const actual = await digest.hex();
  if (actual !== sha256) throw corrupt(name, `sha256 ${actual}, the manifest says ${sha256}`);
}

/** workerd hashes as it goes; elsewhere Web Crypto only hashes what is whole. */
function openDigest(whole: Uint8Array<ArrayBuffer>): Digest {
  const { DigestStream } = crypto as { DigestStream?: DigestStreamClass };
  if (DigestStream === undefined) return { write: async () => {}, hex: () => sha256Hex(whole) };
  const stream = new DigestStream("SHA-256");
  const writer = stream.getWriter();
  return {
    write: (chunk) => writer.write(chunk),
    async hex() {
      await writer.close();
      return toHex(new Uint8Array(await stream.digest));
    },
  };
}

function corrupt(name: string, problem: string): SnapshotError {
  return new SnapshotError("snapshot_corrupt", `${name}: ${problem}`);
}
