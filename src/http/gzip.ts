// Bodies that come compressed. What comes out is measured while it does: a few bytes may become gigabytes.
import { collect } from "./body.ts";
import { ProblemError } from "./problem.ts";

/**
 * A body as it was before compression.
 * @param encoding the request's Content-Encoding, null for none
 * @throws ProblemError 413 past `limit` bytes, 415 for another encoding than gzip, 400 when it is not gzip
 */
export async function decompressed(
  body: Uint8Array<ArrayBuffer>,
  encoding: string | null,
  limit: number,
): Promise<Uint8Array> {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return body;
  if (name !== "gzip") {
    const shown = JSON.stringify(name.slice(0, 40));
    throw new ProblemError(415, "unsupported_encoding", `Content-Encoding: must be gzip or left out (got ${shown})`);
  }
  try {
    return await collect(new Blob([body]).stream().pipeThrough(new DecompressionStream("gzip")), limit);
  } catch (cause) {
    if (cause instanceof ProblemError) throw cause;
    throw new ProblemError(400, "not_gzip", "The body is not what Content-Encoding says: gzip.", { cause });
  }
}
