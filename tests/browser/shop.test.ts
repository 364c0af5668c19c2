// The demo shop through Nowcast, as visitors of it live it. Pictures of its pages are kept in .artefacts/screenshots.
import type { BrowserContext, Page } from "playwright-core";
import { expect, test } from "vitest";
import { productOf } from "../../examples/storefront/catalogue/products.ts";
import { describeInBrowser, screenshot, useBrowser } from "../support/browser.ts";
import { eventually } from "../support/eventually.ts";
import { useStorefront } from "../support/storefront.ts";
import { readToken } from "../support/tokens.ts";

const SOON_MS = 20_000;
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

describeInBrowser("the shop", () => {
  const site = useStorefront();
  const browser = useBrowser();

  /** The page, once its slots are filled: a decision that came too late on a busy machine is asked for again. */
  const open = async (page: Page, path: string): Promise<void> => {
    await eventually(async () => {
      await page.goto(site.url + path);
      const states = await page.$$eval("[data-nowcast]", (slots) =>
        slots.map((slot) => slot.getAttribute("data-nowcast-state")),
      );
      return states.every((state) => state === "filled") ? true : null;
    }, SOON_MS);
  };
  const shown = (page: Page, placement: string): Promise<string[]> =>
    page.$$eval(`[data-nowcast="${placement}"] [data-nowcast-item]`, (cards) =>
      cards.map((card) => card.getAttribute("data-nowcast-item") ?? ""),
    );
  const ofCategory = (ids: readonly string[], category: string): number =>
    ids.filter((id) => productOf(id)?.category === category).length;
  const visitorOf = async (visitor: BrowserContext): Promise<string | null> => {
    const cookie = (await visitor.cookies()).find(({ name }) => name === "nowcast_visitor");
    return cookie === undefined ? null : (await readToken(cookie.value)).visitor.id;
  };
  interface Held {
    readonly profile: {
      readonly touches: readonly { readonly itemId: string; readonly kind: string }[];
      readonly cart: readonly object[];
      readonly orders: number;
      readonly session: { readonly pageViews: number } | null;
    };
    readonly intents: readonly { readonly name: string }[];
  }
  const held = async (visitor: BrowserContext): Promise<Held | null> => {
    const answer = await site.request(`/v1/users/${await visitorOf(visitor)}/profile?kind=anonymous`);
    return answer.ok ? ((await answer.json()) as Held) : null;
  };
  const known = (visitor: BrowserContext, isSo: (held: Held) => boolean): Promise<Held> =>
    eventually(async () => {
      const found = await held(visitor);
      return found !== null && isSo(found) ? found : null;
    }, SOON_MS);
  /** Looks at products until Nowcast knows. */
  const lookAt = async (page: Page, ...ids: string[]): Promise<void> => {
    for (const id of ids) {
      await page.goto(`${site.url}/products/${id}`);
      await known(page.context(), ({ profile }) => profile.touches.some(({ itemId }) => itemId === id));
    }
  };

  test("who looks at two lamps finds lamps on the front page, and whoever else comes does not", async () => {
    const visitor = await browser.newVisitor({ viewport: DESKTOP });
    const page = await visitor.newPage();
    await open(page, "/");
    const before = await shown(page, "home");
    expect(before.length).toBe(8);
    await screenshot(page, "shop-home");
    await lookAt(page, "lamp-02", "lamp-05");
    await open(page, "/");
    const after = await shown(page, "home");
    expect(ofCategory(after, "lamps")).toBeGreaterThanOrEqual(4);
    expect(ofCategory(after, "lamps")).toBeGreaterThan(ofCategory(before, "lamps"));
    await screenshot(page, "shop-home-after-two-lamps");

    const stranger = await browser.newVisitor({ viewport: DESKTOP });
    const other = await stranger.newPage();
    await open(other, "/");
    expect(ofCategory(await shown(other, "home"), "lamps")).toBeLessThan(ofCategory(after, "lamps"));
    expect(await visitorOf(stranger)).not.toBe(await visitorOf(visitor));
    await lookAt(other, "rug-03", "rug-07");
    await open(other, "/");
    expect(ofCategory(await shown(other, "home"), "rugs")).toBeGreaterThanOrEqual(4);
    const touched = (await held(visitor))?.profile.touches.map(({ itemId }) => itemId) ?? [];
    expect(touched.filter((id) => id.startsWith("rug-"))).toEqual([]);
  });

  test("who leaves a full cart finds it again, with what suits it; the order is known, and the cart is empty", async () => {
    const visitor = await browser.newVisitor({ viewport: DESKTOP });
    const page = await visitor.newPage();
    await page.goto(`${site.url}/products/lamp-01`);
    await page.click(".buy button");
    await page.waitForURL("**/cart");
    await known(visitor, ({ profile }) => profile.cart.length === 1);
    await page.close();

    const back = await visitor.newPage();
    await open(back, "/cart");
    expect(await back.getAttribute(".basket", "aria-label")).toBe("Cart, 1 piece");
    const beside = await shown(back, "cart");
    expect(beside.length).toBe(4);
    expect(beside).not.toContain("lamp-01");
    await screenshot(back, "shop-cart");
    await back.click(".sum .button");
    await back.waitForURL("**/checkout");
    await screenshot(back, "shop-checkout");
    await back.click(".sum .button");
    await back.waitForURL("**/thanks");
    const { profile } = await known(visitor, ({ profile }) => profile.orders === 1);
    expect(profile.cart).toEqual([]);
  });

  test("who comes back hours later to a cart that was left is told so, and others are not", async () => {
    const visitor = await browser.newVisitor({ viewport: DESKTOP });
    const page = await visitor.newPage();
    await page.goto(`${site.url}/privacy`);
    expect(await page.goto(`${site.url}/`).then(() => page.locator(".welcome-back").count())).toBe(0);
    // Three hours ago: the cookie of the cart, and what Nowcast was told then.
    await visitor.addCookies([{ name: "cart", value: "lamp-01:1", url: site.url }]);
    const added = { id: "hours-ago", type: "add_to_cart", ts: Date.now() - 3 * 3_600_000 };
    const items = [{ id: "lamp-01", price: 55, quantity: 1, category: "lamps" }];
    const event = { ...added, items, anonymousId: await visitorOf(visitor) };
    expect((await site.request("/v1/events", event, { "nowcast-replay": "true" })).status).toBe(202);
    await eventually(async () => {
      await page.goto(`${site.url}/`);
      return (await page.locator(".welcome-back").count()) === 1 ? true : null;
    }, SOON_MS);
    await screenshot(page, "shop-welcome-back");
    await page.click(".welcome-back a");
    await page.waitForURL("**/cart");
    expect(await page.locator(".lines li").count()).toBe(1);
  });

  test("without a script the shop works, and its shelves are filled all the same", async () => {
    const visitor = await browser.newVisitor({ viewport: DESKTOP, javaScriptEnabled: false });
    const page = await visitor.newPage();
    await open(page, "/");
    expect((await shown(page, "home")).length).toBe(8);
    expect(await page.locator("[data-nowcast-variant]").count()).toBe(1);
    // What is looked at is told by the path of the page.
    await page.goto(`${site.url}/products/rug-03`);
    await page.goto(`${site.url}/products/rug-07`);
    await known(visitor, ({ profile }) => profile.touches.length === 2);
    await open(page, "/");
    expect(ofCategory(await shown(page, "home"), "rugs")).toBeGreaterThanOrEqual(4);
    await page.fill(".search input", "brass lamp");
    await page.press(".search input", "Enter");
    await page.waitForURL("**/search**");
    await page.click("main .shelf .card a");
    await page.click(".buy button");
    await page.waitForURL("**/cart");
    await page.click(".sum .button");
    await page.click(".sum .button");
    await page.waitForURL("**/thanks");
    expect(await page.textContent("h1")).toBe("Thank you.");
  });

  test("who refuses sees the shop as everybody does, and nothing of them is left", async () => {
    const visitor = await browser.newVisitor({ viewport: DESKTOP });
    const page = await visitor.newPage();
    await lookAt(page, "lamp-02");
    const id = await visitorOf(visitor);
    await page.goto(`${site.url}/privacy`);
    await page.waitForFunction(() => "track" in ((window as { nowcast?: object }).nowcast ?? {}));
    await page.click("[data-consent=refuse]");
    await eventually(async () => ((await visitorOf(visitor)) === null ? true : null), SOON_MS);
    await page.goto(`${site.url}/`);
    expect(await page.getAttribute("[data-nowcast=home]", "data-nowcast-reason")).toBe("no-consent");
    expect(await page.locator("[data-nowcast=home] .card").count()).toBe(8);
    const answer = await site.request(`/v1/users/${id}/profile?kind=anonymous`);
    const left = answer.ok ? ((await answer.json()) as Held).profile.touches : [];
    expect(left).toEqual([]);
  });

  test("back from another page the shelves stand as they were, with the same receipt", async () => {
    const visitor = await browser.newVisitor({ viewport: DESKTOP });
    const page = await visitor.newPage();
    // Pages say no-store: where a cookie has changed meanwhile, as with the newest touches, Chromium loads them anew. So until it does not.
    const before = await eventually(async () => {
      await open(page, "/");
      const state = {
        items: await shown(page, "home"),
        receipt: await page.getAttribute("[data-nowcast=home]", "data-nowcast-decision"),
      };
      await page.evaluate(() => Object.assign(window, { sameAsBefore: true }));
      await page.click("footer a[href='/privacy']");
      await page.waitForURL("**/privacy");
      // Nothing is loaded from the back/forward cache: there is no load to wait for.
      await page.goBack({ waitUntil: "commit" });
      await page.waitForSelector("[data-nowcast=home]");
      return (await page.evaluate(() => "sameAsBefore" in window)) ? state : null;
    }, SOON_MS);
    expect(await page.getAttribute("[data-nowcast=home]", "data-nowcast-decision")).toBe(before.receipt);
    expect(await shown(page, "home")).toEqual(before.items);
  });

  test.each([
    ["desktop", DESKTOP, "light"],
    ["desktop at night", DESKTOP, "dark"],
    ["phone", PHONE, "light"],
    ["phone at night", PHONE, "dark"],
  ] as const)("nothing moves in the slots: %s", async (name, viewport, colorScheme) => {
    const page = await browser.newPage({ viewport, colorScheme });
    for (const path of ["/", "/c/lamps", "/products/chair-02", "/search?q=oak", "/cart"]) {
      await page.goto(site.url + path);
      const shift = await page.evaluate(async () => {
        let sum = 0;
        new PerformanceObserver((list) => {
          for (const entry of list.getEntries() as (PerformanceEntry & {
            value: number;
            sources?: { node?: Node }[];
          })[]) {
            const isInSlot = entry.sources?.some(({ node }) => {
              const element = node instanceof Element ? node : node?.parentElement;
              return element?.closest("[data-nowcast]") != null;
            });
            if (isInSlot) sum += entry.value;
          }
        }).observe({ type: "layout-shift", buffered: true });
        for (let y = 0; y < document.documentElement.scrollHeight; y += 400) {
          scrollTo(0, y);
          await new Promise((resolve) => setTimeout(resolve, 60));
        }
        scrollTo(0, 0);
        await new Promise((resolve) => setTimeout(resolve, 400));
        return sum;
      });
      expect(shift, path).toBe(0);
      // A phone's page is not wider than the phone.
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(viewport.width);
      const file = path === "/" ? "home" : path.replace(/\W+/g, "-").replace(/^-/, "");
      await screenshot(page, `shop-${name.replaceAll(" ", "-")}-${file}`);
    }
  });

  test("the panel tells the visitor's own profile and why each product is there, and leaves it unchanged", async () => {
    const visitor = await browser.newVisitor({ viewport: DESKTOP });
    const page = await visitor.newPage();
    await lookAt(page, "lamp-02", "lamp-05", "lamp-24");
    await open(page, "/?nowcast-panel");
    const panel = page.locator("aside[aria-label='What Nowcast sees']");
    await panel.locator("li").first().waitFor();
    expect(await panel.locator("li").count()).toBe(8);
    const text = (await panel.textContent()) ?? "";
    expect(text).toContain("lamps");
    expect(text).toMatch(/goes together with what you looked at|treat it like|is like what you looked at|visits like/);
    await screenshot(page, "shop-panel");
    const { profile } = (await held(visitor)) as Held;
    expect(profile.touches.filter(({ kind }) => kind === "view").length).toBe(3);
    await panel.locator("button").click();
    expect(await panel.count()).toBe(0);
  });
});
