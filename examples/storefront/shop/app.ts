// The shop: which path shows what. Pages are rendered here and need no script; the cart is a cookie and posts are forms.
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { productOf } from "../catalogue/products.ts";
import { drawPicture } from "../pictures/picture.ts";
import { addLine, type CartLine, cartCookie, readCart, setLine } from "./cart.ts";
import { FLASH, type Flash, flashCookie, NO_FLASH, readFlash } from "./flash.ts";
import type { Page } from "./layout.ts";
import { orderCookie, readOrder } from "./order.ts";
import { cartPage } from "./pages/cart.ts";
import { categoryPage, isSorting } from "./pages/category.ts";
import { checkoutPage } from "./pages/checkout.ts";
import { homePage } from "./pages/home.ts";
import { notFoundPage } from "./pages/not-found.ts";
import { privacyPage } from "./pages/privacy.ts";
import { productPage } from "./pages/product.ts";
import { searchPage } from "./pages/search.ts";
import { thanksPage } from "./pages/thanks.ts";
import { render } from "./render.ts";

/** A year: the picture of an id never changes. */
const PICTURE_CACHE = "public, max-age=31536000, immutable";

export function createShop(): Hono {
  const shop = new Hono();

  /** Renders with the visitor's cart; what was posted a moment ago is told by the page, once. */
  const show = (request: Request, make: (cart: readonly CartLine[]) => Page, status = 200): Response => {
    const cookies = request.headers.get("cookie") ?? "";
    const cart = readCart(cookieOf(cookies, "cart"));
    const flash = readFlash(cookieOf(cookies, FLASH));
    const page = make(cart);
    const headers = new Headers({ "content-type": "text/html; charset=utf-8", vary: "Cookie" });
    headers.set(
      "cache-control",
      page.isPrivate || cart.length > 0 || flash !== null ? "private, no-cache" : "public, max-age=0, s-maxage=60",
    );
    if (flash !== null) headers.append("set-cookie", NO_FLASH);
    const events = [...(page.events ?? []), ...(flash === null ? [] : [flash])];
    return new Response(String(render({ ...page, events }, cart)), { status, headers });
  };

  shop.get("/", (c) => show(c.req.raw, () => homePage()));

  shop.get("/c/:category", (c) => {
    const { category } = c.req.param();
    const sorting = c.req.query("sort");
    const page = categoryPage(category, isSorting(sorting) ? sorting : "popular", c.req.query("style") ?? "");
    return page === null ? show(c.req.raw, notFoundPage, 404) : show(c.req.raw, () => page);
  });

  shop.get("/products/:id", (c) => {
    const product = productOf(c.req.param("id"));
    return product ? show(c.req.raw, () => productPage(product)) : show(c.req.raw, notFoundPage, 404);
  });

  shop.get("/search", (c) => show(c.req.raw, () => searchPage((c.req.query("q") ?? "").slice(0, 200).trim())));

  shop.get("/cart", (c) => show(c.req.raw, cartPage));

  shop.post("/cart", async (c) => {
    const form = await c.req.formData().catch(() => new FormData());
    const product = productOf(String(form.get("id") ?? ""));
    const cart = readCart(getCookie(c, "cart"));
    const quantity = Number(form.get("quantity") ?? 1);
    if (product === undefined || !Number.isInteger(quantity) || quantity < 0 || quantity > 99)
      return c.redirect("/cart", 303);
    const isAdding = form.get("set") === null;
    const before = cart.find(({ id }) => id === product.id)?.quantity ?? 0;
    const next = isAdding ? addLine(cart, product.id, quantity) : setLine(cart, product.id, quantity);
    const change = (next.find(({ id }) => id === product.id)?.quantity ?? 0) - before;
    const answer = seeOther("/cart", cartCookie(next));
    if (change === 0) return answer;
    const type = change > 0 ? "add_to_cart" : "remove_from_cart";
    return told(answer, { type, lines: [{ id: product.id, quantity: Math.abs(change) }] });
  });

  shop.get("/checkout", (c) => show(c.req.raw, checkoutPage));

  shop.post("/checkout", async (c) => {
    const cart = readCart(getCookie(c, "cart"));
    if (cart.length === 0) return c.redirect("/cart", 303);
    const order = { id: crypto.randomUUID().slice(0, 8).toUpperCase(), lines: cart };
    const answer = seeOther("/thanks", cartCookie([]));
    answer.headers.append("set-cookie", orderCookie(order));
    return told(answer, { type: "purchase", lines: cart, orderId: order.id });
  });

  shop.get("/thanks", (c) => {
    const order = readOrder(getCookie(c, "order"));
    return order === null ? c.redirect("/", 303) : show(c.req.raw, () => thanksPage(order));
  });

  shop.get("/privacy", (c) => show(c.req.raw, privacyPage));

  shop.get("/images/:file", (c) => {
    const product = productOf(c.req.param("file").replace(/\.svg$/, ""));
    if (product === undefined) return c.notFound();
    return c.body(drawPicture(product), 200, { "content-type": "image/svg+xml", "cache-control": PICTURE_CACHE });
  });

  shop.notFound((c) => show(c.req.raw, notFoundPage, 404));
  return shop;
}

function told(answer: Response, flash: Flash): Response {
  answer.headers.append("set-cookie", flashCookie(flash));
  return answer;
}

function seeOther(location: string, cookie: string): Response {
  return new Response(null, { status: 303, headers: { location, "set-cookie": cookie, "cache-control": "no-store" } });
}

function cookieOf(header: string, name: string): string | undefined {
  const pair = header.split(/;\s*/).find((one) => one.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}
