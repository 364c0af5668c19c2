// Who visits a page of the site: by the signed cookie, and by the site's own JWT where it has one. The cookie never stands for a
// user: it remembers as whom its anonymous visitor was last named, so that whoever logs out, or whose token has ended, is
// somebody new, and a device that several people use mixes nobody up.

import { VISITOR_COOKIE } from "../../../src/http/cookies.ts";
import type { JwtVerdict } from "../../../src/http/site-jwt.ts";
import { type Handling, handlingOf } from "../../../src/privacy/consent.ts";
import type { Visitor } from "../../../src/privacy/names.ts";
import { type VisitorToken, verifyVisitorToken } from "../../../src/privacy/visitor-token.ts";
import { consentFor } from "../consent.ts";
import type { EdgeContext } from "../context.ts";
import { nameOfVisitor } from "../object-names.ts";
import { readCookie } from "../visitor-cookie.ts";

export interface SiteVisitor {
  /** Of the cookie, or new with this request: who bears the experiments. */
  readonly visitor: Visitor;
  /** What holds of the cookie; null for a visitor who is new with this request. */
  readonly token: VisitorToken | null;
  /** Whom the site's JWT names, with the name of their object. */
  readonly user: { readonly visitor: Visitor; readonly name: string } | null;
  /** What was chosen, whoever it was. */
  readonly consent: VisitorToken["consent"];
  readonly handling: Handling;
  readonly now: number;
  /** Whether somebody looks at the page now, and may be remembered. */
  readonly isView: boolean;
}

/** @param verdict on the site's JWT; null where the site has none. A token of ours that is forged or expired is as good as none */
export async function whoVisits(c: EdgeContext, verdict: JwtVerdict | null): Promise<SiteVisitor> {
  const now = Date.now();
  const presented = await tokenOf(c, now);
  const handling = handlingOf(consentFor(c, presented, undefined));
  const consent = presented?.consent;
  const someoneNew: Visitor = { kind: "a", id: crypto.randomUUID() };
  const isLooking = isView(c.req.raw);
  const known = { consent, handling, now, isView: isLooking };
  if (verdict === null) {
    return { ...known, visitor: presented?.visitor ?? someoneNew, token: presented, user: null };
  }
  const userId = verdict.problem === undefined ? verdict.userId : null;
  const user = userId === null ? null : await namedUser(c, userId);
  // Of a cookie that stands for a user, or has been named as one, it must be this one.
  const bearer = presented === null ? null : await bearerOf(c, presented);
  if (bearer === null || bearer === user?.name) {
    const token = presented?.visitor.kind === "a" ? presented : null;
    return { ...known, visitor: token?.visitor ?? someoneNew, token, user };
  }
  // Where nobody can tell whether the token holds, nobody is recognized, and nothing is forgotten.
  const isUndecided = verdict.problem === "no_keys";
  return { ...known, visitor: someoneNew, token: null, user, isView: isLooking && !isUndecided };
}

async function namedUser(c: EdgeContext, id: string): Promise<{ visitor: Visitor; name: string }> {
  const visitor: Visitor = { kind: "u", id };
  return { visitor, name: await nameOfVisitor(c, visitor) };
}

async function bearerOf(c: EdgeContext, { visitor, user }: VisitorToken): Promise<string | null> {
  return visitor.kind === "u" ? nameOfVisitor(c, visitor) : (user ?? null);
}

async function tokenOf(c: EdgeContext, now: number): Promise<VisitorToken | null> {
  const text = readCookie(c.req.header("cookie"), VISITOR_COOKIE);
  if (text === undefined) return null;
  const token = await verifyVisitorToken(text, c.get("credential").site, now, c.get("settings").signing);
  return typeof token === "string" ? null : token;
}

/** Not what a script fetches, a frame shows, or a browser fetches in advance. */
function isView(request: Request): boolean {
  const destination = request.headers.get("sec-fetch-dest");
  if (destination !== null && destination !== "document") return false;
  return !/prefetch|prerender/i.test(request.headers.get("sec-purpose") ?? request.headers.get("purpose") ?? "");
}
