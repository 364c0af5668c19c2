// What a page shows of an item: the fields that templates know, of the item as it was put.
import type { Item } from "./item.ts";

export const DISPLAY_FIELDS = [
  "title",
  "url",
  "image",
  "price",
  "currency",
  "brand",
  "category",
  "attributes",
] as const;

export type DisplayField = (typeof DISPLAY_FIELDS)[number];
export type Display = { readonly [F in DisplayField]?: Item[F] };

/** Attributes may be anything and large; isolates hold displays by the thousand. */
const MAX_ATTRIBUTES_LENGTH = 2_048;

/** As JSON, since that is how it travels and is measured. */
export function displayJson(item: Item): string {
  const { title, url, image, price, currency, brand, category, attributes } = item;
  const isSmall = attributes !== undefined && JSON.stringify(attributes).length <= MAX_ATTRIBUTES_LENGTH;
  const kept = isSmall ? { attributes } : {};
  return JSON.stringify({ title, url, image, price, currency, brand, category, ...kept });
}
