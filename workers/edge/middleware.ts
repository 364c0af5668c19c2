// What a site's own Worker binds to, for `nowcast/hono` and `nowcast/fetch`:
//   [[services]] binding = "NOWCAST", service = "nowcast", entrypoint = "Middleware"
// A binding is made by whoever deploys both Workers, so that the one who has it needs no key. What a browser sends goes
// through `fetch`, and is nobody's word but the browser's.
import { WorkerEntrypoint } from "cloudflare:workers";
import { secretKeyOf } from "../../src/http/keys.ts";
import { createApp } from "./app.ts";
import { settingsOf } from "./settings.ts";

interface Props {
  /** Of `[services.props]`; by default the site `default`. */
  readonly site?: string;
}

/** Made when it is first asked for: most isolates serve no binding. */
let made: ReturnType<typeof createApp> | null = null;
function app(): ReturnType<typeof createApp> {
  made ??= createApp();
  return made;
}

export class Middleware extends WorkerEntrypoint<EdgeEnv, Props> {
  /** The API, as anybody asks it. */
  override fetch(request: Request): Response | Promise<Response> {
    return app().fetch(request, this.env, this.ctx);
  }

  /** The API, as the site's server asks it. @throws Error when the site has no secret key */
  async asServer(request: Request): Promise<Response> {
    const site = this.ctx.props?.site ?? "default";
    const key = secretKeyOf((await settingsOf(this.env)).keys, site);
    if (key === null) throw new Error(`the site ${site} has no secret key`);
    const headers = new Headers(request.headers);
    headers.set("authorization", `Bearer ${key}`);
    return app().fetch(new Request(request, { headers }), this.env, this.ctx);
  }
}
