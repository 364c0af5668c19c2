// The last order, kept in a cookie for the page that says thanks.
import { type CartLine, cartText, readCart } from "./cart.ts";

export interface Order {
  readonly id: string;
  readonly lines: readonly CartLine[];
}

export function orderCookie({ id, lines }: Order): string {
  return `order=${id}~${cartText(lines)}; Path=/thanks; Max-Age=3600; SameSite=Lax; HttpOnly`;
}

export function readOrder(cookie: string | undefined): Order | null {
  const [id = "", lines = ""] = (cookie ?? "").split("~");
  const known = readCart(lines);
  return /^[0-9A-F]{8}$/.test(id) && known.length > 0 ? { id, lines: known } : null;
}
