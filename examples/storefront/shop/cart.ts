// The cart: a cookie `cart=lamp-01:2.chair-03:1`, so that it needs neither a script nor a database.
import { productOf } from "../catalogue/products.ts";

export interface CartLine {
  readonly id: string;
  readonly quantity: number;
}

const MAX_LINES = 30;
const MAX_QUANTITY = 99;
const MONTH_S = 30 * 86_400;

/** What a cookie says that the shop can deliver; anything else in it is passed over. */
export function readCart(cookie: string | undefined): CartLine[] {
  const lines = new Map<string, number>();
  for (const part of decoded(cookie).split(".")) {
    const [id = "", count = ""] = part.split(":");
    const quantity = Number(count);
    if (productOf(id) === undefined || !Number.isInteger(quantity) || quantity < 1) continue;
    if (lines.size < MAX_LINES || lines.has(id)) lines.set(id, Math.min(MAX_QUANTITY, (lines.get(id) ?? 0) + quantity));
  }
  return [...lines].map(([id, quantity]) => ({ id, quantity }));
}

function decoded(cookie: string | undefined): string {
  try {
    return decodeURIComponent(cookie ?? "");
  } catch {
    return "";
  }
}

export function addLine(cart: readonly CartLine[], id: string, quantity: number): CartLine[] {
  const before = cart.find((line) => line.id === id)?.quantity ?? 0;
  return setLine(cart, id, before + quantity);
}

/** 0 takes it out. */
export function setLine(cart: readonly CartLine[], id: string, quantity: number): CartLine[] {
  const line = { id, quantity: Math.min(MAX_QUANTITY, quantity) };
  const isThere = cart.some((one) => one.id === id);
  const lines = isThere ? cart.map((one) => (one.id === id ? line : one)) : [...cart, line];
  return lines.filter((one) => one.quantity > 0).slice(0, MAX_LINES);
}

export function cartText(cart: readonly CartLine[]): string {
  return cart.map(({ id, quantity }) => `${id}:${quantity}`).join(".");
}

export function cartCookie(cart: readonly CartLine[]): string {
  const age = cart.length === 0 ? 0 : MONTH_S;
  return `cart=${cartText(cart)}; Path=/; Max-Age=${age}; SameSite=Lax; HttpOnly`;
}

/** EUR. */
export function totalOf(cart: readonly CartLine[]): number {
  return cart.reduce((sum, { id, quantity }) => sum + (productOf(id)?.price ?? 0) * quantity, 0);
}

export function piecesOf(cart: readonly CartLine[]): number {
  return cart.reduce((sum, { quantity }) => sum + quantity, 0);
}
