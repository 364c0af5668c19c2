// Cookies of a request.

/**
 * The value of a cookie; null without it, and where it stands twice with different values: a subdomain or a path may have put a
 * second one there, and nobody can tell which one counts.
 */
export function cookieOf(header: string | null, name: string): string | null {
  let found: string | null = null;
  for (const pair of header?.split(";") ?? []) {
    const at = pair.indexOf("=");
    if (at < 0 || pair.slice(0, at).trim() !== name) continue;
    const value = pair.slice(at + 1).trim();
    if (found !== null && found !== value) return null;
    found = value;
  }
  return found;
}

/** Names of all cookies, as they stand. */
export function cookieNames(header: string | null): string[] {
  return (header?.split(";") ?? []).flatMap((pair) => {
    const name = (pair.split("=", 1)[0] as string).trim();
    return name === "" ? [] : [name];
  });
}

/** Holds the visitor token: see workers/edge/visitor-cookie.ts. */
export const VISITOR_COOKIE = "nowcast_visitor";

/** A Cookie header without those of a name; null when none is left. */
export function withoutCookie(header: string, name: string): string | null {
  if (!header.includes(name)) return header;
  const others = header.split(";").filter((pair) => pair.slice(0, pair.indexOf("=")).trim() !== name);
  return others.length === 0 ? null : others.join(";").trim();
}
