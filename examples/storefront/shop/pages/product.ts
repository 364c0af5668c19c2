// A product: picture, price, into the cart, facts, and what else there is.
import { html } from "hono/html";
import { PRODUCTS, type Product } from "../../catalogue/products.ts";
import { SHELVES } from "../../catalogue/shelves.ts";
import { bestsellers } from "../bestsellers.ts";
import { slot } from "../card.ts";
import type { Page } from "../layout.ts";
import { money } from "../money.ts";

export function productPage(product: Product): Page {
  const { id, title, brand, price, before, available, category, description, material, colour, style, room, size } =
    product;
  const shelf = SHELVES.find((one) => one.category === category);
  const [width, depth, height] = size;
  return {
    title,
    description,
    category,
    events: [{ type: "view_item", items: [{ id, price, category }], value: price, currency: "EUR" }],
    content: html`
<nav class="crumbs" aria-label="You are here"><a href="/">Home</a> / <a href="/c/${category}">${shelf?.title ?? category}</a></nav>
<article class="product">
<div class="product-picture"><img src="/images/${id}.svg" alt="${title}" width="400" height="400"></div>
<div class="product-text">
<p class="maker">${brand}</p><h1>${title}</h1>
<p class="price">${before === null ? money(price) : html`<b class="reduced">${money(price)}</b> <s>${money(before)}</s>`}</p>
<p>${description}</p>
${
  available
    ? html`<form class="buy" method="post" action="/cart"><input type="hidden" name="id" value="${id}"><label>Quantity <select name="quantity">${[1, 2, 3, 4, 5, 6].map((count) => html`<option>${count}</option>`)}</select></label><button class="button">Add to the cart</button></form>`
    : html`<p class="note">Sold out for now. See what is like it below.</p>`
}
<dl class="facts"><div><dt>Material</dt><dd>${material}</dd></div><div><dt>Colour</dt><dd>${colour}</dd></div><div><dt>Style</dt><dd><a href="/c/${category}?style=${style}">${style}</a></dd></div><div><dt>Where</dt><dd>${room}</dd></div><div><dt>Size</dt><dd>${width} × ${depth} × ${height} cm</dd></div></dl>
</div></article>
<section class="row"><h2>You may also like</h2>${slot({ placement: "product", count: 4, context: [id], fallback: companions(product) })}</section>
<section class="row"><h2>More like this</h2>${slot({ placement: "similar", count: 4, context: [id], category, fallback: bestsellers(4, { category, without: [id] }) })}</section>`,
  };
}

/** Things of other categories in the same room and style, else what sells. */
function companions({ id, category, room, style }: Product): Product[] {
  const near = PRODUCTS.filter(
    (one) => one.available && one.category !== category && one.room === room && one.style === style,
  );
  const one = [...new Map(near.map((product) => [product.category, product])).values()];
  return [...one, ...bestsellers(8, { without: [id, ...one.map((product) => product.id)] })].slice(0, 4);
}
