// The shop: which path shows what. Pages are rendered here and need no script; the cart is a cookie and posts are forms.
import { Hono } from "hono";
import { getCookie } from "hono/cookie";
import { productOf } from "../catalogue/products.ts";
import { drawPicture } from "../pictures/picture.ts";
import { addLine, type CartLine, cartCookie, readCart, setLine, totalOf } from "./cart.ts";
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
import { type ShopEvent, tellNowcast } from "./tell-nowcast.ts";

export interface ShopBindings {
  Bindings: {
    /** Where the shop's server tells Nowcast of carts and orders, e.g. `http://localhost:8787`. Without it the pages do. */
    readonly NOWCAST_URL?: string;
    readonly NOWCAST_KEY?: string;
  };
}

/** A year: the picture of an id never changes. */
const PICTURE_CACHE = "public, max-age=31536000, immutable";
const FLASH = "shop_event";

export function createShop(): Hono<ShopBindings> {
  const shop = new Hono<ShopBindings>();

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
    if (flash !== null) headers.append("set-cookie", `${FLASH}=; Path=/; Max-Age=0; SameSite=Lax`);
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
    const form = await c.req.formData();
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
    const { id, price, category } = product;
    const event: ShopEvent = {
      type: change > 0 ? "add_to_cart" : "remove_from_cart",
      items: [{ id, price, category, quantity: Math.abs(change) }],
      value: Math.abs(change) * price,
      currency: "EUR",
    };
    await tell(c.req.raw, c.env, event, answer);
    return answer;
  });

  shop.get("/checkout", (c) => show(c.req.raw, checkoutPage));

  shop.post("/checkout", async (c) => {
    const cart = readCart(getCookie(c, "cart"));
    if (cart.length === 0) return c.redirect("/cart", 303);
    const order = { id: crypto.randomUUID().slice(0, 8).toUpperCase(), lines: cart };
    const answer = seeOther("/thanks", cartCookie([]));
    answer.headers.append("set-cookie", orderCookie(order));
    const items = cart.map(({ id, quantity }) => {
      const product = productOf(id);
      return { id, quantity, price: product?.price ?? 0, category: product?.category ?? "" };
    });
    await tell(
      c.req.raw,
      c.env,
      { type: "purchase", orderId: order.id, items, value: totalOf(cart), currency: "EUR" },
      answer,
    );
    return answer;
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

/** Tells Nowcast from here where that is set up and the visitor is known, else has the next page tell it. */
async function tell(
  request: Request,
  env: ShopBindings["Bindings"],
  event: ShopEvent,
  answer: Response,
): Promise<void> {
  if (await tellNowcast(request, env, event)) return;
  const value = encodeURIComponent(JSON.stringify(event));
  if (value.length < 3000) answer.headers.append("set-cookie", `${FLASH}=${value}; Path=/; Max-Age=60; SameSite=Lax`);
}

function seeOther(location: string, cookie: string): Response {
  return new Response(null, { status: 303, headers: { location, "set-cookie": cookie, "cache-control": "no-store" } });
}

function cookieOf(header: string, name: string): string | undefined {
  const pair = header.split(/;\s*/).find((one) => one.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

function readFlash(value: string | undefined): ShopEvent | null {
  if (value === undefined || value === "") return null;
  try {
    const event = JSON.parse(decodeURIComponent(value));
    return typeof event === "object" && event !== null && typeof event.type === "string" ? event : null;
  } catch {
    return null;
  }
}
