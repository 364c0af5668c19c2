// What a visitor allows, from now on. The choice goes into the visitor's token, never into the object that it may forbid.
// Without personalization the object is erased, whatever it still had to send included; without analytics it sends nothing more.
//   PUT /v1/users/{id}/consent   of the visitor that the path names
//   POST /v1/consent             of the visitor whose token comes along, if there is one: a browser does not know its id
import * as z from "zod";
import { LIMITS } from "../../../src/events/limits.ts";
import { parseJson, readText } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import type { Consent } from "../../../src/privacy/consent.ts";
import type { Visitor } from "../../../src/privacy/names.ts";
import { signVisitorToken, TOKEN_LIFETIME_MS } from "../../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "../context.ts";
import { KIND_NAMES, mayFollow, visitorOfPath } from "../known-visitor.ts";
import { nameOfVisitor } from "../object-names.ts";
import { eraseVisitor, stopRecording } from "../objects.ts";
import { cookieFor, noCookie } from "../visitor-cookie.ts";
import { visitorToken } from "../visitors.ts";

export const consentChoiceSchema = z.strictObject({ analytics: z.boolean(), personalization: z.boolean() });

const NOT_STORED = { "cache-control": "private, no-store" };

export async function putConsent(c: EdgeContext): Promise<Response> {
  const visitor = await visitorOfPath(c);
  const consent = await readChoice(c);
  await heed(c, visitor, consent);
  const answer = { id: visitor.id, kind: KIND_NAMES[visitor.kind], consent, erased: !consent.personalization };
  return c.json({ ...answer, visitorToken: await tokenWith(c, visitor, consent) }, 200, NOT_STORED);
}

export async function postConsent(c: EdgeContext): Promise<Response> {
  const token = await visitorToken(c);
  const consent = await readChoice(c);
  const erased = token !== null && !consent.personalization;
  if (token !== null) await heed(c, token.visitor, consent);
  const isFirstParty = c.env.ORIGIN && c.get("credential").kind === "public";
  // Who refuses keeps no id: a later visit with another choice is that of somebody new.
  if (token === null || erased) {
    const takenAway = isFirstParty && !consent.personalization ? { "set-cookie": noCookie(c) } : {};
    return c.json({ consent, erased }, 200, { ...NOT_STORED, ...takenAway });
  }
  const { site, visitor } = token;
  if (isFirstParty) {
    const cookie = await cookieFor(c, { site, visitor, consent, ...(token.digest ? { digest: token.digest } : {}) });
    return c.json({ consent, erased }, 200, { ...NOT_STORED, "set-cookie": cookie });
  }
  return c.json({ consent, erased, visitorToken: await tokenWith(c, visitor, consent) }, 200, NOT_STORED);
}

async function readChoice(c: EdgeContext): Promise<Consent> {
  return parseWith(consentChoiceSchema, parseJson(await readText(c.req.raw, LIMITS.eventBytes)));
}

async function heed(c: EdgeContext, visitor: Visitor, consent: Consent): Promise<void> {
  const name = await nameOfVisitor(c, visitor);
  if (!consent.personalization) await eraseVisitor(c.env.VISITOR_PROFILE, name, mayFollow(c, visitor));
  else if (!consent.analytics) await stopRecording(c.env.VISITOR_PROFILE, name);
}

function tokenWith(c: EdgeContext, visitor: Visitor, consent: Consent): Promise<string> {
  const [credential, settings] = [c.get("credential"), c.get("settings")];
  const expiresAt = Date.now() + TOKEN_LIFETIME_MS;
  return signVisitorToken({ site: credential.site, visitor, expiresAt, consent }, settings.signing);
}
