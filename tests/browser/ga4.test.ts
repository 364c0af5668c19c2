// A shop with Google Analytics 4 needs no tracking of its own: what it pushes to its dataLayer, before and after the scripts
// have loaded and whoever else listens, reaches Nowcast once.
import type { Page } from "playwright-core";
import { beforeAll, expect, test } from "vitest";
import { describeInBrowser, useBrowser } from "../support/browser.ts";
import { pageWith, scriptTag } from "../support/client-page.ts";
import { eventually } from "../support/eventually.ts";
import { useStaticSite } from "../support/static-site.ts";
import { useSystem } from "../support/system.ts";
import { useWire } from "../support/wire.ts";

const SOON_MS = 15_000;
const LAMP = { item_id: "sku-1", item_name: "Lamp", item_category: "lamps", price: 12.5, quantity: 2 };

type Loaded = Window & { dataLayer: { push(entry: unknown): number; length: number }; gtag(...call: unknown[]): void };

describeInBrowser("GA4", () => {
  const nowcast = useSystem();
  const wire = useWire(nowcast);
  const browser = useBrowser();
  const site = useStaticSite();

  beforeAll(() => {
    const early = `<script>window.dataLayer = window.dataLayer || []; function gtag() { dataLayer.push(arguments); }
      gtag("js", new Date()); gtag("event", "view_item", { currency: "EUR", value: 12.5, items: [${JSON.stringify(LAMP)}] });
      dataLayer.push({ event: "gtm.js" }, "nonsense", null, { ecommerce: null });
      // A tag manager puts itself between.
      const ours = dataLayer.push; window.managed = 0;
      dataLayer.push = function (...entries) { window.managed += entries.length; return ours.apply(dataLayer, entries); };
      </script>`;
    const scripts = scriptTag(wire.url) + scriptTag(wire.url, "", "nowcast-ga4.js");
    site.pages.set("/", pageWith(early + scripts));
    const adapters = scriptTag(wire.url, "", "nowcast-ga4.js") + scriptTag(wire.url, "", "nowcast-consent.js");
    site.pages.set("/odd", pageWith(`<script>window.dataLayer = "ours"</script>${adapters}${scriptTag(wire.url)}`));
    const card = '<article data-nowcast-item="sku-1" data-nowcast-position="0">Lamp</article>';
    const slot = `<section data-nowcast="home" data-nowcast-state="filled" data-nowcast-decision="list-1">${card}</section>`;
    site.pages.set("/slot", pageWith(early + scripts, slot));
  });

  const open = async (path = "/"): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(site.url + path);
    await arrived("view_item");
    return page;
  };
  const arrived = (type: string) =>
    eventually(async () => {
      const taken = wire.calls.filter(({ status, body }) => status === 202 && body.includes(`"type":"${type}"`));
      return taken.length > 0 ? wire.events(type) : null;
    }, SOON_MS);
  const push = (page: Page, entry: unknown) =>
    page.evaluate((pushed) => (window as unknown as Loaded).dataLayer.push(pushed), entry);

  test("a call of gtag() from before the scripts had loaded arrives, once, and so does a push of an object", async () => {
    const page = await open();
    expect(wire.events("view_item")).toMatchObject([
      {
        items: [{ id: "sku-1", title: "Lamp", category: "lamps", price: 12.5, quantity: 2 }],
        currency: "EUR",
        value: 12.5,
      },
    ]);
    const ecommerce = { currency: "EUR", value: 25, items: [LAMP] };
    const length = await push(page, { event: "add_to_cart", ecommerce });
    expect(await arrived("add_to_cart")).toMatchObject([{ value: 25, items: [{ id: "sku-1" }] }]);
    // The page's own listeners hear of everything, and get what push returns.
    expect(length).toBe(await page.evaluate(() => (window as unknown as Loaded).dataLayer.length));
    expect(await page.evaluate(() => (window as unknown as { managed: number }).managed)).toBe(1);
    const events = wire.events().map(({ type }) => type);
    expect(events.toSorted()).toEqual(["add_to_cart", "page_view", "view_item"]);
  });

  test("what was pushed of commerce before its event belongs to it, until it is cleared", async () => {
    const page = await open();
    await push(page, { ecommerce: { items: [LAMP] } });
    await push(page, { event: "begin_checkout" });
    expect(await arrived("begin_checkout")).toMatchObject([{ items: [{ id: "sku-1" }] }]);
    await push(page, { ecommerce: null });
    await push(page, { event: "view_cart" });
    expect((await arrived("view_cart"))[0]).not.toHaveProperty("items");
  });

  test("an order counts once, however often the page that says thanks is loaded", async () => {
    const page = await open();
    const order = {
      event: "purchase",
      ecommerce: { transaction_id: "T-1", value: 25, currency: "EUR", items: [LAMP] },
    };
    await push(page, order);
    await arrived("purchase");
    await page.reload();
    await push(page, order);
    await eventually(async () => (wire.events("purchase").length === 2 ? true : null), SOON_MS);
    const answers = () => wire.calls.filter(({ body }) => body.includes("T-1")).map(({ answer }) => answer);
    await eventually(async () => (answers().every((answer) => answer !== "") ? true : null), SOON_MS);
    expect(answers().at(-1)).toMatch(/"duplicates":1/);
    expect(wire.events("purchase")[0]).toMatchObject({ orderId: "T-1", value: 25 });
  });

  test("a page that has something else under the name of the layer does not notice", async () => {
    const page = await browser.newPage();
    const errors: Error[] = [];
    page.on("pageerror", (error) => errors.push(error));
    await page.goto(`${site.url}/odd`);
    await eventually(async () => (wire.events("page_view").length > 0 ? true : null), SOON_MS);
    expect(errors).toEqual([]);
    expect(await page.evaluate(() => (window as unknown as Loaded).dataLayer)).toBe("ours");
  });

  test("lists that Nowcast has filled are told of by its own script alone", async () => {
    const page = await open("/slot");
    await push(page, { event: "view_item_list", ecommerce: { item_list_id: "home", items: [LAMP] } });
    await push(page, { event: "select_item", ecommerce: { item_list_id: "other", items: [{ item_id: "sku-9" }] } });
    expect(await arrived("select_item")).toMatchObject([{ placement: "other" }]);
    expect(await arrived("view_item_list")).toMatchObject([{ placement: "home", decisionId: "list-1" }]);
    expect(wire.events("view_item_list")).toHaveLength(1);
  });
});
