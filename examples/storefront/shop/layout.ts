// What a page of the shop is made of.
import type { Html } from "./card.ts";
import type { ShopEvent } from "./shop-event.ts";

export interface Page {
  readonly title: string;
  readonly description?: string;
  /** Of the navigation. */
  readonly category?: string;
  readonly query?: string;
  readonly content: Html;
  /** What the page tells through the browser's script. */
  readonly events?: readonly ShopEvent[];
  /** Shows what is the visitor's alone. */
  readonly isPrivate?: boolean;
}
