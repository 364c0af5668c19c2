// The cart: lines to change, the sum, and what goes with it.
import { html, raw } from "hono/html";
import { type Product, productOf } from "../../catalogue/products.ts";
import { bestsellers } from "../bestsellers.ts";
import { slot } from "../card.ts";
import { type CartLine, totalOf } from "../cart.ts";
import type { Page } from "../layout.ts";
import { money } from "../money.ts";

export function cartPage(cart: readonly CartLine[]): Page {
  const ids = cart.map(({ id }) => id);
  const goesWith = slot({
    placement: "cart",
    count: 4,
    context: ids,
    exclude: ids,
    fallback: bestsellers(4, { without: ids }),
  });
  return {
    title: "Your cart",
    isPrivate: true,
    content: html`
<header class="page-head"><h1>Your cart</h1></header>
${
  cart.length === 0
    ? html`<p class="note">It is empty. <a href="/">Have a look around.</a></p>`
    : html`<div class="cart"><ul class="lines">${cart.map(lineOf)}</ul><aside class="sum"><p><span>Together</span><b>${money(totalOf(cart))}</b></p><p class="small">Delivery included, since nothing is delivered.</p><a class="button" href="/checkout">To the checkout</a></aside></div>`
}
<section class="row"><h2>${cart.length === 0 ? "For you" : "You may also like"}</h2>${goesWith}</section>`,
  };
}

function lineOf({ id, quantity }: CartLine) {
  const { title, brand, price } = productOf(id) as Product;
  const counts = [...new Set([1, 2, 3, 4, 5, 6, quantity])].toSorted((a, b) => a - b);
  return html`<li><a href="/products/${id}"><img src="/images/${id}.svg" alt="" width="400" height="400"></a><div><p class="maker">${brand}</p><a href="/products/${id}">${title}</a><div class="line-forms"><form method="post" action="/cart"><input type="hidden" name="id" value="${id}"><input type="hidden" name="set" value="1"><label><span class="hidden">Quantity</span><select name="quantity">${counts.map((count) => html`<option${count === quantity ? raw(" selected") : ""}>${count}</option>`)}</select></label> <button class="quiet">Update</button></form><form method="post" action="/cart"><input type="hidden" name="id" value="${id}"><input type="hidden" name="set" value="1"><input type="hidden" name="quantity" value="0"><button class="quiet">Remove</button></form></div></div><p class="line-price">${money(price * quantity)}</p></li>`;
}
