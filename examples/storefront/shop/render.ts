// The frame around every page: head, navigation, search, cart, footer.
import { html, raw } from "hono/html";
import { SHELVES } from "../catalogue/shelves.ts";
import type { Html } from "./card.ts";
import { type CartLine, piecesOf } from "./cart.ts";
import type { Page } from "./layout.ts";

const NAME = "Fernhall";

export function render(page: Page, cart: readonly CartLine[]): Html | Promise<Html> {
  const pieces = piecesOf(cart);
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${page.title} · ${NAME}</title>
<meta name="description" content="${page.description ?? "Lamps, chairs, rugs and other things for the home."}">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<script defer src="/shop.js"></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<header class="top">
<a class="logo" href="/" aria-label="${NAME}, home">${LEAF}<span>${NAME}</span></a>
<form class="search" action="/search" role="search"><input type="search" name="q" value="${page.query ?? ""}" placeholder="Brass lamp, wool rug …" aria-label="Search the shop" autocomplete="off"><button aria-label="Search">${LENS}</button></form>
<a class="basket" href="/cart" aria-label="Cart, ${pieces} ${pieces === 1 ? "piece" : "pieces"}">${BAG}<span>Cart</span>${pieces > 0 ? html`<b>${pieces}</b>` : ""}</a>
<nav aria-label="Categories"><ul>${SHELVES.map(({ category, title }) => html`<li><a href="/c/${category}"${page.category === category ? raw(' aria-current="page"') : ""}>${title}</a></li>`)}</ul></nav>
</header>
<main id="content">${page.content}</main>
<footer><div><p><b>${NAME}</b> sells things that are not made, by people who do not exist. It is the demo shop of Nowcast: put something into the cart, nothing will come.</p>
<ul><li><a href="/c/lamps">Lamps</a></li><li><a href="/c/garden">Garden</a></li><li><a href="/privacy">Your privacy</a></li><li><a href="?nowcast-panel" rel="nofollow" data-panel>What Nowcast sees</a></li></ul></div></footer>
${(page.events ?? []).map((event) => html`<script type="application/json" data-event>${raw(inScript(event))}</script>\n`)}</body>
</html>
`;
}

/** JSON that cannot end its script element. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

const icon = (paths: string): Html =>
  html`<svg viewBox="0 0 24 24" width="22" height="22" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true">${raw(paths)}</svg>`;
const LEAF = icon('<path d="M12 21V8M12 15C7 15 4 12 4 7c5 0 8 3 8 8ZM12 11c0-4 2.5-7 8-8 0 6-3.5 8.5-8 8.5"/>');
const LENS = icon('<circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/>');
const BAG = icon('<path d="M5 8h14l1 12.5H4L5 8ZM9 10.5V7a3 3 0 0 1 6 0v3.5"/>');
