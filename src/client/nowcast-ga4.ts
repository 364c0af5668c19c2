// An adapter, loaded apart: what a site tells Google Analytics 4 through its dataLayer, told to Nowcast too, so that the site
// needs no tracking of its own. docs/from-ga4.md has the table.
import { type LayerEntry, watchDataLayer } from "./data-layer.ts";
import { readGa4Event } from "./ga4-event.ts";

/** What was pushed last of commerce: a tag manager keeps it until it is pushed again. */
let ecommerce: unknown;

function read(entry: LayerEntry): void {
  if (Array.isArray(entry)) {
    const [command, name, parameters] = entry;
    if (command === "event") tell(name, parameters);
    return;
  }
  const pushed = entry as Readonly<Record<string, unknown>>;
  if ("ecommerce" in pushed) ecommerce = pushed.ecommerce;
  // What GA4 expects below `ecommerce` some shops push beside it.
  if (pushed.event) tell(pushed.event, { ...pushed, ...(ecommerce as object | null) });
}

function tell(name: unknown, parameters: unknown): void {
  const event = readGa4Event(`${name}`, (parameters ?? {}) as Readonly<Record<string, unknown>>);
  if (event === undefined || isOurs(event.type, event.fields.items)) return;
  window.nowcast ??= [];
  window.nowcast.push(["track", event.type, event.fields]);
}

/** Whether the items stand in a slot that Nowcast has filled: its script tells of those itself, with the receipt. */
function isOurs(type: string, items: readonly { readonly id: string }[] | undefined): boolean {
  if ((type !== "view_item_list" && type !== "select_item") || items === undefined) return false;
  return items.every(({ id }) =>
    document.querySelector(`[data-nowcast-decision] [data-nowcast-item="${CSS.escape(id)}"]`),
  );
}

watchDataLayer(document.currentScript?.dataset.layer, read);
