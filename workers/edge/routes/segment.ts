// The Segment tracking API: its calls become events and take the way of all events. It answers 200 also where calls of a
// batch were refused, as the protocol has it; they are kept as failed events.
import { segment } from "../../../nowcast.config.ts";
import { type CallType, readCall, readCalls, SEGMENT_LIMITS } from "../../../src/events/adapters/segment.ts";
import { isSurelyWellFormed } from "../../../src/events/structure.ts";
import { asObject, decodeText, parseJson, readBody, wrongShape } from "../../../src/http/body.ts";
import { decompressed } from "../../../src/http/gzip.ts";
import { credentialOf } from "../../../src/http/keys.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import type { VisitorToken } from "../../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "../context.ts";
import { cookieAfter } from "../events-cookie.ts";
import { holdToConsent } from "../guard.ts";
import { ingestEvents } from "../ingest.ts";
import { visitorToken } from "../visitors.ts";

/** The handler of calls of one type. */
export function segmentCall(type: CallType): (c: EdgeContext) => Promise<Response> {
  return async (c) => {
    const body = await readJson(c, SEGMENT_LIMITS.callBytes);
    return ingestCalls(c, [body.json], body, (options) => [readCall(body.json, type, options)]);
  };
}

/** The handler of batches, whose calls say their types. */
export async function segmentBatch(c: EdgeContext): Promise<Response> {
  const body = await readJson(c, SEGMENT_LIMITS.batchBytes);
  const { batch, sentAt } = body.json;
  if (!Array.isArray(batch)) throw wrongShape("batch", "must be an array of calls", batch);
  for (const call of batch) forgetKey(call);
  return ingestCalls(c, batch, body, (options) => readCalls(batch, { ...options, sentAt }));
}

/** Clients report on themselves here. Nobody reads it: it is taken and forgotten. */
export function segmentMetrics(c: EdgeContext): Response {
  return c.json({ success: true });
}

type Options = Parameters<typeof readCalls>[1];

async function ingestCalls(
  c: EdgeContext,
  sent: readonly unknown[],
  { text, bytes }: Body,
  read: (options: Options) => readonly unknown[],
): Promise<Response> {
  const receivedAt = Date.now();
  const token = await tokenOfCaller(c);
  const minted = (): string => crypto.randomUUID();
  const readings = read({ receivedAt, productIds: segment.productIds, newId: minted });
  const raw = token !== null && c.get("credential").kind === "public" ? readings.map(ofTokensVisitor) : readings;
  const { rejected } = await ingestEvents(c, raw, {
    receivedAt,
    bodyBytes: bytes,
    wellFormed: isSurelyWellFormed(text),
    token,
    minted,
    sent,
  });
  if (rejected.some(({ retryable }) => retryable)) {
    // Clients send the whole batch again: what was accepted is known by its id.
    throw new ProblemError(503, "overloaded", "Not every call was kept; send the request again.", {
      headers: { "retry-after": "1" },
    });
  }
  // Whom the client merely names gets no cookie that would make the name true.
  const cookie = token === null ? null : await cookieAfter(c, raw, token, token.visitor);
  return c.json({ success: true }, 200, cookie === null ? {} : { "set-cookie": cookie });
}

/**
 * Who comes with a visitor token is the token's visitor, for whom the page was made. The client has an anonymous id of its
 * own for the same person.
 */
function ofTokensVisitor(reading: unknown): unknown {
  if (typeof reading !== "object" || reading === null || !("anonymousId" in reading)) return reading;
  const { anonymousId: _, ...rest } = reading;
  return rest;
}

/** A cookie comes along by itself: one that holds no longer is as good as none. @throws ProblemError 401 for a header */
async function tokenOfCaller(c: EdgeContext): Promise<VisitorToken | null> {
  try {
    return await visitorToken(c);
  } catch (problem) {
    if (c.req.header("x-nowcast-visitor") !== undefined) throw problem;
    return null;
  }
}

interface Body {
  readonly json: Record<string, unknown>;
  readonly text: string;
  readonly bytes: number;
}

/**
 * The body, whatever its Content-Type says: browsers send plain text. Where no header says who is calling, the body does.
 * @throws ProblemError 400 for what is too large (the protocol's status) or no JSON object, 401 without a known key
 */
async function readJson(c: EdgeContext, limit: number): Promise<Body> {
  const { keys } = c.get("settings");
  // The guard leaves it open when there is no header.
  const authenticated = c.get("credential") !== undefined;
  let body: Body;
  try {
    const encoding = c.req.header("content-encoding") ?? null;
    const bytes = await decompressed(await readBody(c.req.raw, limit), encoding, limit);
    const text = decodeText(bytes);
    body = { json: asObject(parseJson(text)), text, bytes: bytes.length };
  } catch (problem) {
    if (!authenticated) credentialOf(null, keys);
    if (!(problem instanceof ProblemError) || problem.status !== 413) throw problem;
    throw new ProblemError(400, problem.code, problem.message, { errors: problem.errors });
  }
  const key = forgetKey(body.json);
  if (!authenticated) {
    const credential = credentialOf(key, keys);
    c.set("credential", credential);
    if (credential.kind === "public") await holdToConsent(c, credential.site);
  }
  return body;
}

/** The key in a call, which must not be kept with it. */
function forgetKey(call: unknown): string | null {
  if (typeof call !== "object" || call === null || !("writeKey" in call)) return null;
  const { writeKey } = call;
  delete call.writeKey;
  return typeof writeKey === "string" ? writeKey : null;
}
