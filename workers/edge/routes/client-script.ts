// GET /nowcast.js and its adapters: the browser's scripts. Their addresses do not change, so they are asked for again after an
// hour, by the hash of what they hold; pages of any origin may load them.
import { CLIENT_SCRIPTS } from "../client-scripts.ts";
import type { EdgeContext } from "../context.ts";

const FRESH_S = 3600;
/** How long an old one serves while the new one is fetched. */
const STALE_S = 86_400;

export function clientScript(name: string): (c: EdgeContext) => Response {
  const { hash, text } = CLIENT_SCRIPTS[name] as (typeof CLIENT_SCRIPTS)[string];
  const etag = `"${hash}"`;
  const headers = {
    "content-type": "text/javascript; charset=utf-8",
    "cache-control": `public, max-age=${FRESH_S}, stale-while-revalidate=${STALE_S}`,
    etag,
    "access-control-allow-origin": "*",
    "cross-origin-resource-policy": "cross-origin",
    "x-content-type-options": "nosniff",
  };
  return (c) => {
    const known = c.req.header("if-none-match")?.split(/\s*,\s*/) ?? [];
    // A proxy that compresses makes the tag a weak one.
    if (known.some((tag) => tag === "*" || tag.replace(/^W\//, "") === etag)) {
      return new Response(null, { status: 304, headers });
    }
    return new Response(text, { headers });
  };
}
