// The checkout: nobody is asked for anything true, and nothing that is typed is kept.
import { html } from "hono/html";
import { type Product, productOf } from "../../catalogue/products.ts";
import { type CartLine, totalOf } from "../cart.ts";
import { eventOf } from "../flash.ts";
import type { Page } from "../layout.ts";
import { money } from "../money.ts";

export function checkoutPage(cart: readonly CartLine[]): Page {
  if (cart.length === 0) {
    return {
      title: "Checkout",
      isPrivate: true,
      content: html`<header class="page-head"><h1>Checkout</h1></header><p class="note">There is nothing to pay for. <a href="/">Have a look around.</a></p>`,
    };
  }
  return {
    title: "Checkout",
    isPrivate: true,
    events: [{ type: "begin_checkout", ...eventOf(cart) }],
    content: html`
<header class="page-head"><h1>Checkout</h1><p>This is a demo: make up what you like, nothing of it is kept.</p></header>
<form class="checkout" method="post" action="/checkout">
<div class="fields">
<label>Name <input name="name" autocomplete="off" value="A. Visitor"></label>
<label>Street <input name="street" autocomplete="off" value="Example Lane 1"></label>
<label>Town <input name="town" autocomplete="off" value="Nowhere"></label>
<label>How you pay <select name="payment"><option>With good intentions</option><option>On account, never</option></select></label>
</div>
<aside class="sum">${cart.map(({ id, quantity }) => {
      const { title, price } = productOf(id) as Product;
      return html`<p><span>${quantity} × ${title}</span><b>${money(price * quantity)}</b></p>`;
    })}<p class="total"><span>Together</span><b>${money(totalOf(cart))}</b></p><button class="button">Order</button></aside>
</form>`,
  };
}
