// The visitor whose own data a request is about: named in the path, and allowed to the caller.
import { identifier } from "../../src/events/identifier.ts";
import { LIMITS } from "../../src/events/limits.ts";
import { parseWith } from "../../src/http/parse.ts";
import { ProblemError } from "../../src/http/problem.ts";
import type { Visitor } from "../../src/privacy/names.ts";
import type { EdgeContext } from "./context.ts";
import { visitorToken } from "./visitors.ts";

const visitorId = identifier(LIMITS.visitorIdBytes);

/** In place of an id, with a public key: the visitor of the token. With a secret key it is an id like any other. */
const OWN_ID = "me";

export const KIND_NAMES = { a: "anonymous", u: "user" } as const;

/** @throws ProblemError 400 for an unknown kind, 403 when a public key asks for someone else than its token's visitor */
export async function visitorOfPath(c: EdgeContext): Promise<Visitor> {
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
  if (c.get("credential").kind === "secret") return visitor;
  const token = await visitorToken(c);
  // A browser does not know its id: its token is in a cookie that no script sees.
  if (token !== null && id === OWN_ID) return token.visitor;
  if (token === null || token.visitor.kind !== visitor.kind || token.visitor.id !== id) {
    throw new ProblemError(403, "visitor_mismatch", "A public key sees the visitor of its token and nobody else.");
  }
  return visitor;
}

/**
 * Whether the caller may go on to the user that an anonymous visitor has become part of. The token of a device does not
 * speak for the user: the device may be shared.
 */
export function mayFollow(c: EdgeContext, visitor: Visitor): boolean {
  return c.get("credential").kind === "secret" || visitor.kind === "u";
}
