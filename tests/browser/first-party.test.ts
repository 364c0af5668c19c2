// The script on the site's own host, as the middleware injects it: the visitor's id stays in a cookie that no script reads, the
// page view is recorded once, and what was seen and clicked echoes the receipt that came with the page.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import type { Nowcast } from "../../src/client/api.ts";
import { describeInBrowser, screenshot, useBrowser } from "../support/browser.ts";
import { pageWith } from "../support/client-page.ts";
import { eventually } from "../support/eventually.ts";
import { rowsInLake } from "../support/lake.ts";
import { CARD, HTML, useSite } from "../support/site.ts";
import { readToken } from "../support/tokens.ts";

const SOON_MS = 15_000;
type Loaded = Window & { nowcast: Nowcast };

describeInBrowser("in front of a site", () => {
  const site = useSite();
  const browser = useBrowser();

  beforeAll(async () => {
    const items = Array.from({ length: 8 }, (_, n) => ({ id: `sku-${n}`, title: `Lamp ${n}`, url: `/p/${n}` }));
    expect((await site.system.request("/v1/items", { method: "PUT", json: { items } })).status).toBe(200);
    const sold = items.map(({ id }, n) => ({ id: `s-${n}`, type: "purchase", anonymousId: `b-${n}`, items: [{ id }] }));
    expect((await site.system.request("/v1/events", { json: { events: sold } })).status).toBe(202);
    const slot = `<section data-nowcast="home" data-count="3">old${CARD}</section>`;
    site.on("*", (_, response) => response.writeHead(200, HTML).end(pageWith("", `<h1>Shop</h1>${slot}`)));
    await eventually(async () => ((await site.visit("/")).text.includes("sku-") ? true : null), 30_000);
  });

  const sentBy = (page: Page) => {
    const bodies: string[] = [];
    page.on("request", (request) => {
      if (request.url().includes("/v1/events")) bodies.push(request.postData() ?? "");
    });
    return bodies;
  };
  const cookieOf = async (page: Page) =>
    (await page.context().cookies()).find(({ name }) => name === "nowcast_visitor")?.value;
  const visitorOf = async (page: Page) => {
    const cookie = await cookieOf(page);
    return cookie === undefined ? null : (await readToken(cookie)).visitor;
  };
  const profileOf = async (page: Page) => {
    const visitor = await visitorOf(page);
    const answer = await site.system.request(`/v1/users/${visitor?.id}/profile?kind=anonymous`);
    return ((await answer.json()) as { profile?: { seq: number; session: Record<string, number> } }).profile;
  };
  const filled = async (page: Page): Promise<string> => {
    await page.goto(site.url);
    await page.waitForSelector("[data-nowcast-item]");
    return (await page.getAttribute("[data-nowcast=home]", "data-nowcast-decision")) ?? "";
  };

  test("a page view counts once, an impression and a click carry the page's receipt, and no script sees who it is", async () => {
    const page = await browser.newPage();
    const sent = sentBy(page);
    const decisionId = await filled(page);
    await eventually(async () => (sent.some((body) => body.includes("view_item_list")) ? true : null), SOON_MS);
    await page.click("[data-nowcast-item='sku-0'], [data-nowcast-item] >> nth=0");
    await page.waitForURL("**/p/*");
    const profile = await eventually(async () => {
      const found = await profileOf(page);
      return found?.session.clicks === 1 && found.session.lists === 1 ? found : null;
    }, SOON_MS);
    // The load of the shop's page and of the item's.
    expect(profile.session.pageViews).toBe(2);
    expect(sent.join()).toContain(`"decisionId":"${decisionId}"`);
    // Both are known to come from this decision, and to be the visitor's own.
    const rows = await rowsInLake(site.system, "events", "type", ["view_item_list", "select_item"]);
    const ours = rows.filter((row) => row.decision_id === decisionId);
    expect(ours.map(({ type }) => type).toSorted()).toEqual(["select_item", "view_item_list"]);
    for (const row of ours) expect(row).toMatchObject({ receipt_verified: true, placement: "home" });
    expect(sent.join()).not.toContain('"type":"page_view"');
    expect(sent.join()).not.toContain("visitorToken");
    expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, ""]);
    await screenshot(page, "sdk-first-party");
  });

  test("a refusal takes the cookie away; the next page has what the origin wrote and nobody's id", async () => {
    const page = await browser.newPage();
    await filled(page);
    const before = await visitorOf(page);
    await page.waitForFunction(() => "track" in ((window as unknown as Partial<Loaded>).nowcast ?? {}));
    await page.evaluate(() =>
      (window as unknown as Loaded).nowcast.consent({ analytics: false, personalization: false }),
    );
    expect(await visitorOf(page)).toBe(null);
    const held = await site.system.request(`/v1/users/${before?.id}/profile?kind=anonymous`);
    expect(held.status).toBe(404);

    await page.reload();
    expect(await page.getAttribute("[data-nowcast=home]", "data-nowcast-reason")).toBe("no-consent");
    expect((await page.context().cookies()).map(({ name }) => name)).toEqual(["nowcast_consent"]);
  });

  test("an agreement goes into the cookie, of the same visitor", async () => {
    const page = await browser.newPage();
    await filled(page);
    const before = await visitorOf(page);
    await page.waitForFunction(() => "track" in ((window as unknown as Partial<Loaded>).nowcast ?? {}));
    await page.evaluate(() =>
      (window as unknown as Loaded).nowcast.consent({ analytics: true, personalization: true }),
    );
    const { visitor, consent } = await readToken(await cookieOf(page));
    expect([visitor, consent]).toEqual([before, { analytics: true, personalization: true }]);
    expect(await page.evaluate(() => [localStorage.length, document.cookie])).toEqual([0, "nowcast_consent=11"]);
  });

  test("two visitors are two, and each keeps to their own", async () => {
    const [first, second] = [await browser.newPage(), await browser.newPage()];
    await filled(first);
    await filled(second);
    const [one, two] = [await visitorOf(first), await visitorOf(second)];
    expect(one?.id).not.toBe(two?.id);
    await first.evaluate(async () => {
      const { nowcast } = window as unknown as Loaded;
      nowcast.track("view_item", { items: [{ id: "sku-5" }] });
      await nowcast.flush();
    });
    expect((await profileOf(first))?.session.itemViews).toBe(1);
    expect((await profileOf(second))?.session.itemViews).toBe(0);
  });

  test("a page from the back/forward cache keeps its slots and is viewed again", async () => {
    const page = await browser.newPage();
    const decisionId = await filled(page);
    const sent = sentBy(page);
    await page.evaluate(() => Object.assign(window, { sameAsBefore: true }));
    await page.goto(`${site.url}/other`);
    await page.goBack({ waitUntil: "commit" });
    await eventually(async () => (sent.some((body) => body.includes('"type":"page_view"')) ? true : null), SOON_MS);
    expect(await page.getAttribute("[data-nowcast=home]", "data-nowcast-decision")).toBe(decisionId);
    expect(await page.evaluate(() => "sameAsBefore" in window)).toBe(true);
  });
});
