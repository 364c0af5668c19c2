// Reads request bodies within a limit, before anything of them is parsed.
import { show } from "../events/issues.ts";
import { shortAscii } from "../kernels/bytes.ts";
import { ProblemError } from "./problem.ts";

/** The body as bytes. @throws ProblemError 413 past `limit` bytes, whatever Content-Length says */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > limit) throw tooLarge(declared, limit);
  if (declared > 0) {
    // HTTP ends the body there: one read, at a third of what a stream of pieces costs.
    const body = new Uint8Array(await request.arrayBuffer());
    if (body.length > limit) throw tooLarge(body.length, limit);
    return body;
  }
  return collect(request.body ?? [], limit);
}

/** The chunks of a stream as one. @throws ProblemError 413 past `limit` bytes */
export async function collect(
  stream: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > limit) throw tooLarge(length, limit);
    chunks.push(chunk);
  }
  if (chunks.length === 1) return chunks[0] as Uint8Array<ArrayBuffer>;
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return body;
}

/** The body as text. @throws ProblemError 413 past `limit` bytes, 400 when it is not UTF-8 */
export async function readText(request: Request, limit: number): Promise<string> {
  return decodeText(await readBody(request, limit));
}

/** What Content-Length says. @throws ProblemError 411 without one, 413 past `limit` bytes */
export function declaredLength(request: Request, limit: number): number {
  const length = Number(request.headers.get("content-length") ?? Number.NaN);
  if (!Number.isSafeInteger(length)) {
    throw new ProblemError(411, "length_required", "Send the body with a Content-Length.");
  }
  if (length > limit) throw tooLarge(length, limit);
  return length;
}

function tooLarge(bytes: number, limit: number): ProblemError {
  return new ProblemError(413, "body_too_large", `The body has ${bytes} bytes or more, the limit is ${limit}.`, {
    errors: [{ field: "", message: "too large", value: String(bytes), limit }],
  });
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });

/** @throws ProblemError 400 when the bytes are not UTF-8 */
export function decodeText(bytes: Uint8Array): string {
  const short = shortAscii(bytes);
  if (short !== null) return short;
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new ProblemError(400, "not_utf8", "The body is not UTF-8.", { cause });
  }
}

/** @throws ProblemError 400 when the text is not JSON, with the parser's reason */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ProblemError(400, "not_json", `The body is not JSON: ${parserReason(cause)}`, { cause });
  }
}

/** What the JSON parser says; its excerpt of the input may end within a surrogate pair. */
export function parserReason(error: unknown): string {
  return error instanceof Error ? error.message.toWellFormed() : "";
}

/** @throws ProblemError 400 when the value is no JSON object */
export function asObject(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw wrongShape("", "must be a JSON object", value);
}

/** The 400 for a field (empty: the whole body) that is of another kind than expected. */
export function wrongShape(field: string, message: string, input: unknown): ProblemError {
  const value = show(input);
  return new ProblemError(400, "invalid_request", `${field || "body"}: ${message}`, {
    errors: [{ field, message, ...(value === undefined ? {} : { value }) }],
  });
}
