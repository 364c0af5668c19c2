// POST /v1/events: one event, a batch, or NDJSON.

import { LIMITS } from "../../../src/events/limits.ts";
import { isSurelyWellFormed } from "../../../src/events/structure.ts";
import { timestamp } from "../../../src/events/timestamp.ts";
import { LineError } from "../../../src/events/validate.ts";
import { decodeText, parseJson, parserReason, readBody, wrongShape } from "../../../src/http/body.ts";
import { visitorTokenSchema } from "../../../src/http/contract.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import { signVisitorToken, TOKEN_LIFETIME_MS } from "../../../src/privacy/visitor-token.ts";
import { milliseconds, serverTiming } from "../../../src/telemetry/stages.ts";
import type { EdgeContext } from "../context.ts";
import { cookieAfter } from "../events-cookie.ts";
import { isReplay } from "../guard.ts";
import { ingestEvents } from "../ingest.ts";
import { visitorToken } from "../visitors.ts";

export async function postEvents(c: EdgeContext): Promise<Response> {
  const [credential, settings, startedAt] = [c.get("credential"), c.get("settings"), c.get("startedAt")];
  const replay = isReplay(c.req.raw, credential.kind);
  const body = await readBody(c.req.raw, LIMITS.requestBytes);
  const text = decodeText(body);
  const { events: raw, sentAt, visitorToken: inBody } = splitBody(text, c.req.header("content-type") ?? "");
  const token = await visitorToken(c, inBody);
  let mintedId: string | null = null;
  const minted = (): string => {
    mintedId ??= crypto.randomUUID();
    return mintedId;
  };
  const outcome = await ingestEvents(c, raw, {
    receivedAt: Date.now(),
    replay,
    bodyBytes: body.length,
    wellFormed: isSurelyWellFormed(text),
    token,
    minted,
    ...(sentAt === undefined ? {} : { sentAt }),
  });
  const { accepted, duplicates, rejected, identities } = outcome;
  if (outcome.overloaded) {
    throw new ProblemError(503, "overloaded", "Nothing was kept; send the batch again.", {
      headers: { "retry-after": "1" },
    });
  }
  const answer = { accepted, duplicates, rejected, ...(identities.length === 0 ? {} : { identities }) };
  const visitor = token?.visitor ?? ({ kind: "a", id: minted() } as const);
  const cookie = accepted + duplicates > 0 ? await cookieAfter(c, raw, token, visitor) : null;
  const headers = {
    "server-timing": serverTiming({ total: milliseconds(startedAt, Date.now()) }),
    ...(cookie === null ? {} : { "set-cookie": cookie }),
  };
  // What the cookie holds no script is to see.
  if (credential.kind === "secret" || token !== null || cookie !== null) return c.json(answer, 202, headers);
  const expiresAt = Date.now() + TOKEN_LIFETIME_MS;
  const fresh = await signVisitorToken({ site: credential.site, visitor, expiresAt }, settings.signing);
  return c.json({ ...answer, visitorToken: fresh }, 202, headers);
}

interface RawBatch {
  readonly events: unknown[];
  /** Epoch ms by the client's clock. */
  readonly sentAt?: number | undefined;
  readonly visitorToken?: string | undefined;
}

/** The raw events of a body. @throws ProblemError 400 when it is no list of events, 413 when there are too many */
function splitBody(text: string, contentType: string): RawBatch {
  const isLines = /^application\/x-ndjson\b/i.test(contentType.trim());
  const batch: RawBatch = isLines ? { events: splitLines(text) } : splitJson(parseJson(text));
  const { events } = batch;
  if (events.length === 0) throw new ProblemError(400, "no_events", "The body holds no event.");
  if (events.length > LIMITS.eventsPerRequest) {
    const limit = LIMITS.eventsPerRequest;
    throw new ProblemError(413, "too_many_events", `events: ${events.length} events, the limit is ${limit}.`, {
      errors: [{ field: "events", message: "too many", value: String(events.length), limit }],
    });
  }
  return batch;
}

function splitLines(text: string): unknown[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      return new LineError(parserReason(error), line);
    }
  });
}

function splitJson(body: unknown): RawBatch {
  if (typeof body === "object" && body !== null && !Array.isArray(body)) {
    if (!("events" in body)) return { events: [body] };
    const sentAt = "sentAt" in body ? parseWith(timestamp, body.sentAt, ["sentAt"]) : undefined;
    const token =
      "visitorToken" in body ? parseWith(visitorTokenSchema, body.visitorToken, ["visitorToken"]) : undefined;
    if (Array.isArray(body.events)) return { events: body.events, sentAt, visitorToken: token };
    throw wrongShape("events", "must be an array of events", body.events);
  }
  throw wrongShape("", 'must be an event or {"events": […]}', body);
}
