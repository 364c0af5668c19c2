// After the order.
import { html } from "hono/html";
import { bestsellers } from "../bestsellers.ts";
import { slot } from "../card.ts";
import { piecesOf, totalOf } from "../cart.ts";
import type { Page } from "../layout.ts";
import { money } from "../money.ts";
import type { Order } from "../order.ts";

export function thanksPage({ id, lines }: Order): Page {
  const ids = lines.map((line) => line.id);
  const pieces = piecesOf(lines);
  return {
    title: "Thank you",
    isPrivate: true,
    content: html`
<header class="page-head"><h1>Thank you.</h1><p>Order ${id}: ${pieces} ${pieces === 1 ? "piece" : "pieces"} for ${money(totalOf(lines))}. It will be with you in spirit.</p></header>
<section class="row"><h2>For the next time</h2>${slot({ placement: "thanks", count: 4, context: ids, exclude: ids, fallback: bestsellers(4, { without: ids }) })}</section>`,
  };
}
