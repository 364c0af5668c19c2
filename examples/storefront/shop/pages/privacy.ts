// What the visitor allows, in plain words. The choice is handed to Nowcast by its script.
import { html } from "hono/html";
import type { Page } from "../layout.ts";

export function privacyPage(): Page {
  return {
    title: "Your privacy",
    content: html`
<header class="page-head"><h1>Your privacy</h1></header>
<div class="prose"><p>The shop keeps your cart in a cookie. Nowcast, which stands in front of it here, keeps what you look at during your visits, so that the shelves can follow you; nobody else sees it.</p>
<p>You can refuse that. What was kept is then erased, and you see the shop as everybody does.</p>
<p class="choices"><button class="button" data-consent="allow">Allow</button> <button class="quiet" data-consent="refuse">Refuse and erase</button></p><p role="status" data-consent-status></p></div>`,
  };
}
