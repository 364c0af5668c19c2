// A page of the origin from a copy, where the configuration keeps copies of it and the visitor is nobody to the origin.
import { normalPath } from "../../../src/html/path-pattern.ts";
import { cacheKey, copyRequest, PRIVATE_PARAMETERS } from "../../../src/http/cache-key.ts";
import { mayUseCopy } from "../../../src/http/cacheable.ts";
import type { EdgeContext } from "../context.ts";
import type { HeldConfig } from "../site-configs.ts";
import { FORWARDED } from "./origin.ts";
import { PageCopies } from "./page-copies.ts";
import type { SitePlan } from "./plan.ts";

const copies = new PageCopies();

/** @param request as the origin would get it. @returns null where the origin is to be asked by this request */
export async function copyOf(
  c: EdgeContext,
  request: Request,
  { pages, config }: HeldConfig,
  plan: SitePlan,
): Promise<Response | null> {
  const asked = c.req.raw;
  const own = new URL(asked.url);
  const rules = pages.find(normalPath(own.pathname))?.cache;
  if (rules === undefined || plan.isGated) return null;
  const { cache, identity } = config;
  if (!mayUseCopy(asked, cache.sessionCookies, identity.jwt?.cookie, [...plan.cookies.keys()])) return null;
  const copy = copyRequest(new URL(request.url), cache.privateParameters ?? PRIVATE_PARAMETERS, {
    publicOrigin: own.origin,
    variant: plan.variantHeader,
  });
  return copies.page(cacheKey(c.get("credential").site, copy), rules, {
    cache: caches.default,
    fetchCopy: () => fetch(copy.url, { redirect: "manual", headers: copyHeaders(own, copy.variant) }),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
    now: Date.now,
  });
}

/** All that the origin is told of who wants a copy: nothing. What it says here is in the key. */
function copyHeaders({ host, protocol }: URL, variant: string): Record<string, string> {
  return {
    accept: "text/html",
    "accept-encoding": "gzip",
    "user-agent": "Nowcast (page copy)",
    [FORWARDED]: "1",
    "x-forwarded-host": host,
    "x-forwarded-proto": protocol.slice(0, -1),
    ...(variant === "" ? {} : { "x-nowcast-variant": variant }),
  };
}
