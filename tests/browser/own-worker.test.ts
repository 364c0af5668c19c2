// A site's own Worker with `nowcast/fetch`, in a browser: the page arrives filled, Nowcast's script is there by way of the site, and
// both know one visitor, whom no script can name.
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestHarness } from "wrangler";
import { describeInBrowser, screenshot, useBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { configsOf } from "../support/harness.ts";
import { publish } from "../support/publish.ts";
import { snapshotParts } from "../support/snapshot.ts";
import { systemOf } from "../support/system.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

interface StoredProfile {
  readonly session: { readonly pageViews: number; readonly lists: number; readonly clicks: number };
  readonly touches: readonly { readonly itemId: string; readonly kind: string }[];
}

describeInBrowser("a site's own Worker", () => {
  const browser = useBrowser();
  const harness = createTestHarness({
    root: ROOT,
    workers: [{ configPath: "tests/fixtures/own-worker/wrangler.toml" }, ...configsOf()],
  });
  const nowcast = systemOf(harness, "nowcast");
  let url: string;

  beforeAll(async () => {
    url = (await harness.listen()).url.origin;
    await publish(nowcast, await snapshotParts());
    const items = Array.from({ length: 10 }, (_, i) => ({ id: `sku-${i}`, title: `Lamp ${i}`, url: `/#sku-${i}` }));
    expect((await nowcast.request("/v1/items", { method: "PUT", json: { items } })).status).toBe(200);
  });
  afterAll(() => harness.close());

  test("page, impressions and clicks are one visitor's, counted once", async () => {
    const visitor = await browser.newVisitor();
    const page = await visitor.newPage();
    const problems: string[] = [];
    page.on("pageerror", (error) => problems.push(error.message));
    await eventually(async () => {
      await page.goto(url);
      const cookies = await visitor.cookies();
      const isFilled = (await page.locator('[data-nowcast-state="filled"]').count()) === 1;
      return isFilled && cookies.some(({ name }) => name === "nowcast_visitor") ? page : null;
    }, 30_000);
    await screenshot(page, "own-worker");
    const [cookie] = (await visitor.cookies()).filter(({ name }) => name === "nowcast_visitor");
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Lax", path: "/" });
    expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage))).not.toContain("v1.");
    const id = JSON.parse(Buffer.from(cookie?.value.split(".")[1] ?? "", "base64url").toString()).i as string;
    const profileWhen = (ready: (profile: StoredProfile) => boolean) =>
      eventually(async () => {
        const response = await nowcast.request(`/v1/users/${id}/profile?kind=anonymous`);
        if (response.status !== 200) return null;
        const { profile } = (await response.json()) as { profile: StoredProfile };
        return ready(profile) ? profile : null;
      }, 20_000);

    // Half of an item for a second is an impression.
    const { session } = await profileWhen(({ session }) => session.lists > 0);
    const visits = session.pageViews;
    const clicked = await page.locator("[data-nowcast-item]").first().getAttribute("data-nowcast-item");
    await page.locator("[data-nowcast-item] a").first().click();
    const after = await profileWhen(({ session }) => session.clicks > 0);

    expect(after.touches).toMatchObject([{ itemId: clicked, kind: "click" }]);
    expect(after.session).toMatchObject({ pageViews: visits, lists: 1, clicks: 1 });
    expect(problems).toEqual([]);
  });
});
