// What every handler of the edge Worker has: the bindings, and who is calling.
import type { Context } from "hono";
import type { Credential } from "../../src/http/keys.ts";
import type { Settings } from "./settings.ts";

/** Read with c.get: c.var makes an object of all of them each time. */
export interface EdgeVariables {
  settings: Settings;
  credential: Credential;
  /** Epoch ms at the first line of the Worker. */
  startedAt: number;
  /** Whether the site keeps nothing of visitors who have not said yes. Absent for secret keys, which speak for their visitors. */
  requireConsent?: boolean;
}

export interface EdgeBindings {
  Bindings: EdgeEnv;
  Variables: EdgeVariables;
}

export type EdgeContext = Context<EdgeBindings>;
