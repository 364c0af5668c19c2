// Who the site itself says that the visitor is, by its JWT. Everything that is wrong with one is nobody.
import type { JwtConfig } from "../../../src/html/identity-schema.ts";
import { KeySets } from "../../../src/http/jwks.ts";
import { type JwtVerdict, presentedJwt, verifyJwt } from "../../../src/http/site-jwt.ts";
import { utf8 } from "../../../src/kernels/bytes.ts";
import { runtimeTimer, withinBudget } from "../../../src/telemetry/budget.ts";
import type { EdgeContext } from "../context.ts";
import { remoteOf } from "./hosts.ts";

const keySets = new KeySets();

/** Longer than that no page waits for keys which the isolate does not have yet. */
const WAIT_MS = 50;

/** @param isNeeded the answer depends on it: keys are waited for */
export async function siteUser(c: EdgeContext, rules: JwtConfig, now: number, isNeeded: boolean): Promise<JwtVerdict> {
  const token = presentedJwt(c.req.raw.headers, rules);
  if (token === null) return { problem: "missing" };
  const key = keyOf(c, rules);
  if (key === null) return { problem: "no_keys" };
  const verifying = verifyJwt(token, rules, key, now);
  if (isNeeded) return verifying;
  const verdict = await withinBudget(verifying, WAIT_MS, runtimeTimer);
  return "value" in verdict ? verdict.value : { problem: "no_keys" };
}

function keyOf(c: EdgeContext, { jwks }: JwtConfig): Parameters<typeof verifyJwt>[2] | null {
  if (jwks === undefined) {
    const secret = c.env.NOWCAST_JWT_SECRET?.trim();
    if (secret) return utf8(secret);
    console.error({ message: "the configuration names a shared secret, and NOWCAST_JWT_SECRET is not set" });
    return null;
  }
  if (remoteOf(c.env, jwks) === null) {
    console.error({ message: "the key set is at a host that ORIGIN_HOSTS does not name", jwks });
    return null;
  }
  return keySets.keysAt(jwks, {
    fetch: (url, init) => fetch(url, init),
    now: Date.now,
    waitUntil: (work) => c.executionCtx.waitUntil(work),
  });
}
