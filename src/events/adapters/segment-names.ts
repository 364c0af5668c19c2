// What the events of Segment's e-commerce spec are called here: the names of GA4. Any other name becomes a custom event,
// written as ours are. https://www.twilio.com/docs/segment/connections/spec/ecommerce/v2
import { hash32 } from "../../kernels/hash.ts";

const TYPE_MAX = 40;

/** By the name in lower case with underscores, so that spelling and the older order of words (Viewed Product) do not matter. */
const TYPES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    products_searched: "search",
    product_list_viewed: "view_item_list",
    product_list_filtered: "view_item_list",
    product_clicked: "select_item",
    product_viewed: "view_item",
    product_added: "add_to_cart",
    wishlist_product_added_to_cart: "add_to_cart",
    product_removed: "remove_from_cart",
    cart_viewed: "view_cart",
    checkout_started: "begin_checkout",
    payment_info_entered: "add_payment_info",
    order_completed: "purchase",
    order_refunded: "refund",
    promotion_viewed: "view_promotion",
    promotion_clicked: "select_promotion",
    product_added_to_wishlist: "add_to_wishlist",
    product_shared: "share",
    cart_shared: "share",
    signed_up: "sign_up",
    signed_in: "login",
    // The first version of the spec.
    searched_products: "search",
    viewed_product_category: "view_item_list",
    viewed_product: "view_item",
    added_product: "add_to_cart",
    removed_product: "remove_from_cart",
    completed_order: "purchase",
  }),
);

/** The type of an event that is called `name`; the same name always gives the same type. */
export function typeOfName(name: string): string {
  const words = snakeCase(name);
  return TYPES.get(words) ?? withinLimit(words, name);
}

function snakeCase(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_")
    .replace(/^_|_$/g, "");
}

/** Names that are too long, or have no Latin letter at all, are told apart by a hash. */
function withinLimit(words: string, name: string): string {
  if (words !== "" && words.length <= TYPE_MAX) return words;
  const hash = hash32(name).toString(16).padStart(8, "0");
  return words === "" ? `event_${hash}` : `${words.slice(0, TYPE_MAX - 9)}_${hash}`;
}
