// What visitors see when Nowcast ails: a page that is there at once and whole, and where anything is known, still about them.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { describeInBrowser, screenshot, useBrowser } from "../support/browser.ts";
import { pageWith } from "../support/client-page.ts";
import { eventually } from "../support/eventually.ts";
import { publish } from "../support/publish.ts";
import { CARD, HTML, type Site, useSite } from "../support/site.ts";
import { snapshotParts } from "../support/snapshot.ts";
import { tokenFor } from "../support/tokens.ts";

const ITEMS = Array.from({ length: 8 }, (_, n) => ({ id: `sku-${n}`, title: `Lamp ${n}`, url: `/p/${n}` }));
const SLOT = `<section data-nowcast="home" data-count="3"><p>Bestsellers of the shop</p>${CARD}</section>`;

async function open(site: Site): Promise<void> {
  expect((await site.system.request("/v1/items", { method: "PUT", json: { items: ITEMS } })).status).toBe(200);
  const body = `<h1>Shop</h1>${SLOT}<footer>The end of the page</footer>`;
  site.on("*", (_, response) => response.writeHead(200, HTML).end(pageWith("", body)));
}

/** Everything that moved and everything that broke, from the first paint on. */
async function watched(page: Page): Promise<{ readonly errors: string[]; readonly shift: () => Promise<number> }> {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  await page.addInitScript(() => {
    const seen = window as Window & { shift?: number };
    seen.shift = 0;
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.shift = (seen.shift ?? 0) + (entry as Entry).value;
    }).observe({ type: "layout-shift", buffered: true });
  });
  return { errors, shift: () => page.evaluate(() => (window as Window & { shift?: number }).shift ?? -1) };
}
type Entry = PerformanceEntry & { readonly value: number };

describeInBrowser("a decision that", () => {
  const site = useSite({ 2: "tests/fixtures/odd-decision/wrangler.toml" });
  const browser = useBrowser();
  beforeAll(() => open(site));

  test.each(["800", "throw", "hang", "nonsense"])(
    "is told to %s leaves the origin's page, whole and still",
    async (mode) => {
      const page = await browser.newPage();
      const { errors, shift } = await watched(page);
      await page.goto(`${site.url}/?decision=${mode}`);
      expect(await page.textContent("h1")).toBe("Shop");
      expect(await page.textContent("footer")).toBe("The end of the page");
      expect(await page.getAttribute("[data-nowcast]", "data-nowcast-state")).toBe("fallback");
      // The script on the page tries once more, and is as unlucky.
      await page.waitForLoadState("networkidle");
      expect(await page.textContent("[data-nowcast] > p")).toBe("Bestsellers of the shop");
      expect(await page.locator("[data-nowcast-item]").count()).toBe(0);
      expect([await shift(), errors]).toEqual([0, []]);
      await screenshot(page, `ailing-decision-${mode}`);
    },
  );
});

describeInBrowser("a visitor's object that", () => {
  const site = useSite({ 1: "tests/fixtures/ailing-objects/wrangler.toml" });
  const browser = useBrowser();
  beforeAll(async () => {
    await open(site);
    await publish(site.system, await snapshotParts(ITEMS.length, { "neighbour_support.weighted": 1 }));
    await eventually(async () => ((await site.visit("/")).text.includes("data-nowcast-item") ? true : null), 20_000);
  });

  test.each(["hang", "throw"])("is told to %s leaves a page that goes by the cookie's last touches", async (mode) => {
    const page = await browser.newPage();
    const { errors, shift } = await watched(page);
    const digest = { at: Date.now(), touches: [["sku-2", 5]] } as const;
    const value = await tokenFor(`ailing-${mode}`, { digest });
    await page.context().addCookies([{ name: "nowcast_visitor", value, url: site.url }]);
    // An isolate that is busy with something else may miss its budget once.
    await eventually(async () => {
      await page.goto(`${site.url}/?object=${mode}`);
      return (await page.getAttribute("[data-nowcast]", "data-nowcast-state")) === "filled" ? true : null;
    }, 20_000);
    expect(await page.locator("[data-nowcast-item]").count()).toBe(3);
    expect(await page.textContent("footer")).toBe("The end of the page");
    expect([await shift(), errors]).toEqual([0, []]);
    await screenshot(page, `ailing-object-${mode}`);
  });
});
