// What lies in the cart and waits: lines that came after the last order, and what was last done about them.
import { hash32 } from "../../kernels/hash.ts";
import type { VisitorView } from "../view.ts";

export interface OpenCart {
  readonly lines: number;
  /** By the prices that the events named. */
  readonly value: number;
  /** Epoch ms of the last change. */
  readonly changedAt: number;
  /** Epoch ms at which something in it was last looked at, or it was last changed. */
  readonly regardedAt: number;
  /** Epoch ms of the last look at something else, an item or a list; 0 without any. */
  readonly browsedAt: number;
  /** The last change took something out. */
  readonly isShrinking: boolean;
  /** hash32 of the category of what was last put in; 0 when unknown. */
  readonly category: number;
}

/** Null without any line: an empty cart is nothing that could be bought or abandoned. A purchase ends what lay there. */
export function openCartOf({ cart, touches, shown, orderedAt }: VisitorView): OpenCart | null {
  const items: number[] = [];
  let value = 0;
  let changedAt = 0;
  for (const { item, quantity, price, at } of cart) {
    if (at <= orderedAt) continue;
    items.push(item);
    value += quantity * price;
    changedAt = Math.max(changedAt, at);
  }
  if (items.length === 0) return null;
  let regardedAt = changedAt;
  let browsedAt = shown[0]?.at ?? 0;
  let change: "cart" | "uncart" | null = null;
  let category = 0;
  for (const touch of touches) {
    if (touch.at <= orderedAt) break;
    if (touch.kind === "view" || touch.kind === "click") {
      // What came before the last change decides nothing, and hashing costs.
      if (touch.at <= changedAt) continue;
      if (items.includes(hash32(touch.itemId))) regardedAt = Math.max(regardedAt, touch.at);
      else browsedAt = Math.max(browsedAt, touch.at);
    } else if (touch.kind !== "purchase") {
      change ??= touch.kind;
      changedAt = Math.max(changedAt, touch.at);
      if (touch.kind === "cart" && category === 0) category = touch.category;
    }
  }
  regardedAt = Math.max(regardedAt, changedAt);
  // Prices travel as float32: back to cents.
  value = Math.round(value * 100) / 100;
  return { lines: items.length, value, changedAt, regardedAt, browsedAt, isShrinking: change === "uncart", category };
}
