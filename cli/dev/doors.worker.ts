// Which Worker a local request is for. wrangler gives HTTP to its first Worker only, so this is the first, and tells them
// apart by the port that the browser asked for: the API, the shop through Nowcast, the shop alone.

interface Door {
  fetch(request: Request): Promise<Response>;
}

interface Doors {
  readonly API: Door;
  readonly SITE: Door;
  readonly SHOP: Door;
  readonly SITE_PORT: string;
  readonly SHOP_PORT: string;
}

export default {
  fetch(request: Request, { API, SITE, SHOP, SITE_PORT, SHOP_PORT }: Doors): Promise<Response> {
    const { port } = new URL(request.url);
    return (port === SITE_PORT ? SITE : port === SHOP_PORT ? SHOP : API).fetch(request);
  },
};
