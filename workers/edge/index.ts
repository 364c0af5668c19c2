// The edge Worker: the one with HTTP.
import { createApp } from "./app.ts";
import { isOwn } from "./base-path.ts";
import { createSite } from "./site/app.ts";

export { Middleware } from "./middleware.ts";

const app = createApp();
const site = createSite();

export default {
  fetch: (request, env, ctx) => (isOwn(request, env) ? app : site).fetch(request, env, ctx),
} satisfies ExportedHandler<EdgeEnv>;
