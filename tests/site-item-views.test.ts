// Pages whose path names an item: whoever loads one has viewed it, with a script or without, once.
import { beforeAll, expect, test } from "vitest";
import { eventually } from "./support/eventually.ts";
import { CARD, HTML, useSite } from "./support/site.ts";
import { configure } from "./support/site-config.ts";
import { readToken } from "./support/tokens.ts";

const site = useSite();
const PAGE = `<!doctype html><html><head></head><body><section data-nowcast="more">old${CARD}</section></body></html>`;

beforeAll(async () => {
  const items = [{ id: "sku-1", title: "Lamp", category: "lamps", price: 30 }];
  expect((await site.system.request("/v1/items", { method: "PUT", json: { items } })).status).toBe(200);
  site.on("*", (_, response) => response.writeHead(200, HTML).end(PAGE));
  await configure(site, { pages: { "/p/*": { itemInPath: true } } });
});

interface Touch {
  readonly itemId: string;
  readonly kind: string;
  readonly category?: string;
  readonly price?: number;
}

async function viewedBy(jar: Map<string, string>, count: number): Promise<string[]> {
  return (await touchesOf(jar, count)).map(({ kind, itemId }) => `${kind} ${itemId}`);
}

async function touchesOf(jar: Map<string, string>, count: number): Promise<Touch[]> {
  const { visitor } = await readToken(jar.get("nowcast_visitor"));
  return eventually(async () => {
    const answer = await site.system.request(`/v1/users/${visitor.id}/profile?kind=anonymous`);
    if (!answer.ok) return null;
    const { profile } = (await answer.json()) as {
      profile: { touches: Touch[]; session: { pageViews: number } };
    };
    if (profile.session.pageViews < count) return null;
    return profile.touches;
  }, 15_000);
}

test("a page view of an item's page is a view of the item, for a new visitor and for a known one", async () => {
  const jar = new Map<string, string>();
  const first = await site.visit("/p/sku-1", { jar });
  expect(first.text).toContain('data-item-view="sku-1"');
  expect(await viewedBy(jar, 1)).toEqual(["view sku-1"]);
  await site.visit("/p/lamps/%C3%BC%20lamp", { jar });
  await site.visit("/about", { jar });
  expect(await viewedBy(jar, 3)).toEqual(["view sku-1", "view ü lamp"]);
});

test("the view has the category and the price that the catalogue has", async () => {
  const found = await eventually(async () => {
    const jar = new Map<string, string>();
    await site.visit("/p/sku-1", { jar });
    const [touch] = await touchesOf(jar, 1);
    return touch?.category === undefined ? null : touch;
  }, 15_000);
  expect(found).toMatchObject({ itemId: "sku-1", category: "lamps", price: 30 });
});

test("a path that names no item is a page view and nothing else", async () => {
  const jar = new Map<string, string>();
  const paths = [`/p/${"x".repeat(129)}`, "/p/%E0%A4%A", "/p/a%0Ab", "/p/"];
  for (const path of paths) expect((await site.visit(path, { jar })).text).not.toContain("data-item-view");
  expect(await viewedBy(jar, paths.length)).toEqual([]);
});

test("what is fetched in advance has not been viewed", async () => {
  const jar = new Map<string, string>();
  await site.visit("/about", { jar });
  const { text } = await site.visit("/p/sku-2", { jar, headers: { "sec-purpose": "prefetch" } });
  expect(text).not.toContain("data-item-view");
  expect(await viewedBy(jar, 1)).toEqual([]);
});
