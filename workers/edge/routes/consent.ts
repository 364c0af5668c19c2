// PUT /v1/users/{id}/consent: what a visitor allows, from now on. The choice goes into the visitor's token, never into the
// object that it may forbid. Without personalization the object is erased, whatever it still had to send included; without
// analytics it sends nothing more.
import { z } from "zod";
import { LIMITS } from "../../../src/events/limits.ts";
import { decodeText, parseJson, readBody } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { signVisitorToken, TOKEN_LIFETIME_MS } from "../../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "../context.ts";
import { KIND_NAMES, mayFollow, visitorOfPath } from "../known-visitor.ts";
import { nameOfVisitor } from "../object-names.ts";
import { eraseVisitor, stopRecording } from "../objects.ts";

export const consentChoiceSchema = z.strictObject({ analytics: z.boolean(), personalization: z.boolean() });

export async function putConsent(c: EdgeContext): Promise<Response> {
  const { credential, settings } = c.var;
  const visitor = await visitorOfPath(c);
  const body = parseJson(decodeText(await readBody(c.req.raw, LIMITS.eventBytes)));
  const consent = parseWith(consentChoiceSchema, body);
  const name = await nameOfVisitor(c, visitor);
  if (!consent.personalization) await eraseVisitor(c.env.VISITOR_PROFILE, name, mayFollow(c, visitor));
  else if (!consent.analytics) await stopRecording(c.env.VISITOR_PROFILE, name);
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
