// What a copy of a page is kept under: all that the origin is told when the copy is fetched, and nothing else. So nothing that one
// visitor sends can end up in what another one gets.

export interface CopyRequest {
  /** What the origin is asked for: query parameters of visitors' own left out, the others in one order. */
  readonly url: string;
  /** Scheme and host by which the site was asked for: origins make links of it. */
  readonly publicOrigin: string;
  /** Which variants the page is for; "" for none. */
  readonly variant: string;
}

/**
 * @param url of the origin's page
 * @param privateParameters names, or starts of names that end with a `*`
 */
export function copyRequest(
  url: URL,
  privateParameters: readonly string[],
  { publicOrigin, variant }: Pick<CopyRequest, "publicOrigin" | "variant">,
): CopyRequest {
  const kept = [...url.searchParams].filter(([name]) => !matchesAny(name, privateParameters));
  // A stable sort: what stands twice keeps its order, which may mean something.
  kept.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const query = new URLSearchParams(kept).toString();
  return { url: `${url.origin}${url.pathname}${query === "" ? "" : `?${query}`}`, publicOrigin, variant };
}

/** The key as the Cache API wants it: a URL. */
export function cacheKey(site: string, { url, publicOrigin, variant }: CopyRequest): string {
  const parts = [site, publicOrigin, variant, url].map(encodeURIComponent).join("/");
  return `https://pages.nowcast.invalid/${parts}`;
}

/** Parameters that tell where a click came from, and nothing of the page. */
export const PRIVATE_PARAMETERS: readonly string[] = [
  "utm_*",
  "gclid",
  "gbraid",
  "wbraid",
  "dclid",
  "fbclid",
  "msclkid",
  "ttclid",
  "twclid",
  "igshid",
  "mc_cid",
  "mc_eid",
  "_ga",
  "_gl",
];

/** @param patterns names, or starts of names that end with a `*` */
export function matchesAny(name: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => (pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
}
