// Nowcast's own paths on the site's host: the script, and what it sends. They pass on to Nowcast with the visitor's token, which
// no script can read, and bring back the one that is to be kept.

import { cookieOf } from "../src/http/cookies.ts";
import type { NowcastApi } from "./api.ts";
import { CHOICE_COOKIE, choiceOf } from "./consent.ts";
import { type CarriedToken, cookieFor, noCookie, readToken, tokenOf } from "./visitor-cookie.ts";

/** Nothing that a browser sends to the site is Nowcast's business, but this. */
const PASSED_ON = [
  "accept",
  "authorization",
  "cf-connecting-ip",
  "content-encoding",
  "content-type",
  "if-none-match",
  "sec-gpc",
  "user-agent",
  "x-nowcast-visitor",
];
/** Whose answers may bring a new token. */
const TELLS_TOKENS = /^\/v1\/(?:events|decide|consent|users\/[^/]+\/consent)$/;
const IS_CHOICE = /\/consent$/;

/** The path that Nowcast knows, null for a path of the site's. */
export function ownPath(url: URL, basePath: string | null): string | null {
  if (basePath === null || !url.pathname.startsWith(`${basePath}/`)) return null;
  return url.pathname.slice(basePath.length);
}

export interface ForwardPorts {
  readonly api: NowcastApi;
  readonly requireConsent: boolean;
}

/** @param path that Nowcast knows. @throws what the way to Nowcast throws */
export async function forward(
  request: Request,
  path: string,
  { api, requireConsent }: ForwardPorts,
): Promise<Response> {
  const headers = new Headers();
  for (const name of PASSED_ON) {
    const value = request.headers.get(name);
    if (value !== null) headers.set(name, value);
  }
  const token = readToken(request);
  if (token !== null && !headers.has("x-nowcast-visitor")) headers.set("x-nowcast-visitor", token.text);
  const choice = cookieOf(request.headers.get("cookie"), CHOICE_COOKIE);
  if (choice !== null) headers.set("cookie", `${CHOICE_COOKIE}=${choice}`);
  const { origin, pathname, search } = new URL(request.url);
  // Where the browser has Nowcast: what it is told to ask next must be there.
  headers.set("x-nowcast-base", `${origin}${pathname.slice(0, pathname.length - path.length)}`);
  const answer = await api.forward(`${path}${search}`, {
    method: request.method,
    headers,
    ...(request.body === null ? {} : { body: request.body, duplex: "half" }),
  } as RequestInit);
  // A choice is kept whatever it is.
  const mayKeep = (token: CarriedToken): boolean =>
    IS_CHOICE.test(path) || choiceOf(request, token, requireConsent)?.personalization !== false;
  return TELLS_TOKENS.test(path) ? withCookie(answer, request, mayKeep) : answer;
}

/** The answer with its token in a cookie instead of in its body. */
async function withCookie(
  answer: Response,
  request: Request,
  mayKeep: (token: CarriedToken) => boolean,
): Promise<Response> {
  const text = await answer.text();
  const headers = new Headers(answer.headers);
  // It has been read: whatever it was packed in, it is not any more.
  for (const name of ["content-length", "content-encoding"]) headers.delete(name);
  const { visitorToken, ...rest } = parsed(text);
  const token = tokenOf(visitorToken);
  if (answer.ok && token !== null && mayKeep(token)) headers.append("set-cookie", cookieFor(token, request));
  else if (hasLost(answer.status, rest)) headers.append("set-cookie", noCookie(request));
  const { status, statusText } = answer;
  const body = visitorToken === undefined ? text : JSON.stringify(rest);
  return new Response(body === "" ? null : body, { status, statusText, headers });
}

/** Whether the token holds no longer: it is refused, or its visitor refuses to be known by it. */
function hasLost(status: number, { code, consent }: Readonly<Record<string, unknown>>): boolean {
  if (status === 401) return String(code).startsWith("visitor_token_");
  return typeof consent === "object" && consent !== null && Object.hasOwn(consent, "personalization")
    ? (consent as Readonly<Record<string, unknown>>).personalization === false
    : false;
}

function parsed(text: string): { readonly visitorToken?: unknown; readonly [field: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
