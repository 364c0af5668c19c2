// The site behind Nowcast: requests go to it as they came, but for what is ours, and its answers come back as they are.
import { VISITOR_COOKIE, withoutCookie } from "../../../src/http/cookies.ts";
import { ProblemError } from "../../../src/http/problem.ts";

const LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

let held: { readonly text: string; readonly isLocal: boolean; readonly url: URL } | null = null;

/** The configured origin. @throws ProblemError 503 when it is none that may be asked */
export function originOf(env: { readonly ORIGIN: string; readonly NOWCAST_ENV: string }): URL {
  const local = env.NOWCAST_ENV === "local";
  if (held?.text === env.ORIGIN && held.isLocal === local) return held.url;
  const url = URL.parse(env.ORIGIN);
  const mayAsk =
    url?.protocol === "https:" || (url?.protocol === "http:" && local && LOCAL_HOSTS.includes(url.hostname));
  if (url === null || !mayAsk || url.username !== "" || url.pathname !== "/" || url.search !== "" || url.hash !== "") {
    const detail = "ORIGIN must be the https URL of a host, such as https://shop.example, without a path.";
    throw new ProblemError(503, "origin_invalid", detail);
  }
  held = { text: env.ORIGIN, isLocal: local, url };
  return url;
}

/** What of the site's configuration the origin gets to see. */
export interface OriginPlan {
  /** Asked for instead of the browser's. */
  readonly path: string | null;
  /** "" for none. */
  readonly variantHeader: string;
  /** By name; null for one that is not to be sent, whoever made it up. */
  readonly cookies: ReadonlyMap<string, string | null>;
}

/** On all that we ask of origins: who gets it back is asked by itself, over another name. */
export const FORWARDED = "nowcast-forwarded";
/** By which some servers would answer for another path, host or method than those that were asked for, and looked at here. */
const OVERRIDES = ["x-original-url", "x-rewrite-url", "x-override-url", "x-http-method-override", "forwarded"];

/**
 * The request as the origin gets it. Headers say who asks and for which host; what visitors send under our names goes no further.
 * @throws ProblemError 508 where the origin leads back to Nowcast
 */
export function originRequest(request: Request, origin: URL, plan: OriginPlan): Request {
  const url = new URL(request.url);
  const headers = new Headers(request.headers);
  if (url.host === origin.host || headers.has(FORWARDED)) {
    throw new ProblemError(508, "origin_loop", "The origin leads back to this host; set ORIGIN to the host behind it.");
  }
  for (const name of [...headers.keys()]) if (name.startsWith("x-nowcast-")) headers.delete(name);
  for (const name of OVERRIDES) headers.delete(name);
  headers.set(FORWARDED, "1");
  headers.set("x-forwarded-host", url.host);
  headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
  const address = headers.get("cf-connecting-ip");
  if (address !== null) headers.set("x-forwarded-for", address);
  else headers.delete("x-forwarded-for");
  const cookies = headers.get("cookie");
  const others = withVariants(cookies === null ? null : withoutCookie(cookies, VISITOR_COOKIE), plan.cookies);
  if (others === null) headers.delete("cookie");
  else if (others !== cookies) headers.set("cookie", others);
  if (plan.variantHeader !== "") headers.set("x-nowcast-variant", plan.variantHeader);
  if (plan.path !== null) url.pathname = plan.path;
  url.protocol = origin.protocol;
  url.host = origin.host;
  url.port = origin.port;
  return new Request(url, { ...bodyOf(request), method: request.method, headers, redirect: "manual" });
}

function withVariants(cookies: string | null, variants: OriginPlan["cookies"]): string | null {
  if (variants.size === 0) return cookies;
  const others = (cookies ?? "").split(";").filter((pair) => {
    const name = pair.split("=", 1)[0]?.trim() ?? "";
    return name !== "" && !variants.has(name);
  });
  const ours = [...variants].flatMap(([name, variant]) => (variant === null ? [] : [`${name}=${variant}`]));
  const all = [...others.map((pair) => pair.trim()), ...ours];
  return all.length === 0 ? null : all.join("; ");
}

function bodyOf(request: Request): { body?: ReadableStream } {
  return request.body === null ? {} : { body: request.body };
}

/** What a page is asked for with: encodings that can be undone to look into it, and no copy of another visitor's. */
export function asPageRequest(request: Request): Request {
  const accepted = request.headers.get("accept-encoding");
  if (accepted === null) return request;
  const known = accepted.split(",").filter((one) => /^\s*(?:gzip|br|identity|\*)\s*(?:;|$)/i.test(one));
  const headers = new Headers(request.headers);
  headers.set("accept-encoding", known.length === 0 ? "identity" : known.join(","));
  return new Request(request, { headers, redirect: "manual" });
}

/** Redirects to the origin's host lead to ours: visitors stay in front of it. */
export function answerOf(response: Response, origin: URL, requestUrl: string): Response {
  const location = response.headers.get("location");
  if (location === null || response.status === 101) return response;
  const target = URL.parse(location, new URL(new URL(requestUrl).pathname, origin));
  if (target === null || target.host !== origin.host || !/^(?:[a-z]+:)?\/\//i.test(location)) return response;
  const own = new URL(requestUrl);
  target.protocol = own.protocol;
  target.host = own.host;
  target.port = own.port;
  const headers = new Headers(response.headers);
  headers.set("location", target.href);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}
