// Where Nowcast's own paths begin: at the root of a host of its own, below /_nowcast on a host that it shares with a site.
import { getPath } from "hono/utils/url";

const SHARED = "/_nowcast";

type Placed = Pick<EdgeEnv, "ORIGIN">;

/** "" on a host of its own. */
export function basePathOf(env: Placed): "" | typeof SHARED {
  return env.ORIGIN ? SHARED : "";
}

/** Whether a request is for Nowcast and not for the site behind it. */
export function isOwn(request: Request, env: Placed): boolean {
  return !env.ORIGIN || stripped(getPath(request)) !== null;
}

/** The path below the base path: what routes are written for. */
export function routedPath(request: Request, options?: { readonly env?: unknown }): string {
  const path = getPath(request);
  return (options?.env as Placed | undefined)?.ORIGIN ? (stripped(path) ?? path) : path;
}

function stripped(path: string): string | null {
  if (!path.startsWith(SHARED)) return null;
  if (path.length === SHARED.length) return "/";
  return path.charCodeAt(SHARED.length) === 47 ? path.slice(SHARED.length) : null;
}
