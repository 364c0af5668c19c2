// POST /v1/visitors: a signed token for a visitor of whom a site's own server makes a page. It names who the server says, or
// somebody new; nothing is kept of them before they do something.
import * as z from "zod";
import { identifier } from "../../../src/events/identifier.ts";
import { LIMITS } from "../../../src/events/limits.ts";
import { asObject, parseJson, readText } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import type { Visitor } from "../../../src/privacy/names.ts";
import { signVisitorToken, TOKEN_LIFETIME_MS } from "../../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "../context.ts";

export const visitorRequestSchema = z
  .object({
    anonymousId: identifier(LIMITS.visitorIdBytes).optional().meta({ description: "By default a new one" }),
    userId: identifier(LIMITS.visitorIdBytes).optional().meta({ description: "A user whom the server knows" }),
  })
  .meta({ id: "VisitorRequest" });

export const visitorAnswerSchema = z
  .object({ id: z.string(), kind: z.enum(["user", "anonymous"]), visitorToken: z.string() })
  .meta({ id: "VisitorAnswer" });

export async function postVisitors(c: EdgeContext): Promise<Response> {
  const [credential, settings] = [c.get("credential"), c.get("settings")];
  const body = asObject(parseJson(await readText(c.req.raw, LIMITS.eventBytes)));
  const { anonymousId = crypto.randomUUID(), userId } = parseWith(visitorRequestSchema, body);
  const visitor: Visitor = userId === undefined ? { kind: "a", id: anonymousId } : { kind: "u", id: userId };
  const expiresAt = Date.now() + TOKEN_LIFETIME_MS;
  const visitorToken = await signVisitorToken({ site: credential.site, visitor, expiresAt }, settings.signing);
  const kind = visitor.kind === "u" ? "user" : "anonymous";
  return c.json({ id: visitor.id, kind, visitorToken }, 201, { "cache-control": "private, no-store" });
}
