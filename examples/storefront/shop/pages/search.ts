// What a search finds, or what else there is.
import { html } from "hono/html";
import { bestsellers } from "../bestsellers.ts";
import { shelf, slot } from "../card.ts";
import type { Page } from "../layout.ts";
import { search } from "../search.ts";

const SHOWN = 48;

export function searchPage(query: string): Page {
  const found = search(query);
  const shown = found.slice(0, SHOWN);
  const exclude = shown.map(({ id }) => id);
  const head =
    query === ""
      ? html`<h1>Search</h1><p>What are you looking for?</p>`
      : html`<h1>${found.length === 0 ? "Nothing" : `${found.length} ${found.length === 1 ? "thing" : "things"}`} for “${query}”</h1>`;
  return {
    title: query === "" ? "Search" : `“${query}”`,
    query,
    ...(query === "" ? {} : { events: [{ type: "search", query }] }),
    content: html`
<header class="page-head">${head}</header>
${found.length > 0 ? html`<section class="row">${shelf(shown)}</section>` : ""}
<section class="row"><h2>${found.length > 0 ? "You may also like" : "Perhaps one of these"}</h2>${slot({ placement: "search", count: 4, exclude, fallback: bestsellers(4, { without: exclude }) })}</section>`,
  };
}
