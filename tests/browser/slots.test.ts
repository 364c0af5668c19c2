// Slots on a page without middleware: filled by the script without anything moving, told of once they were really seen, and
// when they are clicked.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { describeInBrowser, screenshot, useBrowser } from "../support/browser.ts";
import { pageWith, scriptTag } from "../support/client-page.ts";
import { eventually } from "../support/eventually.ts";
import { useStaticSite } from "../support/static-site.ts";
import { useSystem } from "../support/system.ts";
import { useWire } from "../support/wire.ts";

const SOON_MS = 15_000;
const PICTURE = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="100"><rect width="160" height="100" fill="teal"/></svg>`;
const CARD =
  '<template><article><a href="{{url}}"><img src="{{image}}" alt="{{title}}" loading="lazy"><h3>{{title}}</h3></a>' +
  "<p>{{money}} · {{brand}}</p><button>Into the cart</button></article></template>";
const STYLE = `<style>body{margin:0;font:16px/1.5 sans-serif}section{display:flex;gap:16px}article{width:160px;overflow:hidden}
  img{display:block}h3,p{margin:0;height:1.5em;overflow:hidden}article{height:190px}</style>`;
const OLD = "<article>what the origin wrote</article>".repeat(4);
const slot = (name: string, more = 'data-count="4"', content = OLD) =>
  `<section data-nowcast="${name}" ${more}>${content}${CARD}</section>`;

describeInBrowser("slots", () => {
  const nowcast = useSystem();
  const wire = useWire(nowcast);
  const browser = useBrowser();
  const site = useStaticSite({
    "/picture.svg": () => new Response(PICTURE, { headers: { "content-type": "image/svg+xml" } }),
    "/p": pageWith("", "an item"),
  });

  beforeAll(async () => {
    const items = Array.from({ length: 12 }, (_, n) => ({
      id: `sku-${n}`,
      title: n === 0 ? `"><script>window.hacked = 1</script> & co` : `Lamp ${n}`,
      url: n === 1 ? "javascript:window.hacked=1" : `${site.url}/p?id=sku-${n}`,
      image: `${site.url}/picture.svg?${n}`,
      price: 10 + n,
      currency: "EUR",
      brand: "Lux",
      category: "lamps",
      attributes: { size: "large" },
    }));
    expect((await nowcast.request("/v1/items", { method: "PUT", json: { items } })).status).toBe(200);
    const script = scriptTag(wire.url);
    const gap = '<div style="height:1600px">far down</div>';
    site.pages.set(
      "/",
      pageWith(
        STYLE + script,
        `<h1>Shop</h1>${slot("home")}<p>below</p>${gap}${slot("end", 'data-count="8"')}<p>end</p>`,
      ),
    );
    site.pages.set("/growing", pageWith(STYLE + script, `${slot("small", 'data-count="4"', "short")}<p>below</p>`));
    site.pages.set("/client", pageWith(STYLE + script, `${slot("small", 'data-fill="client"', "short")}<p>below</p>`));
    site.pages.set("/never", pageWith(STYLE + scriptTag(wire.url, 'data-fill="never"'), slot("home")));
    const states = ["timeout", "no-consent", "bot", "failed"].map((reason) =>
      slot(reason, `data-count="2" data-nowcast-state="fallback" data-nowcast-reason="${reason}"`),
    );
    site.pages.set("/states", pageWith(STYLE + script, states.join("")));
    const named = '<template id="card"><b>{{ title }} {{position}} {{attributes.size}}</b></template>';
    site.pages.set("/app", pageWith(STYLE + script, `${named}<main></main>`));
    const bad = '<section data-nowcast="bad">old<template><a onclick="{{title}}">x</a></template></section>';
    const code = '<section data-nowcast="code">old<template><div><style>{{title}}</style></div></template></section>';
    site.pages.set("/bad", pageWith(script, bad + code));
    // Decisions without a profile of anybody: what sells is shown.
    const sold = items.map(({ id }, n) => ({
      id: `sold-${n}`,
      type: "purchase",
      anonymousId: `b-${n}`,
      items: [{ id }],
    }));
    expect((await nowcast.request("/v1/events", { json: { events: sold } })).status).toBe(202);
    await eventually(async () => {
      const json = { anonymousId: "x", placements: { home: { type: "recommend", count: 12 } } };
      const answer = await (await nowcast.request("/v1/decide", { json })).json();
      return (answer as { placements: { home: { items: object[] } } }).placements.home.items.length === 12
        ? true
        : null;
    }, 30_000);
  });

  /** A page that counts how far anything in it has moved. */
  const open = async (path: string): Promise<Page> => {
    const page = await browser.newPage({ viewport: { width: 800, height: 600 } });
    await page.addInitScript(() => {
      const moved = Object.assign(window, { shift: 0, sources: [] as string[] });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries() as (PerformanceEntry & { value: number; sources: { node: Node }[] })[]) {
          moved.shift += entry.value;
          moved.sources.push(...entry.sources.map(({ node }) => node?.nodeName));
        }
      }).observe({ type: "layout-shift", buffered: true });
    });
    await page.goto(site.url + path);
    return page;
  };
  /** The same, once its slot has items: a decision on a busy machine may come back empty. */
  const openFilled = async (path: string, name: string): Promise<Page> => {
    for (let tries = 5; ; tries--) {
      wire.calls.length = 0;
      const page = await open(path);
      const { reason } = await eventually(async () => {
        const found = await stateOf(page, name);
        return found.state === "filled" || found.reason === "empty" ? found : null;
      }, SOON_MS);
      if (reason === undefined || tries === 0) return page;
      await page.close();
    }
  };
  const stateOf = (page: Page, name: string) =>
    page.evaluate((of) => {
      const { nowcastState, nowcastReason, nowcastDecision } =
        document.querySelector<HTMLElement>(`[data-nowcast="${of}"]`)?.dataset ?? {};
      return { state: nowcastState, reason: nowcastReason, decisionId: nowcastDecision };
    }, name);
  const settled = (page: Page, name: string, state: string, reason?: string) =>
    eventually(async () => {
      const found = await stateOf(page, name);
      return found.state === state && found.reason === reason ? found : null;
    }, SOON_MS);
  const shiftOf = (page: Page) =>
    page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const { shift, sources } = window as unknown as { shift: number; sources: string[] };
      return { shift, sources };
    });
  const idsIn = (page: Page, name: string) =>
    page
      .locator(`[data-nowcast="${name}"] [data-nowcast-item]`)
      .evaluateAll((items) => items.map((item) => (item as HTMLElement).dataset.nowcastItem));
  const arrived = (type: string, times = 1) =>
    eventually(async () => (wire.events(type).length >= times ? wire.events(type) : null), SOON_MS);

  test("slots are filled by one decision without repeats, and nothing in view moves", async () => {
    const page = await openFilled("/", "end");
    const { decisionId } = await settled(page, "home", "filled");
    expect(await settled(page, "end", "filled")).toEqual({ state: "filled", reason: undefined, decisionId });
    const [home, end] = [await idsIn(page, "home"), await idsIn(page, "end")];
    expect([home.length, end.length, new Set([...home, ...end]).size]).toEqual([4, 8, 12]);
    expect(wire.calls.filter(({ call }) => call === "POST /v1/decide")).toHaveLength(1);
    expect(await shiftOf(page)).toEqual({ shift: 0, sources: [] });
    await screenshot(page, "sdk-slots-filled");
  });

  test("what the catalogue says is text and stays text, and a link that runs code leads nowhere", async () => {
    const page = await openFilled("/", "end");
    await settled(page, "end", "filled");
    const shown = await page.evaluate(() => ({
      hacked: "hacked" in window,
      titles: [...document.querySelectorAll("h3")].map(({ textContent }) => textContent),
      links: [...document.querySelectorAll("article a")].map((link) => link.getAttribute("href")),
    }));
    expect(shown.hacked).toBe(false);
    expect(shown.links.filter((href) => !href?.startsWith(site.url))).toEqual(["#"]);
    expect(shown.titles).toContain(`"><script>window.hacked = 1</script> & co`);
  });

  test("a slot that would push what is in view keeps what the origin wrote; it may be told to push", async () => {
    const page = await open("/growing");
    await settled(page, "small", "fallback", "shift");
    expect(await page.textContent("section")).toBe("short");
    expect(await shiftOf(page)).toEqual({ shift: 0, sources: [] });

    const pushed = await openFilled("/client", "small");
    await settled(pushed, "small", "filled");
    // The proof that the measure can fail.
    expect((await shiftOf(pushed)).shift).toBeGreaterThan(0);
  });

  test("only what was late or failed is tried again, and nothing where the page says never", async () => {
    const page = await openFilled("/states", "timeout");
    await settled(page, "timeout", "filled");
    await settled(page, "failed", "filled");
    expect(await stateOf(page, "no-consent")).toMatchObject({ state: "fallback", reason: "no-consent" });
    expect(await stateOf(page, "bot")).toMatchObject({ state: "fallback", reason: "bot" });

    wire.calls.length = 0;
    const never = await open("/never");
    await arrived("page_view");
    expect(await stateOf(never, "home")).toEqual({});
    expect(wire.calls.filter(({ call }) => call.endsWith("/v1/decide"))).toEqual([]);
  });

  test("a slot that a single-page app brings is filled, from a template of the page, and its items are seen", async () => {
    const page = await open("/app");
    await arrived("page_view");
    await page.evaluate(() => {
      history.pushState({}, "", "/lamps");
      const slot =
        '<section data-nowcast="app" data-count="2" data-template="card" data-exclude="sku-3, sku-4"></section>';
      document.querySelector("main")?.insertAdjacentHTML("beforeend", slot);
    });
    const { decisionId } = await settled(page, "app", "filled");
    const ids = await idsIn(page, "app");
    expect(await page.locator("section b").allTextContents()).toEqual(
      ids.map((id, at) => expect.stringMatching(id === "sku-0" ? / 0 large$/ : `^Lamp ${id?.slice(4)} ${at} large$`)),
    );
    expect(ids).not.toContain("sku-3");
    expect(await arrived("view_item_list")).toMatchObject([
      { decisionId, placement: "app", context: { url: `${site.url}/lamps` } },
    ]);
  });

  test("a field where no escaping would help leaves the fallback", async () => {
    const page = await open("/bad");
    await settled(page, "bad", "fallback", "template");
    await settled(page, "code", "fallback", "template");
    expect(await page.textContent("[data-nowcast=bad]")).toBe("old");
  });

  test("without an answer the fallback stays", async () => {
    wire.instead = ({ call }) => (call.endsWith("/v1/decide") ? 500 : null);
    const page = await open("/");
    await settled(page, "home", "fallback", "unreachable");
    expect(await page.locator("section").first().textContent()).toContain("what the origin wrote");
  });

  test("items that were in view for a second are an impression, once, with the receipt and in their order", async () => {
    const page = await openFilled("/", "home");
    const { decisionId } = await settled(page, "home", "filled");
    const [seen] = await arrived("view_item_list");
    const ids = await idsIn(page, "home");
    expect(seen).toMatchObject({ decisionId, placement: "home", position: 0, items: ids.map((id) => ({ id })) });

    await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
    const [, later] = await arrived("view_item_list", 2);
    expect(later).toMatchObject({ decisionId, placement: "end", position: 0 });
    // Back and forth: they have been seen.
    await page.evaluate(() => scrollTo(0, 0));
    await page.waitForTimeout(1500);
    await page.evaluate(() => (window as unknown as { nowcast: { flush(): Promise<void> } }).nowcast.flush());
    expect(wire.events("view_item_list")).toHaveLength(2);
    const profile = wire.calls.findLast(({ call, status }) => call === "POST /v1/events" && status === 202);
    expect(profile?.answer).toContain('"rejected":[]');
  });

  test("what is in view for less than a second was not seen", async () => {
    const page = await openFilled("/", "end");
    await settled(page, "end", "filled");
    await page.evaluate(async () => {
      scrollTo(0, document.body.scrollHeight);
      await new Promise((resolve) => setTimeout(resolve, 400));
      scrollTo(0, 0);
    });
    await arrived("view_item_list");
    expect(wire.events("view_item_list").map(({ placement }) => placement)).toEqual(["home"]);
  });

  test("a click on an item's link selects it, its other buttons do not", async () => {
    const page = await openFilled("/", "home");
    const { decisionId } = await settled(page, "home", "filled");
    const ids = await idsIn(page, "home");
    const at = ids.findIndex((id) => id !== "sku-1");
    const item = page.locator("[data-nowcast=home] [data-nowcast-item]").nth(at);
    await item.locator("button").click();
    await item.locator("h3").click();
    const [selected, ...more] = await arrived("select_item");
    expect(page.url()).toContain("/p?id=");
    expect(more).toEqual([]);
    expect(selected).toMatchObject({ decisionId, placement: "home", position: at, items: [{ id: ids[at] }] });
  });
});
