// What a form has just done, for the next page to tell, once: what happened on a server is known to the browser's script only
// then. A cookie `add_to_cart~~lamp-01:2`, read against the catalogue.
import { type Product, productOf } from "../catalogue/products.ts";
import { type CartLine, cartText, readCart, totalOf } from "./cart.ts";
import type { ShopEvent } from "./shop-event.ts";

export const FLASH = "shop_event";
const TYPES = ["add_to_cart", "remove_from_cart", "purchase"] as const;

export interface Flash {
  readonly type: (typeof TYPES)[number];
  readonly lines: readonly CartLine[];
  readonly orderId?: string;
}

export function flashCookie({ type, lines, orderId = "" }: Flash): string {
  return `${FLASH}=${type}~${orderId}~${cartText(lines)}; Path=/; Max-Age=60; SameSite=Lax; HttpOnly`;
}

export const NO_FLASH = `${FLASH}=; Path=/; Max-Age=0; SameSite=Lax; HttpOnly`;

/** @param cookie its value @returns null when there is none, or none that the shop has written */
export function readFlash(cookie: string | undefined): ShopEvent | null {
  const [name = "", orderId = "", text = ""] = (cookie ?? "").split("~");
  const type = TYPES.find((one) => one === name);
  const lines = readCart(text);
  if (type === undefined || lines.length === 0) return null;
  return { type, ...eventOf(lines), ...(type === "purchase" ? { orderId } : {}) };
}

/** Items and value of an event about these lines. */
export function eventOf(lines: readonly CartLine[]): Pick<ShopEvent, "items" | "value" | "currency"> {
  const items = lines.map(({ id, quantity }) => {
    const { price, category } = productOf(id) as Product;
    return { id, price, category, quantity };
  });
  return { items, value: totalOf(lines), currency: "EUR" };
}
