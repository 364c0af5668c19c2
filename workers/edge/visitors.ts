// Who a request is about: by the signed visitor token for public keys, by the ids it names for secret ones.

import { VISITOR_COOKIE } from "../../src/http/cookies.ts";
import { ProblemError } from "../../src/http/problem.ts";
import type { Visitor } from "../../src/privacy/names.ts";
import { type TokenProblem, type VisitorToken, verifyVisitorToken } from "../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "./context.ts";
import { readCookie } from "./visitor-cookie.ts";

const PROBLEMS: Readonly<Record<TokenProblem, string>> = {
  malformed: "The visitor token is not one that this site has signed.",
  expired: "The visitor token has expired; leave it out to get a new one.",
  other_site: "The visitor token belongs to another site.",
};

/**
 * The verified token of a request, null when it has none. Behind a site's own pages a cookie that holds no longer is as good as
 * none: it comes along by itself, and no script could take it away.
 * @param inBody the one that came in the body. @throws ProblemError 401 when it is forged or expired
 */
export async function visitorToken(c: EdgeContext, inBody?: string): Promise<VisitorToken | null> {
  const stated = c.req.header("x-nowcast-visitor") ?? inBody;
  const text = stated ?? readCookie(c.req.header("cookie"), VISITOR_COOKIE);
  if (text === undefined) return null;
  const [credential, settings] = [c.get("credential"), c.get("settings")];
  const token = await verifyVisitorToken(text, credential.site, Date.now(), settings.signing);
  if (typeof token !== "string") return token;
  if (stated === undefined && c.env.ORIGIN) return null;
  throw new ProblemError(401, `visitor_token_${token}`, PROBLEMS[token]);
}

/** The token where it speaks for the subject: a server may forward one visitor's token and name another. */
export function tokenOf(token: VisitorToken | null, { visitor, anonymousId }: Subject): VisitorToken | null {
  if (token === null) return null;
  const own = token.visitor.kind === visitor.kind && token.visitor.id === visitor.id;
  // A choice that was made before the login holds for who logs in.
  const before = token.visitor.kind === "a" && token.visitor.id === anonymousId;
  return own || before ? token : null;
}

export interface NamedIds {
  readonly anonymousId?: string | undefined;
  readonly userId?: string | undefined;
}

export interface Subject {
  readonly visitor: Visitor;
  /** A user id that came with the event and that nobody has vouched for. */
  readonly claimedUserId?: string;
  /** An anonymous id of the same person, by the word of a secret key. */
  readonly anonymousId?: string;
}

/** Why ids lead to no visitor: a secret key named nobody, or a public key someone else than its token. */
export interface SubjectProblem {
  readonly code: "identity_missing" | "visitor_mismatch";
  readonly field: string;
  readonly message: string;
}

const NOBODY: SubjectProblem = {
  code: "identity_missing",
  field: "anonymousId, userId",
  message: "at least one is needed",
};

/**
 * Who ids are about. A secret key may name anyone. A public key acts for its token's visitor; without a token an
 * anonymous id may be written to (never read), and a user id stays a claim.
 * @param minted made for this request, for a caller that names nobody
 */
export function subjectOf(
  ids: NamedIds,
  kind: "public" | "secret",
  token: VisitorToken | null,
  minted: () => string,
): Subject | SubjectProblem {
  const { anonymousId, userId } = ids;
  if (kind === "secret") {
    if (userId !== undefined) {
      return { visitor: { kind: "u", id: userId }, ...(anonymousId === undefined ? {} : { anonymousId }) };
    }
    if (anonymousId !== undefined) return { visitor: { kind: "a", id: anonymousId } };
    return token === null ? NOBODY : { visitor: token.visitor };
  }
  if (token === null) {
    const visitor: Visitor = { kind: "a", id: anonymousId ?? minted() };
    return userId === undefined ? { visitor } : { visitor, claimedUserId: userId };
  }
  const { visitor } = token;
  const named = visitor.kind === "a" ? anonymousId : userId;
  if (named !== undefined && named !== visitor.id) {
    const field = visitor.kind === "a" ? "anonymousId" : "userId";
    return { code: "visitor_mismatch", field, message: "must be the visitor of the token, or be left out" };
  }
  if (visitor.kind === "a" && userId !== undefined) return { visitor, claimedUserId: userId };
  return { visitor };
}
