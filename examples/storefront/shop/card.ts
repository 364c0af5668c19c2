// A product on a shelf, and the slots that Nowcast fills with the same card: one shape, so that nothing moves.
import { html, raw } from "hono/html";
import type { Product } from "../catalogue/products.ts";
import { money } from "./money.ts";

export type Html = ReturnType<typeof html>;

interface CardFields {
  readonly url: string;
  readonly image: string;
  readonly brand: string;
  readonly title: string;
  readonly price: string | Html;
}

function cardOf({ url, image, brand, title, price }: CardFields): Html {
  return html`<li class="card"><a href="${url}"><img src="${image}" alt="" width="400" height="400" loading="lazy"><span class="card-brand">${brand}</span><span class="card-title">${title}</span><span class="card-price">${price}</span></a></li>`;
}

/** What a template of Nowcast looks like: the card with fields in place of values. */
export const CARD_TEMPLATE = cardOf({
  url: "{{url}}",
  image: "{{image}}",
  brand: "{{brand}}",
  title: "{{title}}",
  price: "{{money}}",
});

export function card(product: Product): Html {
  const { id, title, brand, price, before, available } = product;
  const now =
    before === null ? html`${money(price)}` : html`<b class="reduced">${money(price)}</b> <s>${money(before)}</s>`;
  return cardOf({
    url: `/products/${id}`,
    image: `/images/${id}.svg`,
    brand,
    title,
    price: available ? now : html`Sold out`,
  });
}

export function shelf(products: readonly Product[]): Html {
  return html`<ul class="shelf">${products.map(card)}</ul>`;
}

interface SlotOptions {
  readonly placement: string;
  readonly count: number;
  /** Ids that the slot is about. */
  readonly context?: readonly string[];
  readonly category?: string;
  readonly exclude?: readonly string[];
  /** What the shop shows by itself. */
  readonly fallback: readonly Product[];
}

/** A shelf that Nowcast may fill. Its content is what everybody gets otherwise. */
export function slot({ placement, count, context = [], category, exclude = [], fallback }: SlotOptions): Html {
  const attributes = [
    context.length > 0 ? ` data-context="${context.join(",")}"` : "",
    category === undefined ? "" : ` data-filter-category="${category}"`,
    exclude.length > 0 ? ` data-exclude="${exclude.join(",")}"` : "",
  ];
  return html`<ul class="shelf" data-nowcast="${placement}" data-count="${count}"${raw(attributes.join(""))}><template>${CARD_TEMPLATE}</template>${fallback.map(card)}</ul>`;
}
