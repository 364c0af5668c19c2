// What a shopper's browser finds on a page: the lists with their products, which of them Nowcast has filled, and what the page
// wants to have told. It knows the shop's markup and Nowcast's attributes; it is no HTML parser.
import type { ShopEvent } from "../shop/shop-event.ts";

export interface PageList {
  /** The slot's name; `shelf` for what is no slot. */
  readonly placement: string;
  readonly ids: readonly string[];
  /** The receipt of a filled slot, else null. */
  readonly decisionId: string | null;
  /** Why a slot shows the origin's content; null for a filled one, and for what is no slot. */
  readonly fallback: string | null;
}

export interface ReadPage {
  readonly lists: readonly PageList[];
  /** The tag of Nowcast's script; null on a page that carries none. */
  readonly script: { readonly key: string; readonly base: string } | null;
  /** What the page tells through the script, less what Nowcast has recorded already. */
  readonly events: readonly ShopEvent[];
}

const TAG = /<(\/?)([a-z][\w-]*)((?:"[^"]*"|'[^']*'|[^'">])*)>/gi;
const EVENT = /<script type="application\/json" data-event>(.*?)<\/script>/gs;

export function readPage(html: string): ReadPage {
  const lists: PageList[] = [];
  let script: ReadPage["script"] = null;
  let viewed: string | null = null;
  let open: { placement: string; decisionId: string | null; fallback: string | null; ids: string[] } | null = null;
  let inTemplate = false;
  for (const [, close = "", tag = "", text = ""] of html.matchAll(TAG)) {
    const name = tag.toLowerCase();
    if (name === "template") inTemplate = close === "";
    if (inTemplate) continue;
    if (close !== "") {
      if (name === "ul" && open !== null) {
        lists.push(open);
        open = null;
      }
      continue;
    }
    const attribute = attributesOf(text);
    const key = attribute("data-key");
    if (name === "script" && key !== null) {
      script = { key, base: attribute("data-base") ?? "" };
      viewed = attribute("data-item-view");
    }
    if (name === "ul" && attribute("class")?.split(" ").includes("shelf")) {
      const placement = attribute("data-nowcast");
      const isFilled = attribute("data-nowcast-state") === "filled";
      open = {
        placement: placement ?? "shelf",
        decisionId: isFilled ? attribute("data-nowcast-decision") : null,
        fallback: placement === null || isFilled ? null : (attribute("data-nowcast-reason") ?? "untouched"),
        ids: [],
      };
    }
    const id = open === null || name !== "a" ? undefined : /^\/products\/([\w-]+)$/.exec(attribute("href") ?? "")?.[1];
    if (id !== undefined) open?.ids.push(id);
  }
  const events = [...html.matchAll(EVENT)].map(([, json = ""]) => JSON.parse(json) as ShopEvent);
  const isRecorded = ({ type, items }: ShopEvent): boolean => type === "view_item" && items?.[0]?.id === viewed;
  return { lists, script, events: events.filter((event) => !isRecorded(event)) };
}

function attributesOf(text: string): (name: string) => string | null {
  return (name) => {
    const found = new RegExp(`(?:^|\\s)${name}(?:\\s*=\\s*(?:"([^"]*)"|'([^']*)'|([^\\s"'>]+)))?(?=\\s|/|$)`, "i").exec(
      text,
    );
    return found === null ? null : (found[1] ?? found[2] ?? found[3] ?? "");
  };
}
