// PUT /v1/users/{id}/consent: what a visitor allows, from now on. The choice goes into the visitor's token, never into the
// object that it may forbid; without personalization the object is erased, whatever it still had to send included.
import { z } from "zod";
import { LIMITS } from "../../../src/events/limits.ts";
import { decodeText, parseJson, readBody } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { signVisitorToken, TOKEN_LIFETIME_MS } from "../../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "../context.ts";
import { KIND_NAMES, visitorOfPath } from "../known-visitor.ts";
import { nameOfVisitor } from "../object-names.ts";
import { eraseVisitor } from "../objects.ts";

export const consentChoiceSchema = z.strictObject({ analytics: z.boolean(), personalization: z.boolean() });

export async function putConsent(c: EdgeContext): Promise<Response> {
  const { credential, settings } = c.var;
  const visitor = await visitorOfPath(c);
  const body = parseJson(decodeText(await readBody(c.req.raw, LIMITS.eventBytes)));
  const consent = parseWith(consentChoiceSchema, body);
  if (!consent.personalization) {
    await eraseVisitor(c.env.VISITOR_PROFILE, await nameOfVisitor(c, visitor));
  }
  const visitorToken = await signVisitorToken(
    { site: credential.site, visitor, expiresAt: Date.now() + TOKEN_LIFETIME_MS, consent },
    settings.signing,
  );
  return c.json(
    { id: visitor.id, kind: KIND_NAMES[visitor.kind], consent, erased: !consent.personalization, visitorToken },
    200,
    { "cache-control": "private, no-store" },
  );
}
