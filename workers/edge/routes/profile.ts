// GET /v1/users/{id}/profile: the live profile and what is derived from it.

import { profile as profileConfig } from "../../../nowcast.config.ts";
import { identifier } from "../../../src/events/identifier.ts";
import { LIMITS } from "../../../src/events/limits.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import { objectName, type Visitor } from "../../../src/privacy/names.ts";
import { decodeProfile } from "../../../src/profile/codec.ts";
import type { Profile } from "../../../src/profile/profile.ts";
import { isActive } from "../../../src/profile/session.ts";
import { encodeView } from "../../../src/profile/view.ts";
import type { EdgeContext } from "../context.ts";
import { visitorToken } from "../visitors.ts";

const visitorId = identifier(LIMITS.visitorIdBytes);

export async function getProfile(c: EdgeContext): Promise<Response> {
  const visitor = await requestedVisitor(c);
  const name = await objectName(c.var.credential.site, visitor, c.var.settings.naming);
  const stored = await c.env.VISITOR_PROFILE.getByName(name).readProfile();
  if (stored === null) throw new ProblemError(404, "visitor_unknown", "Nothing is known of this visitor.");
  const profile = decodeProfile(stored);
  return c.json(
    { id: visitor.id, kind: KIND_NAMES[visitor.kind], profile, features: derived(profile, Date.now()) },
    200,
    {
      "cache-control": "private, no-store",
    },
  );
}

const KIND_NAMES = { a: "anonymous", u: "user" } as const;

/** @throws ProblemError 400 for an unknown kind, 403 when a public key asks for someone else than its token's visitor */
async function requestedVisitor(c: EdgeContext): Promise<Visitor> {
  const id = parseWith(visitorId, c.req.param("id"), ["id"]);
  const kindName = c.req.query("kind") ?? "user";
  if (kindName !== "anonymous" && kindName !== "user") {
    throw new ProblemError(
      400,
      "invalid_request",
      `kind: must be anonymous or user (got ${JSON.stringify(kindName)})`,
      {
        errors: [{ field: "kind", message: "must be anonymous or user", value: kindName }],
      },
    );
  }
  const visitor: Visitor = { kind: kindName === "anonymous" ? "a" : "u", id };
  if (c.var.credential.kind === "secret") return visitor;
  const token = await visitorToken(c);
  if (token === null || token.visitor.kind !== visitor.kind || token.visitor.id !== id) {
    throw new ProblemError(403, "visitor_mismatch", "A public key sees the visitor of its token and nobody else.");
  }
  return visitor;
}

/** What decisions derive from the profile, for people to look at. */
function derived(profile: Profile, now: number) {
  const { session, touches, shown } = profile;
  return {
    "session.active": session !== null && isActive(session.lastAt, now, profileConfig.sessionTimeoutMs),
    "session.lengthMs": session === null ? 0 : session.lastAt - session.startedAt,
    "touches.count": touches.length,
    "touches.items": new Set(touches.map(({ itemId }) => itemId)).size,
    "shown.count": shown.length,
    "view.bytes": encodeView(profile).length,
  };
}
