import { expect, test } from "vitest";
import { PRODUCTS } from "../catalogue/products.ts";
import { SHELVES } from "../catalogue/shelves.ts";
import { createShop } from "./app.ts";
import { readCart, setLine } from "./cart.ts";
import { search } from "./search.ts";

const shop = createShop();
const get = (path: string, cookie = ""): Promise<Response> =>
  Promise.resolve(shop.request(path, { headers: cookie === "" ? {} : { cookie } }));
const post = (path: string, form: Record<string, string>, cookie = ""): Promise<Response> =>
  Promise.resolve(
    shop.request(
      path,
      { method: "POST", body: new URLSearchParams(form), headers: cookie === "" ? {} : { cookie } },
      {},
    ),
  );
/** The cookies that an answer sets, as a browser sends them back. */
const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .filter((cookie) => !cookie.includes("Max-Age=0"))
    .map((cookie) => cookie.split(";")[0])
    .join("; ");

test("every page of the shop answers, and every product and picture that a page links to exists", async () => {
  const pages = [
    "/",
    "/search?q=brass+lamp",
    "/cart",
    "/checkout",
    "/privacy",
    ...SHELVES.map(({ category }) => `/c/${category}`),
  ];
  const links = new Set<string>();
  for (const path of pages) {
    const answer = await get(path);
    expect(answer.status, path).toBe(200);
    for (const [, link = ""] of (await answer.text()).matchAll(/(?:href|src)="(\/(?:products|images|c)\/[^"]+)"/g)) {
      if (!link.includes("{{")) links.add(link);
    }
  }
  expect(links.size).toBeGreaterThan(500);
  for (const link of links) expect((await get(link)).status, link).toBe(200);
});

test("a page that is not there says so with 404 and still shows the shop", async () => {
  for (const path of ["/products/none", "/c/none", "/elsewhere"]) {
    const answer = await get(path);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("That is not here.");
  }
});

test("a visitor without a script fills the cart, changes it and orders, with forms and a cookie", async () => {
  const added = await post("/cart", { id: "lamp-01", quantity: "2" });
  expect(added.status).toBe(303);
  const cookie = cookiesOf(added);
  expect(readCart(/cart=([^;]+)/.exec(cookie)?.[1])).toEqual([{ id: "lamp-01", quantity: 2 }]);
  const page = await (await get("/cart", cookie)).text();
  expect(page).toContain('aria-label="Cart, 2 pieces"');
  expect(page).toContain('data-nowcast="cart" data-count="4" data-context="lamp-01" data-exclude="lamp-01"');
  expect(page).toContain('"type":"add_to_cart"');
  const less = await post("/cart", { id: "lamp-01", quantity: "1", set: "1" }, cookie);
  expect(await (await get("/cart", cookiesOf(less))).text()).toContain('"type":"remove_from_cart"');
  const ordered = await post("/checkout", {}, cookie);
  expect(ordered.headers.get("location")).toBe("/thanks");
  const thanks = await (await get("/thanks", cookiesOf(ordered))).text();
  expect(thanks).toContain("2 pieces");
  expect(thanks).toContain('"type":"purchase"');
});

test("what happened is told by one page and not by the next", async () => {
  const answer = await get("/cart", cookiesOf(await post("/cart", { id: "rug-03", quantity: "1" })));
  expect(answer.headers.getSetCookie().some((cookie) => cookie.startsWith("shop_event=;"))).toBe(true);
  expect(await (await get("/cart", "cart=rug-03:1")).text()).not.toContain("add_to_cart");
});

test("a cart cookie that was tampered with holds only what the shop sells, in amounts that make sense", () => {
  expect(readCart("lamp-01:2.nothing:3.lamp-01:-4.rug-01:x.chair-01:1e9")).toEqual([
    { id: "lamp-01", quantity: 2 },
    { id: "chair-01", quantity: 99 },
  ]);
  expect(readCart("%E0%A4%A")).toEqual([]);
  expect(setLine([{ id: "lamp-01", quantity: 2 }], "lamp-01", 0)).toEqual([]);
});

test("what a visitor types is shown as text", async () => {
  const page = await (await get(`/search?q=${encodeURIComponent('"><script>alert(1)</script>')}`)).text();
  expect(page).not.toContain("<script>alert");
});

test("a page without a cart may be cached by anybody, one with a cart by nobody else", async () => {
  expect((await get("/")).headers.get("cache-control")).toContain("public");
  expect((await get("/", "cart=lamp-01:1")).headers.get("cache-control")).toContain("private");
  expect((await get("/cart")).headers.get("cache-control")).toContain("private");
});

test("search finds every word of a query in title, category, brand or tags", () => {
  const found = search("brass lamp");
  expect(found.length).toBeGreaterThan(3);
  expect(found.every(({ category, tags }) => category === "lamps" && tags.includes("brass"))).toBe(true);
  expect(search("lamps").length).toBeGreaterThanOrEqual(PRODUCTS.filter(({ category }) => category === "lamps").length);
  expect(search("brass submarine")).toEqual([]);
  expect(search("…")).toEqual([]);
});
