// The first-party cookie that holds the visitor token. No script reads it; a site of another host never gets it.
import { cookieOf, VISITOR_COOKIE } from "../../src/http/cookies.ts";
import { utf8Length } from "../../src/kernels/bytes.ts";
import { signVisitorToken, TOKEN_LIFETIME_MS, type VisitorToken } from "../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "./context.ts";
import { isLocal } from "./settings.ts";

/** Written by the browser's script; names nobody. */
export const CONSENT_COOKIE = "nowcast_consent";

/** Of the token in the cookie: with all else that a request carries, a browser's 4 KB for a cookie are never reached. */
const MAX_TOKEN_LENGTH = 2_048;
/** A token is signed anew this long after it was: so cookies last, and old signing keys go out of use. */
const RENEWED_AFTER_MS = 86_400_000;

/** A cookie's value. One that stands twice counts for nothing: a subdomain may have put a token of its own beside the visitor's. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  return cookieOf(header ?? null, name) || undefined;
}

/** Whether a token is to be signed anew though nothing in it has changed. */
export function isDue(token: VisitorToken, now: number): boolean {
  return token.expiresAt - now < TOKEN_LIFETIME_MS - RENEWED_AFTER_MS;
}

/** A Set-Cookie header for a visitor, from now on; of a long digest the oldest touches are left out. */
export async function cookieFor(c: EdgeContext, token: Omit<VisitorToken, "expiresAt">): Promise<string> {
  const expiresAt = Date.now() + TOKEN_LIFETIME_MS;
  const signed = await signVisitorToken({ ...bounded(token), expiresAt }, c.get("settings").signing);
  return cookieLine(c, signed, TOKEN_LIFETIME_MS / 1000);
}

/** The same for a browser that calls the API on the site's own host; null for all who keep the token themselves. */
export async function firstPartyCookie(c: EdgeContext, token: Omit<VisitorToken, "expiresAt">): Promise<string | null> {
  return c.env.ORIGIN && c.get("credential").kind === "public" ? cookieFor(c, token) : null;
}

/** A Set-Cookie header that takes the cookie away. */
export function noCookie(c: EdgeContext): string {
  return cookieLine(c, "", 0);
}

function cookieLine(c: EdgeContext, signed: string, seconds: number): string {
  const secure = isLocal(c.env) && c.req.url.startsWith("http:") ? "" : " Secure;";
  return `${VISITOR_COOKIE}=${signed}; Path=/; Max-Age=${seconds}; HttpOnly;${secure} SameSite=Lax`;
}

function bounded(token: Omit<VisitorToken, "expiresAt">): Omit<VisitorToken, "expiresAt"> {
  const { digest } = token;
  if (digest === undefined) return token;
  // Base64 makes four of three; the rest is what stands around the digest.
  let room =
    (MAX_TOKEN_LENGTH * 3) / 4 - 200 - utf8Length(JSON.stringify([token.visitor.id, token.user, token.traits]));
  const touches = digest.touches.filter((touch) => {
    room -= utf8Length(JSON.stringify(touch)) + 1;
    return room >= 0;
  });
  return { ...token, digest: { ...digest, touches } };
}
