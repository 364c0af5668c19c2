// Which requests may be answered from a copy of a page, and which answers may become one (RFC 9111, and stricter: a copy is shown
// to everybody).
import { matchesAny } from "./cache-key.ts";
import { cookieNames } from "./cookies.ts";

export interface CopyRules {
  readonly ttlSeconds: number;
  readonly staleSeconds: number;
}

/** Cookies by which no origin knows anybody: this product's own, and those of analytics. */
const HARMLESS_COOKIES: readonly string[] = [
  "nowcast_*",
  "_ga*",
  "_gid",
  "_gat*",
  "_gcl_*",
  "_fbp",
  "_fbc",
  "_uetsid",
  "_uetvid",
  "_hj*",
  "_clck",
  "_clsk",
  "_pk_*",
  "ajs_*",
];

/**
 * Whether the visitor is nobody to the origin, and wants a page.
 * @param sessionCookies by which the origin knows somebody, as far as the site has named them; else any cookie may be one
 * @param jwtCookie one that the site's own JWT is in
 * @param ownCookies that the configuration itself hands out
 */
export function mayUseCopy(
  { method, headers }: { readonly method: string; readonly headers: Pick<Headers, "get" | "has"> },
  sessionCookies: readonly string[] | undefined,
  jwtCookie: string | undefined,
  ownCookies: readonly string[] = [],
): boolean {
  if (method !== "GET" || headers.has("authorization") || headers.has("range") || headers.has("upgrade")) return false;
  // Frameworks ask for the data of a page at its own address: those are other answers.
  if (!/\btext\/html\b/i.test(headers.get("accept") ?? "")) return false;
  return cookieNames(headers.get("cookie")).every((name) => {
    if (name === jwtCookie) return false;
    if (sessionCookies !== undefined) return !matchesAny(name, sessionCookies);
    return ownCookies.includes(name) || matchesAny(name, HARMLESS_COOKIES);
  });
}

export interface CopyLife {
  readonly freshSeconds: number;
  readonly staleSeconds: number;
}

/** How long a copy of the answer may be shown; null when there must be none. */
export function copyLife(
  response: { readonly status: number; readonly headers: Headers },
  rules: CopyRules,
): CopyLife | null {
  const { status, headers } = response;
  if (status !== 200 || !/^text\/html\b/i.test(headers.get("content-type") ?? "")) return null;
  if (headers.has("set-cookie") || headers.has("www-authenticate")) return null;
  // A nonce that everybody gets protects nobody.
  if (/'nonce-/i.test(headers.get("content-security-policy") ?? "")) return null;
  const vary = (headers.get("vary") ?? "").toLowerCase().split(",");
  if (vary.some((name) => !["", "accept-encoding"].includes(name.trim()))) return null;
  const directives = cacheControl(headers.get("cache-control") ?? "");
  if (["private", "no-store", "no-cache"].some((name) => directives.has(name))) return null;
  if (/\bno-cache\b/i.test(headers.get("pragma") ?? "") && directives.size === 0) return null;
  const allowed = seconds(directives.get("s-maxage") ?? directives.get("max-age"));
  const freshSeconds = Math.min(rules.ttlSeconds, allowed);
  if (!(freshSeconds > 0)) return null;
  const strict = ["must-revalidate", "proxy-revalidate"].some((name) => directives.has(name));
  return { freshSeconds, staleSeconds: strict ? 0 : rules.staleSeconds };
}

function cacheControl(header: string): Map<string, string> {
  const directives = new Map<string, string>();
  for (const part of header.toLowerCase().split(",")) {
    const [name = "", value = ""] = part.split("=", 2);
    if (name.trim() !== "") directives.set(name.trim(), value.trim().replaceAll('"', ""));
  }
  return directives;
}

/** What is not a number of seconds allows nothing; what is not said forbids nothing. */
function seconds(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  return /^\d{1,10}$/.test(text) ? Number(text) : 0;
}
