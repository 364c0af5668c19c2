// Where a request goes: the first rule for its path whose audience and variant are the visitor's. A rule is looked at once and never
// again for where it leads, so that no rewrite can loop; a redirect to where one already is, is none.
import { matchesPath, normalPath, type PathPattern, parsePattern, restOf } from "./path-pattern.ts";
import type { RouteConfig } from "./route-schema.ts";

export interface Redirect {
  /** Absolute URL. */
  readonly location: string;
  readonly status: 301 | 302 | 303 | 307 | 308;
}

/** Whom a rule is for. */
export interface ForWhom {
  readonly audience?: string | undefined;
  readonly experiment?: string | undefined;
  readonly variant?: string | undefined;
}

export interface CompiledRoute {
  readonly rule: RouteConfig;
  readonly pattern: PathPattern;
}

export interface Destination {
  readonly redirect?: Redirect;
  /** What the origin is asked for, where it is not what the browser asked for. */
  readonly path?: string;
  /** URL of another origin. */
  readonly origin?: string;
}

export function compileRoutes(routes: readonly RouteConfig[]): CompiledRoute[] {
  return routes.flatMap((rule) => {
    const pattern = parsePattern(rule.path);
    return pattern === null ? [] : [{ rule, pattern }];
  });
}

/**
 * @param url of the request
 * @param isFor whether the visitor is one of those that a rule is for; what is not known yet is a no: routing waits for nothing
 * @returns null where the request goes where it asks
 */
export function destinationOf(
  url: URL,
  routes: readonly CompiledRoute[],
  isFor: (whom: ForWhom) => boolean,
): Destination | null {
  const path = normalPath(url.pathname);
  for (const { rule, pattern } of routes) {
    if (!matchesPath(pattern, path) || !isFor(rule)) continue;
    const { rewrite, origin, redirect } = rule;
    if (redirect !== undefined) {
      const found = redirectOf(url, pattern, redirect);
      if (found !== null) return { redirect: found };
      continue;
    }
    return {
      ...(rewrite === undefined ? {} : { path: carried(rewrite, pattern, path) }),
      ...(origin === undefined ? {} : { origin }),
    };
  }
  return null;
}

/**
 * The query goes along where the target has none of its own. @returns null where it leads to where the request is already
 * @param pattern that the path of `url` matches
 */
export function redirectOf(
  url: URL,
  pattern: PathPattern,
  { to, status }: { readonly to: string; readonly status: Redirect["status"] },
): Redirect | null {
  const target = new URL(carried(to, pattern, normalPath(url.pathname)), url.origin);
  if (target.search === "" && target.origin === url.origin) target.search = url.search;
  const stays =
    target.origin === url.origin &&
    target.search === url.search &&
    normalPath(target.pathname) === normalPath(url.pathname);
  return stays ? null : { location: target.href, status };
}

/** `/store/*` for `/shop/*` takes over what stands at the star. */
function carried(target: string, pattern: PathPattern, path: string): string {
  if (!target.endsWith("/*")) return target;
  // A path of slashes alone would name another host.
  return `${target.slice(0, -2)}${encoded(restOf(pattern, path)) || "/"}`.replace(/^\/{2,}/, "/");
}

/**
 * What a normalised path had decoded and a URL would take for something else: a line feed between two slashes is dropped, and the
 * slashes name another host; a question mark begins the query. What is not ASCII has stayed encoded.
 */
function encoded(path: string): string {
  return path.replace(/[\0- ?#\x7f]|%(?![89A-F][0-9A-F])/g, encodeURIComponent);
}

/** A rule that leads on, for the search of loops. */
interface Hop extends ForWhom {
  readonly pattern: PathPattern;
  readonly to: string;
}

/**
 * Redirects that lead back to where they began, for visitors for whom all of them hold.
 * @returns index of a rule of such a loop, or -1
 */
export function redirectLoop(rules: readonly (ForWhom & { readonly pattern: string; readonly to: string })[]): number {
  const hops = rules.flatMap((rule): Hop[] => {
    const pattern = parsePattern(rule.pattern);
    return pattern === null || !rule.to.startsWith("/") ? [] : [{ ...rule, pattern }];
  });
  return rules.findIndex((rule) => rule.to.startsWith("/") && loops(rule, hops));
}

function loops(start: ForWhom & { readonly to: string }, hops: readonly Hop[]): boolean {
  const seen = new Set<string>();
  for (let path = pathOf(start.to); ; ) {
    if (seen.has(path)) return true;
    seen.add(path);
    const next = hops.find(({ pattern, ...whom }) => matchesPath(pattern, path) && holdsToo(start, whom));
    if (next === undefined) return false;
    const reached = pathOf(carried(next.to, next.pattern, path));
    // A redirect to where one is already is skipped.
    if (reached === path) return false;
    path = reached;
  }
}

/** Whether whoever the first rule is for is one of those of the other. */
function holdsToo(first: ForWhom, other: ForWhom): boolean {
  const audience = other.audience === undefined || other.audience === first.audience;
  const variant =
    other.experiment === undefined || (other.experiment === first.experiment && other.variant === first.variant);
  return audience && variant;
}

function pathOf(target: string): string {
  return normalPath(target.split(/[?#]/, 1)[0] as string);
}
