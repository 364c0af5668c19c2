// What the site's configuration makes of one request, before the origin is asked: who may see it, where it goes, in which variants
// the page is shown, and which edits are made. Nothing here waits for a profile: what depends on one is settled later, at the
// element that it is about, or not at all.
import { isbot } from "isbot";
import { type ForWhom, type Variants, variantHeader } from "../../../src/experiments/site-plan.ts";
import { gateOf, matchesOneOf } from "../../../src/html/compile-site.ts";
import type { BodyEdit } from "../../../src/html/edited-body.ts";
import { matchesPath, normalPath } from "../../../src/html/path-pattern.ts";
import { mayBePage } from "../../../src/html/personalize.ts";
import { destinationOf, type Redirect, redirectOf } from "../../../src/html/routing.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import type { Traits } from "../../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "../context.ts";
import { isLocal } from "../settings.ts";
import type { HeldConfig } from "../site-configs.ts";
import { gateAnswer } from "./gate.ts";
import { remoteOf } from "./hosts.ts";
import { PageAudience } from "./page-audience.ts";
import { siteUser } from "./site-user.ts";
import { beginVisit } from "./visit.ts";
import { type SiteVisitor, whoVisits } from "./who.ts";

export interface SitePlan {
  /** Instead of the page. */
  readonly answer: Response | null;
  /** Null where it does not matter to the plan. */
  readonly who: SiteVisitor | null;
  readonly variants: Variants;
  /** For the origin to read; "" without any. */
  readonly variantHeader: string;
  readonly origin: URL | null;
  readonly path: string | null;
  readonly edits: readonly BodyEdit[];
  /** Cookies of experiments that ask for one, by name; null: not to be sent to the origin, whoever made it up. */
  readonly cookies: ReadonlyMap<string, string | null>;
  /** Set-Cookie lines for them: the browser's scripts are to know the variants. */
  readonly cookieLines: readonly string[];
  readonly isGated: boolean;
  /** What the visitor's profile says, as soon as anybody knows. */
  readonly learnFrom: (visit: { readonly traits: Traits | null }) => void;
}

/** For a request that the configuration says nothing of. */
export const NO_PLAN: SitePlan = {
  answer: null,
  who: null,
  variants: new Map(),
  variantHeader: "",
  origin: null,
  path: null,
  edits: [],
  cookies: new Map(),
  cookieLines: [],
  isGated: false,
  learnFrom: () => {},
};

/** @throws ProblemError 401, 403 or 502: what a gate or a forbidden origin says */
export async function planOf(c: EdgeContext, held: HeldConfig): Promise<SitePlan> {
  const { config, gates, routes } = held;
  if (!held.needsPlan) return NO_PLAN;
  const request = c.req.raw;
  const url = new URL(request.url);
  const path = normalPath(url.pathname);
  const gate = gateOf(gates, path);
  const isPageLike = mayBePage(request);
  const isRouted = routes.some(({ pattern }) => matchesPath(pattern, path));
  if (gate === undefined && !isPageLike && !isRouted) return NO_PLAN;
  const { jwt } = config.identity;
  const now = Date.now();
  const verdict = jwt === undefined ? null : await siteUser(c, jwt, now, gate !== undefined);
  const refused = gate === undefined ? null : gateAnswer(gate, verdict ?? { problem: "missing" }, request);
  if (refused !== null) return { ...NO_PLAN, answer: refused };

  const who = await whoVisits(c, verdict);
  const page = held.pages.find(path);
  // Declared bots are nobody's audience: they are shown, and index, what stands there.
  const isPlain = page?.personalize === false || (page?.bots !== "personalized" && isbot(c.req.header("user-agent")));
  const audience = isPlain ? null : new PageAudience(c, held, who, path);
  const isForVisitor = (whom: ForWhom): boolean =>
    audience === null ? isForAll(whom) : audience.verdict(whom) === true;
  const variants = audience?.variants ?? new Map<string, string>();
  const cookies = cookiesOf(held, variants);
  const plan = {
    ...NO_PLAN,
    who,
    variants,
    variantHeader: variantHeader(variants),
    cookies,
    cookieLines: cookieLines(c, cookies),
    isGated: gate !== undefined,
    learnFrom: (visit: { readonly traits: Traits | null }) => audience?.learnFrom(visit),
  };
  const destination = destinationOf(url, routes, isForVisitor);
  const redirect = destination?.redirect ?? (isPageLike ? redirectByEdit(url, path, held, isForVisitor) : null);
  if (redirect !== null && redirect !== undefined) {
    return { ...plan, answer: await redirectAnswer(c, redirect, plan) };
  }
  const origin = destination?.origin === undefined ? null : remoteOf(c.env, destination.origin);
  if (destination?.origin !== undefined && origin === null) {
    throw new ProblemError(
      502,
      "origin_not_allowed",
      "The deployment does not allow the host that this path leads to.",
    );
  }
  // What is reached by another path is behind that path's gate, too.
  const inner = destination?.path === undefined ? undefined : gateOf(gates, normalPath(destination.path));
  const kept = inner === undefined ? null : gateAnswer(inner, verdict ?? { problem: "missing" }, request);
  return {
    ...plan,
    answer: kept,
    origin,
    path: destination?.path ?? null,
    edits: audience === null || !isPageLike ? [] : editsOf(path, held, audience),
    isGated: plan.isGated || inner !== undefined,
  };
}

const isForAll = ({ audience, experiment }: ForWhom): boolean => audience === undefined && experiment === undefined;

function editsOf(path: string, { edits }: HeldConfig, audience: PageAudience): BodyEdit[] {
  return edits.flatMap(({ config, pages }): BodyEdit[] => {
    if (config.redirect !== undefined || matchesOneOf(pages, path) === undefined) return [];
    const { changes = [], css } = config;
    if (audience.verdict(config) === false) return [];
    return [{ changes, css, applies: () => audience.verdict(config) === true }];
  });
}

function redirectByEdit(
  url: URL,
  path: string,
  { edits }: HeldConfig,
  isForVisitor: (whom: ForWhom) => boolean,
): Redirect | null {
  for (const { config, pages } of edits) {
    const pattern = config.redirect === undefined ? undefined : matchesOneOf(pages, path);
    if (pattern === undefined || config.redirect === undefined || !isForVisitor(config)) continue;
    const redirect = redirectOf(url, pattern, config.redirect);
    if (redirect !== null) return redirect;
  }
  return null;
}

/** The visitor's cookie goes along: the page behind the redirect must know them again. */
async function redirectAnswer(c: EdgeContext, { location, status }: Redirect, plan: SitePlan): Promise<Response> {
  const headers = new Headers({ location, "cache-control": "private, no-store" });
  if (plan.who !== null && plan.variants.size > 0) {
    const visit = await beginVisit(c, plan.who, plan);
    for (const [name, value] of visit.headers()) headers.append(name, value);
  }
  return new Response(null, { status, headers });
}

function cookiesOf({ experiments }: HeldConfig, variants: Variants): Map<string, string | null> {
  return new Map(
    experiments.flatMap(({ key, config: { cookie } }) =>
      cookie === undefined ? [] : [[cookie, variants.get(key) ?? null] as const],
    ),
  );
}

const COOKIE_SECONDS = 90 * 86_400;

function cookieLines(c: EdgeContext, cookies: ReadonlyMap<string, string | null>): string[] {
  const secure = isLocal(c.env) && c.req.url.startsWith("http:") ? "" : " Secure;";
  return [...cookies].flatMap(([name, variant]) =>
    variant === null ? [] : [`${name}=${variant}; Path=/; Max-Age=${COOKIE_SECONDS};${secure} SameSite=Lax`],
  );
}
