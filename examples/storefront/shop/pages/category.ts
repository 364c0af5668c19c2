// A category: what suits the visitor, then everything, sorted and narrowed by forms.
import { html, raw } from "hono/html";
import { STYLES } from "../../catalogue/brands.ts";
import { PRODUCTS, type Product } from "../../catalogue/products.ts";
import { SHELVES } from "../../catalogue/shelves.ts";
import { bestsellers, rankOf } from "../bestsellers.ts";
import { shelf, slot } from "../card.ts";
import type { Page } from "../layout.ts";

const SORTINGS = {
  popular: { label: "Popular first", by: (a: Product, b: Product) => rankOf(a) - rankOf(b) },
  new: { label: "New first", by: (a: Product, b: Product) => a.daysOld - b.daysOld },
  cheap: { label: "Price, low to high", by: (a: Product, b: Product) => a.price - b.price },
  dear: { label: "Price, high to low", by: (a: Product, b: Product) => b.price - a.price },
} as const;

export type Sorting = keyof typeof SORTINGS;

export function isSorting(text: string | undefined): text is Sorting {
  return text !== undefined && Object.hasOwn(SORTINGS, text);
}

/** Null when the shop has no such category. @param style one of the styles, or anything else for all */
export function categoryPage(category: string, sorting: Sorting, style: string): Page | null {
  const found = SHELVES.find((one) => one.category === category);
  if (found === undefined) return null;
  const all = PRODUCTS.filter((product) => product.category === category);
  const chosen = STYLES.find((one) => one === style);
  const shown = all
    .filter((product) => chosen === undefined || product.style === chosen)
    .toSorted(SORTINGS[sorting].by);
  // What is sold out comes last, however it is sorted.
  shown.sort((a, b) => Number(b.available) - Number(a.available));
  return {
    title: found.title,
    description: found.about,
    category,
    content: html`
<header class="page-head"><h1>${found.title}</h1><p>${found.about}</p></header>
<section class="row"><h2>Picked for you</h2>${slot({ placement: "category", count: 4, category, fallback: bestsellers(4, { category }) })}</section>
<section class="row"><div class="row-head"><h2>All ${found.title.toLowerCase()} <small>${shown.length}</small></h2>
<form class="sorting"><label>Style <select name="style"><option value="">Any</option>${STYLES.map((one) => html`<option${one === chosen ? raw(" selected") : ""}>${one}</option>`)}</select></label><label>Sort <select name="sort">${Object.entries(SORTINGS).map(([name, { label }]) => html`<option value="${name}"${name === sorting ? raw(" selected") : ""}>${label}</option>`)}</select></label><button class="quiet">Show</button></form></div>
${shelf(shown)}</section>`,
  };
}
