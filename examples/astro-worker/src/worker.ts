// The whole of it: what the site would answer by itself, and Nowcast around it.
import { withNowcast } from "nowcast/fetch";

interface Bindings {
  /** What `astro build` has made. */
  readonly ASSETS: Fetcher;
  readonly NOWCAST: Fetcher;
  readonly NOWCAST_PAGE_KEY: string;
}

const site = {
  fetch: (request: Request, env: Bindings) => env.ASSETS.fetch(request),
};

export default withNowcast(site, (env) => ({
  service: env.NOWCAST,
  pageKey: env.NOWCAST_PAGE_KEY,
  templates: { card: '<li><a href="{{url}}">{{title}}</a> {{money}}</li>' },
  slots: { "/": ["home"] },
}));
