// What stands before every handler: rate limit, then the key. Both come before a byte of the body is parsed.
import type { MiddlewareHandler } from "hono";
import { authenticate, requireSecret } from "../../src/http/keys.ts";
import { ProblemError } from "../../src/http/problem.ts";
import type { EdgeBindings, EdgeContext } from "./context.ts";
import { settingsOf } from "./settings.ts";
import { siteConfigOf } from "./site-config-of.ts";

export interface GuardOptions {
  /** Only a secret key may pass. */
  readonly secret?: boolean;
  /** The key may stand in the URL, for beacons. */
  readonly keyInUrl?: boolean;
  /**
   * The key may stand in the body, which the handler reads: until it has, such a request is limited like an anonymous one
   * and there is no credential.
   */
  readonly keyInBody?: boolean;
}

/** Limits what comes from one address. @throws ProblemError 429 */
export async function limitAddress(c: EdgeContext): Promise<void> {
  const address = c.req.header("cf-connecting-ip") ?? "unknown";
  const { success } = await c.env.RATE_LIMITER.limit({ key: address });
  if (success) return;
  throw new ProblemError(429, "rate_limited", "Too many requests from this address; try again in 10 seconds.", {
    headers: { "retry-after": "10" },
  });
}

/** @throws ProblemError 401, 403 or 429 */
export function guard(options: GuardOptions = {}): MiddlewareHandler<EdgeBindings> {
  return async (c, next) => {
    const settings = await settingsOf(c.env);
    if (options.keyInBody && !c.req.header("authorization")) {
      await limitAddress(c);
      c.set("settings", settings);
      return next();
    }
    let credential: ReturnType<typeof authenticate>;
    try {
      credential = authenticate(c.req.raw, settings.keys, options.keyInUrl ?? false);
    } catch (problem) {
      // Guessing keys is limited like any other anonymous traffic.
      await limitAddress(c);
      throw problem;
    }
    if (credential.kind === "public") {
      await limitAddress(c);
      await holdToConsent(c, credential.site);
    }
    if (options.secret) requireSecret(credential);
    c.set("settings", settings);
    c.set("credential", credential);
    return next();
  };
}

/** What visitors of the site must have said before anything is kept of them: for callers with a public key. */
export async function holdToConsent(c: EdgeContext, site: string): Promise<void> {
  c.set("requireConsent", (await siteConfigOf(c, site)).config.identity.requireConsent);
}

/** Whether log times stand for receipt times. @throws ProblemError 403 when a public key asks for it */
export function isReplay(request: Request, kind: "public" | "secret"): boolean {
  const replay = request.headers.get("nowcast-replay") === "true";
  if (replay && kind !== "secret") {
    throw new ProblemError(403, "secret_key_required", "The header Nowcast-Replay needs a secret key (sk_…).");
  }
  return replay;
}
