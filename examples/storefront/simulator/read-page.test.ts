import { expect, test } from "vitest";
import { createShop } from "../shop/app.ts";
import { readPage } from "./read-page.ts";

const shop = createShop();
const pageOf = async (path: string) => readPage(await (await shop.request(path)).text());

test("on a page of the shop alone every list is found, and that nobody touched its slots", async () => {
  const { lists, script } = await pageOf("/");
  expect(script).toBeNull();
  expect(lists.map(({ placement, ids }) => [placement, ids.length])).toEqual([
    ["home", 8],
    ["shelf", 4],
  ]);
  expect(lists.map(({ fallback }) => fallback)).toEqual(["untouched", null]);
});

test("what a page has to tell is read from it", async () => {
  const { events, lists } = await pageOf("/products/lamp-01");
  expect(events).toMatchObject([{ type: "view_item", items: [{ id: "lamp-01", category: "lamps" }] }]);
  expect(lists.map(({ placement }) => placement)).toEqual(["product", "similar"]);
});

test("a slot that was filled has its receipt, one that was not its reason; cards in templates are no products", () => {
  const card = '<li class="card" data-nowcast-item="a-1" data-nowcast-position="0"><a href="/products/a-1">A</a></li>';
  const template = '<template><li><a href="{{url}}">{{title}}</a><a href="/products/no">x</a></li></template>';
  const { lists, script } = readPage(
    `<ul data-nowcast-state="filled" data-nowcast-decision="d1.x" class="shelf" data-nowcast="home">${card}</ul>
     <ul class="shelf" data-nowcast="late" data-nowcast-state='fallback' data-nowcast-reason=timeout>${template}</ul>
     <script async src="/_nowcast/nowcast.js" data-key="pk_dev" data-base="/_nowcast"></script>`,
  );
  expect(lists).toEqual([
    { placement: "home", decisionId: "d1.x", fallback: null, ids: ["a-1"] },
    { placement: "late", decisionId: null, fallback: "timeout", ids: [] },
  ]);
  expect(script).toEqual({ key: "pk_dev", base: "/_nowcast" });
});

test("a view that Nowcast has recorded with the page is not told again", () => {
  const told = (viewed: string) =>
    readPage(
      `<script src="/_nowcast/nowcast.js" data-key="pk_dev" data-base="/_nowcast"${viewed}></script>
       <script type="application/json" data-event>{"type":"view_item","items":[{"id":"a-1"}]}</script>`,
    ).events.length;
  expect([told(""), told(' data-item-view="a-2"'), told(' data-item-view="a-1"')]).toEqual([1, 1, 0]);
});
