// GET /healthz: whether this deployment can work, and what it lacks. Open to all, tells no secrets.
import { readKeyRing } from "../../../src/http/keys.ts";
import type { EdgeContext } from "../context.ts";
import { isLocal, missingSecrets } from "../settings.ts";

export function getHealth(c: EdgeContext): Response {
  const problems = missingSecrets(c.env).map((name) => `the secret ${name} is not set`);
  problems.push(...readKeyRing(c.env.NOWCAST_KEYS ?? "", isLocal(c.env)).problems);
  const ok = problems.length === 0;
  return c.json({ status: ok ? "ok" : "misconfigured", problems }, ok ? 200 : 503);
}
