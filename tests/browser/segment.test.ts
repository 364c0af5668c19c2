// Segment's client for browsers, unchanged: its calls arrive from another origin, in batches and one by one, and count once.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { AnalyticsBrowser } from "@segment/analytics-next";
import { build } from "esbuild";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeInBrowser, useBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { rowsInLake } from "../support/lake.ts";
import { HTML, useSite } from "../support/site.ts";
import { KEYS, useSystem } from "../support/system.ts";
import { readToken, tokenFor } from "../support/tokens.ts";

/** What the page's script leaves behind for the tests. */
declare const segment: { readonly AnalyticsBrowser: typeof AnalyticsBrowser };
declare const analytics: AnalyticsBrowser;

interface StoredProfile {
  readonly seq: number;
  readonly revenue: number;
  readonly touches: readonly { readonly itemId: string; readonly kind: string }[];
  readonly session: { readonly landing: string; readonly pageViews: number; readonly device: string };
}

/** The client as a site bundles it: `segment.AnalyticsBrowser`. */
async function bundledClient(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: 'export { AnalyticsBrowser } from "@segment/analytics-next";', resolveDir: import.meta.dirname },
    bundle: true,
    write: false,
    format: "iife",
    globalName: "segment",
    platform: "browser",
    define: { "process.env.NODE_ENV": '"production"' },
  });
  return outputFiles[0]?.text ?? "";
}

describeInBrowser("@segment/analytics-next", () => {
  const nowcast = useSystem();
  const browser = useBrowser();
  let site: Server;
  let siteUrl: string;
  let nowcastUrl: string;

  /** A site of another origin, whose page has the client. */
  beforeAll(async () => {
    const script = await bundledClient();
    site = createServer((request, response) => {
      const isScript = request.url === "/segment.js";
      response.writeHead(200, { "content-type": isScript ? "text/javascript" : "text/html; charset=utf-8" });
      response.end(isScript ? script : "<!doctype html><title>Lamps</title><script src=/segment.js></script>");
    });
    await new Promise<void>((resolve) => site.listen(0, "127.0.0.1", resolve));
    siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    nowcastUrl = (await nowcast.harness.listen()).url.origin;
  });
  afterAll(() => site.close());

  /** The site's page as a visitor opens it, with the client loaded; and what went wrong in it. */
  async function openPage(options: object = {}): Promise<{ page: Page; problems: string[]; anonymousId: string }> {
    const page = await browser.newPage();
    const problems: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" && !message.location().url.endsWith("/favicon.ico")) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(`${siteUrl}/lamps?utm_source=news&utm_medium=email`);
    const anonymousId = await page.evaluate(
      async ({ settings, options }) => {
        Object.assign(globalThis, { analytics: segment.AnalyticsBrowser.load(settings, options) });
        await analytics;
        return (await analytics.user()).anonymousId() ?? "";
      },
      { settings: { writeKey: KEYS.public, cdnURL: nowcastUrl }, options },
    );
    return { page, problems, anonymousId };
  }

  /** The live profile once it has as many events. */
  const profileWith = (anonymousId: string, events: number): Promise<StoredProfile> =>
    eventually(async () => {
      const response = await nowcast.request(`/v1/users/${anonymousId}/profile?kind=anonymous`);
      if (response.status !== 200) return null;
      const { profile } = (await response.json()) as { profile: StoredProfile };
      return profile.seq >= events ? profile : null;
    }, 20_000);

  test("every kind of call arrives from the site's page, sent by nothing but its cdnURL", async () => {
    const { page, problems, anonymousId } = await openPage();

    await page.evaluate(async () => {
      const lamp = { product_id: "lamp-1", category: "lamps", price: 40 };
      await analytics.page("Lamps");
      await analytics.track("Product List Viewed", { list_id: "home", products: [lamp, { product_id: "lamp-2" }] });
      await analytics.track("Product Clicked", { list_id: "home", position: 1, ...lamp });
      await analytics.track("Product Added", { ...lamp, quantity: 1 });
      await analytics.group("g1", { name: "Initech" });
      await analytics.identify("next-user", { plan: "pro" });
      await analytics.alias("next-user");
      await analytics.screen("Cart");
      await analytics.track("Order Completed", { order_id: "o1", revenue: 40, currency: "EUR", products: [lamp] });
    });

    const profile = await profileWith(anonymousId, 9);
    expect(problems).toEqual([]);
    expect(profile).toMatchObject({
      seq: 9,
      revenue: 40,
      session: { landing: "/lamps", pageViews: 1, device: "desktop", campaign: { source: "news", medium: "email" } },
    });
    expect(profile.touches.map(({ itemId, kind }) => `${itemId} ${kind}`)).toEqual([
      "lamp-1 click",
      "lamp-1 cart",
      "lamp-1 purchase",
    ]);
    const rows = await rowsInLake(nowcast, "events", "anonymous_id", [anonymousId]);
    const [list, click] = ["view_item_list", "select_item"].map((type) => rows.find((row) => row.type === type));
    expect(list).toMatchObject({ placement: "home", decision_id: expect.stringMatching(/^list:/) });
    expect(click).toMatchObject({ placement: "home", position: 0, decision_id: list?.decision_id });
    // A browser's word for who its user is remains a claim.
    expect((await nowcast.request("/v1/users/next-user/profile")).status).toBe(404);
  });

  test("an answer that gets lost makes the client send again, and the call counts once", async () => {
    const { page, anonymousId } = await openPage();
    const statuses: number[] = [];
    await page.route("**/v1/t", async (route) => {
      const response = await route.fetch();
      statuses.push(response.status());
      await route.fulfill(statuses.length === 1 ? { response, status: 502 } : { response });
    });

    await page.evaluate(() => analytics.track("Order Completed", { order_id: "o2", revenue: 25 }));

    await expect.poll(() => statuses, { timeout: 20_000 }).toEqual([200, 200]);
    expect(await profileWith(anonymousId, 1)).toMatchObject({ seq: 1, revenue: 25 });
  });

  test("calls that carry a visitor token are of the visitor that decisions are about", async () => {
    const headers = { "X-Nowcast-Visitor": await tokenFor("decided-for") };
    const { page, problems } = await openPage({
      integrations: { "Segment.io": { deliveryStrategy: { config: { headers } } } },
    });

    await page.evaluate(() => analytics.track("Product Viewed", { product_id: "lamp-3" }));

    const { touches } = await profileWith("decided-for", 1);
    expect(problems).toEqual([]);
    expect(touches).toMatchObject([{ itemId: "lamp-3" }]);
  });

  test("calls that the client gathers into a batch arrive in their order", async () => {
    const deliveryStrategy = { strategy: "batching", config: { size: 3, timeout: 200 } };
    const { page, problems, anonymousId } = await openPage({ integrations: { "Segment.io": { deliveryStrategy } } });
    const batches: string[] = [];
    page.on("request", (request) => {
      if (request.method() === "POST") batches.push(new URL(request.url()).pathname);
    });

    await page.evaluate(() => {
      for (const id of ["c", "b", "a"]) analytics.track("Product Viewed", { product_id: id });
    });

    const profile = await profileWith(anonymousId, 3);
    expect(problems).toEqual([]);
    expect(batches).toEqual(["/v1/b"]);
    expect(profile.touches.map(({ itemId }) => itemId)).toEqual(["c", "b", "a"]);
  });
});

describeInBrowser("@segment/analytics-next on a site with Nowcast in front of it", () => {
  const site = useSite();
  const browser = useBrowser();

  beforeAll(async () => {
    const script = await bundledClient();
    site.on("/segment.js", (_, response) => response.writeHead(200, { "content-type": "text/javascript" }).end(script));
    site.on("/", (_, response) => {
      response.writeHead(200, HTML).end("<!doctype html><title>Lamps</title><script src=/segment.js></script>");
    });
  });

  test("tells of the visitor whom the pages are made for, and the cookie carries what they touched", async () => {
    const visitor = await browser.newVisitor();
    const page = await visitor.newPage();
    const tokenNow = async () => {
      const cookie = (await visitor.cookies()).find(({ name }) => name === "nowcast_visitor");
      return cookie === undefined ? null : readToken(cookie.value);
    };
    await page.goto(site.url);
    const before = await tokenNow();
    expect(before?.visitor.kind).toBe("a");

    await page.evaluate(
      async ({ writeKey, cdnURL }) => {
        const analytics = segment.AnalyticsBrowser.load({ writeKey, cdnURL });
        await analytics.track("Product Viewed", { product_id: "lamp-7" });
      },
      { writeKey: KEYS.public, cdnURL: `${site.url}/_nowcast` },
    );

    const after = await eventually(async () => {
      const token = await tokenNow();
      return token?.digest === undefined ? null : token;
    }, 20_000);
    expect(after.visitor).toEqual(before?.visitor);
    expect(after.digest?.touches.map(([id]) => id)).toEqual(["lamp-7"]);
    const path = `/v1/users/${after.visitor.id}/profile?kind=anonymous`;
    const { profile } = (await (await site.system.request(path)).json()) as { profile: StoredProfile };
    expect(profile.touches).toMatchObject([{ itemId: "lamp-7", kind: "view" }]);
  });
});
