// Pages of a shop that carry the browser's script from another origin.
import type { CLIENT_SCRIPTS } from "../../workers/edge/client-scripts.ts";

/** An event as the script sends it. */
export interface SentEvent {
  readonly id: string;
  readonly type: string;
  readonly ts: number;
  readonly items?: readonly { readonly id: string; readonly [field: string]: unknown }[];
  readonly context: { readonly url: string; readonly referrer: string; readonly consent?: object };
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

/** The tag of a script. @param attributes such as `data-consent="required"` */
export function scriptTag(base: string, attributes = "", name: keyof typeof CLIENT_SCRIPTS = "nowcast.js"): string {
  return `<script async src="${base}/${name}" data-key="pk_dev" ${attributes}></script>`;
}

export function pageWith(head: string, body = "<h1>A page</h1>"): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title>${head}</head><body>${body}</body></html>`;
}
