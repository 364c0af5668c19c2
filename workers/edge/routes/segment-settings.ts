// GET /v1/projects/KEY/settings: the document that analytics.js asks its CDN for before it does anything. It sends the
// client's calls here, so that a site changes the client's `cdnURL` and nothing else.
import { credentialOf } from "../../../src/http/keys.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import type { EdgeContext } from "../context.ts";
import { limitAddress } from "../guard.ts";
import { settingsOf } from "../settings.ts";

const CACHED_SECONDS = 300;

export async function segmentSettings(c: EdgeContext): Promise<Response> {
  await limitAddress(c);
  const key = c.req.param("key") ?? "";
  if (kindOf(key, (await settingsOf(c.env)).keys) === "secret") {
    throw new ProblemError(403, "secret_key_in_url", "A browser is given a public key (pk_…), never a secret one.");
  }
  const { host, pathname, protocol } = baseOf(c);
  const nowcast = {
    apiKey: key,
    apiHost: `${host}${pathname.replace(/\/$/, "")}/v1`,
    protocol: protocol.slice(0, -1),
    unbundledIntegrations: [],
    addBundledMetadata: false,
  };
  const body = {
    integrations: { "Segment.io": nowcast },
    plan: {},
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    remotePlugins: [],
  };
  return c.json(body, 200, { "cache-control": `private, max-age=${CACHED_SECONDS}` });
}

/** Where the browser has Nowcast: here, or below a path of a site whose own Worker passes its requests on and says so. */
function baseOf(c: EdgeContext): URL {
  const own = new URL(c.req.url);
  own.pathname = own.pathname.slice(0, own.pathname.lastIndexOf("/v1/projects/"));
  const told = URL.parse(c.req.header("x-nowcast-base") ?? "");
  return told !== null && /^https?:$/.test(told.protocol) ? told : own;
}

/** @throws ProblemError 404 for a key that is not known */
function kindOf(key: string, ring: Parameters<typeof credentialOf>[1]): "public" | "secret" {
  try {
    return credentialOf(key, ring).kind;
  } catch {
    throw new ProblemError(404, "key_unknown", "The write key is not known.");
  }
}
