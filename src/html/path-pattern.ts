// Patterns of paths, as the site's configuration names pages: `/pricing` is that page, `/p/*` that page and all below it, `/*` every
// page. No regular expression comes from a configuration: matching costs a comparison of strings, whatever the pattern is.

export interface PathPattern {
  /** Without the `/*`, and without a slash at its end; "" for every page. */
  readonly path: string;
  readonly below: boolean;
}

/** What a pattern may consist of: an absolute path without query, fragment, white space or dot segments. */
const FORM = /^\/[^\s?#*\\%]*$/;

/** @returns null when the text is no pattern */
export function parsePattern(text: string): PathPattern | null {
  const below = text.endsWith("/*");
  const path = below ? text.slice(0, -2) : text;
  if (path !== "" && !FORM.test(path)) return null;
  if (path.includes("//") || /\/\.{1,2}(?:\/|$)/.test(path)) return null;
  if ((!below && path === "") || !path.isWellFormed()) return null;
  // URLs come with what is not ASCII encoded.
  return { path: withoutSlash(path).replace(/[^\0-\x7f]+/g, encodeURIComponent), below };
}

/** @param path normalised */
export function matchesPath({ path: start, below }: PathPattern, path: string): boolean {
  if (!below) return path === start;
  return path.startsWith(start) && (path.length === start.length || path.charCodeAt(start.length) === 0x2f);
}

/** What stands at the `*`, from its slash on: "/x/y" of "/p/x/y" for `/p/*`. The path must match. */
export function restOf(pattern: PathPattern, path: string): string {
  return pattern.below ? path.slice(pattern.path.length) : "";
}

/**
 * A path in the one form that patterns are held against, whatever it is written as: `/%70//x/../` and `/p` are the same page, since an
 * origin may take them for the same. Encoded characters of ASCII are decoded once, slashes are merged, dot segments resolved, the
 * slash at the end dropped ("/" becomes "").
 * @param pathname of a URL
 */
export function normalPath(pathname: string): string {
  if (!/%|\\|\/\/|\/\.|\/$/.test(pathname)) return pathname;
  const decoded = pathname
    .replace(/%([0-9a-f]{2})/gi, (encoded, hex: string) => {
      const byte = Number.parseInt(hex, 16);
      return byte < 0x80 ? String.fromCharCode(byte) : encoded.toUpperCase();
    })
    .replaceAll("\\", "/");
  const segments: string[] = [];
  for (const segment of decoded.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") segments.pop();
    else segments.push(segment);
  }
  return segments.length === 0 ? "" : `/${segments.join("/")}`;
}

/**
 * A path as anybody might read it who decides what it leads to: for what must not be missed. Cases are one, parameters of segments
 * (`/account;v=1`) count for nothing, and what was encoded several times is decoded as often.
 * @param pathname of a URL
 */
export function guardedPath(pathname: string): string {
  let path = pathname;
  for (let times = 0; times < 4; times++) {
    const next = normalPath(path.replace(/;[^/]*/g, ""));
    if (next === path) break;
    path = next;
  }
  return path.toLowerCase();
}

function withoutSlash(path: string): string {
  return path.endsWith("/") ? path.slice(0, -1) : path;
}

/** Values by pattern: the exact page first, then the longest start. */
export class PathTable<T> {
  readonly #exact = new Map<string, T>();
  readonly #below: { readonly pattern: PathPattern; readonly value: T }[] = [];

  /** Patterns that are none are left out: the schema has refused them. */
  constructor(entries: Iterable<readonly [pattern: string, value: T]>) {
    for (const [text, value] of entries) {
      const pattern = parsePattern(text);
      if (pattern === null) continue;
      if (pattern.below) this.#below.push({ pattern, value });
      else this.#exact.set(pattern.path, value);
    }
    this.#below.sort((a, b) => b.pattern.path.length - a.pattern.path.length);
  }

  /** @param path normalised */
  find(path: string): T | undefined {
    return this.#exact.get(path) ?? this.#below.find(({ pattern }) => matchesPath(pattern, path))?.value;
  }

  /** What stands at the `*` of the pattern that holds, from its slash on; "" where nothing does. @param path normalised */
  restOf(path: string): string {
    const found = this.#exact.has(path) ? undefined : this.#below.find(({ pattern }) => matchesPath(pattern, path));
    return found === undefined ? "" : restOf(found.pattern, path);
  }
}
