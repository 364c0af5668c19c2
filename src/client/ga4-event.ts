// What Google Analytics 4 says of commerce, as an event: the names are the same, the fields have others. A pure function; the
// table is in docs/from-ga4.md (https://developers.google.com/analytics/devguides/collection/ga4/reference/events).
import type { EventFields } from "./api.ts";

type Parameters = Readonly<Record<string, unknown>>;

export interface ReadEvent {
  readonly type: string;
  readonly fields: EventFields;
}

/** Recommended events of GA4 that say what a visitor does; page views are the script's own. */
const TYPES = new Set(
  (
    "view_item_list select_item view_item add_to_cart remove_from_cart view_cart add_to_wishlist begin_checkout " +
    "add_shipping_info add_payment_info purchase refund view_promotion select_promotion search login sign_up"
  ).split(" "),
);
const SAME: Readonly<Record<string, string>> = { view_search_results: "search" };
/** Kept as properties of the event. */
const PROPERTIES =
  "coupon shipping tax affiliation method payment_type shipping_tier promotion_id promotion_name creative_slot";
const MAX_ITEMS = 100;
/** UTF-8, by the limits of the API. */
const NAME_BYTES = 128;
const QUERY_BYTES = 1024;
const EVENT_ID_BYTES = 64;
const MAX_AMOUNT = 1e12;
const MAX_POSITION = 2 ** 31 - 1;

/** @returns undefined for what says nothing of commerce */
export function readGa4Event(name: string, parameters: Parameters): ReadEvent | undefined {
  const type = SAME[name] ?? name;
  if (!TYPES.has(type)) return undefined;
  const raw = Array.isArray(parameters.items) ? (parameters.items as unknown[]) : [];
  const lines = raw.filter((line): line is Parameters => typeof line === "object" && line !== null);
  const items = lines.flatMap(itemOf).slice(0, MAX_ITEMS);
  const { item_list_id, item_list_name, transaction_id, search_term, currency } = parameters;
  const first = lines[0] ?? {};
  const list = textOf(item_list_id ?? item_list_name ?? first.item_list_id ?? first.item_list_name);
  const position = numberOf(first.index);
  const isList = type === "view_item_list" || type === "select_item";
  const orderId = textOf(transaction_id);
  const code = textOf(currency ?? first.currency)?.toUpperCase();
  const properties = present(Object.fromEntries(PROPERTIES.split(" ").map((key) => [key, parameters[key]])));
  const fields = present({
    // The page that says thank you is loaded again: GA4 counts an order once, and so does this id.
    id: orderId === undefined ? undefined : textOf(`ga4-${type}-${orderId}`, EVENT_ID_BYTES),
    items: items.length > 0 ? items : undefined,
    placement: isList ? list : undefined,
    position:
      isList && position !== undefined && position >= 0 ? Math.min(Math.floor(position), MAX_POSITION) : undefined,
    value: numberOf(parameters.value),
    currency: code !== undefined && /^[A-Z]{3}$/.test(code) ? code : undefined,
    orderId,
    query: textOf(search_term, QUERY_BYTES),
    properties: Object.keys(properties).length > 0 ? properties : undefined,
  });
  return { type, fields: fields as EventFields };
}

function itemOf(line: Parameters): { id: string }[] {
  const id = textOf(line.item_id ?? line.id);
  if (id === undefined) return [];
  const price = numberOf(line.price);
  const quantity = numberOf(line.quantity);
  const known = present({
    title: textOf(line.item_name),
    brand: textOf(line.item_brand),
    category: textOf(line.item_category),
    variant: textOf(line.item_variant),
    price: price !== undefined && price >= 0 ? price : undefined,
    quantity: quantity !== undefined && quantity >= 0 ? quantity : undefined,
  });
  return [{ id, ...known }];
}

/** Shops push ids as numbers as well. @param bytes of UTF-8 that the API takes */
function textOf(value: unknown, bytes = NAME_BYTES): string | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  const room = new Uint8Array(bytes);
  const { written } = new TextEncoder().encodeInto(`${value}`.replace(/\p{Cc}/gu, ""), room);
  return new TextDecoder().decode(room.subarray(0, written)) || undefined;
}

/** And prices as texts. */
function numberOf(value: unknown): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && Math.abs(number) <= MAX_AMOUNT ? number : undefined;
}

function present(fields: Parameters): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== null));
}
