// `personalize` as middleware of Hono.
import type { MiddlewareHandler } from "hono";
import type { NowcastOptions } from "./options.ts";
import { createSite } from "./site.ts";

export type { NowcastAddress, NowcastOptions, NowcastService, NowcastSettings } from "./options.ts";

/**
 * Personalizes the pages that handlers after it answer.
 *
 * @example
 * app.use(personalize((env: Env) => ({ service: env.NOWCAST })));
 */
// biome-ignore lint/suspicious/noExplicitAny: an app's bindings are its own
export function personalize<Env = any>(options: NowcastOptions | ((env: Env) => NowcastOptions)): MiddlewareHandler {
  const answer = createSite<Env>(options);
  return async (c, next) => {
    const answered = await answer({
      request: c.req.raw,
      env: c.env as Env,
      waitUntil: (work) => waitUntil(() => c.executionCtx.waitUntil(work)),
      respond: async (request) => {
        c.req.raw = request;
        await next();
        return c.res;
      },
    });
    if (answered !== c.res) {
      // Assigned twice, since Hono keeps the headers of an answer that another one replaces.
      c.res = undefined;
      c.res = answered;
    }
  };
}

/** Runtimes other than Workers have no such context: Hono throws where it is asked for. */
function waitUntil(keep: () => void): void {
  try {
    keep();
  } catch {
    // The work goes on as long as the process does.
  }
}
