// There is no such page.
import { html } from "hono/html";
import { bestsellers } from "../bestsellers.ts";
import { shelf } from "../card.ts";
import type { Page } from "../layout.ts";

export function notFoundPage(): Page {
  return {
    title: "Not here",
    content: html`<header class="page-head"><h1>That is not here.</h1><p>Perhaps it never was. <a href="/">To the front page</a></p></header><section class="row">${shelf(bestsellers(4))}</section>`,
  };
}
