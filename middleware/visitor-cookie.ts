// The visitor token in the cookie of the site's own host. Nowcast signs it and reads it; here it is only carried. What it says of
// consent is looked at, since a page must not wait for an answer to know it: a forged one is refused by Nowcast.
import { cookieOf } from "../src/http/cookies.ts";
import { fromBase64Url } from "../src/kernels/digest.ts";

const COOKIE = "nowcast_visitor";
const LIFETIME_SECONDS = 90 * 86_400;
/** Browsers drop cookies of more than 4 KB. */
const MAX_LENGTH = 3_500;
const FORM = /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/;

export interface CarriedToken {
  readonly text: string;
  readonly visitorId: string;
  /** Statistics and a profile; null where nothing was chosen. */
  readonly consent: { readonly analytics: boolean; readonly personalization: boolean } | null;
}

/** The token of a request, null without one. */
export function readToken(request: Request): CarriedToken | null {
  const text = cookieOf(request.headers.get("cookie"), COOKIE);
  return text === null ? null : tokenOf(text);
}

/** Null for what no token looks like. */
export function tokenOf(text: unknown): CarriedToken | null {
  if (typeof text !== "string" || text.length > MAX_LENGTH || !FORM.test(text)) return null;
  try {
    const bytes = fromBase64Url(text.split(".")[1] as string);
    const { i, c } = JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())) as { i?: unknown; c?: unknown };
    if (typeof i !== "string") return null;
    const consent = Array.isArray(c) ? { analytics: c[0] === true, personalization: c[1] === true } : null;
    return { text, visitorId: i, consent };
  } catch {
    return null;
  }
}

/** The header that keeps a token. */
export function cookieFor(token: CarriedToken, request: Request): string {
  return line(token.text, LIFETIME_SECONDS, request);
}

/** The header that drops the token, which holds no longer. */
export function noCookie(request: Request): string {
  return line("", 0, request);
}

/** The request's cookies without ours, which are no business of the site's; null when none is left. */
export function withoutToken(cookies: string): string | null {
  const others = cookies.split(";").filter((pair) => (pair.split("=", 1)[0] as string).trim() !== COOKIE);
  return others.length === 0 ? null : others.join(";").trim();
}

function line(value: string, seconds: number, request: Request): string {
  const secure = new URL(request.url).protocol === "https:" ? " Secure;" : "";
  return `${COOKIE}=${value}; Path=/; Max-Age=${seconds}; HttpOnly;${secure} SameSite=Lax`;
}
