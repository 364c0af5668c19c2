// The products of a call as items, and what is left of its properties.
import type { ParsedEvent } from "../event.ts";
import { LIMITS } from "../limits.ts";
import { amountOf, type Fields, fieldsOf, firstOf, idOf, present, textOf, without } from "./loose.ts";

type Item = NonNullable<ParsedEvent["items"]>[number];

export interface CartReading {
  /** In the order shown, where positions tell one. */
  readonly items?: readonly Item[] | undefined;
  /** Of the first item shown, from 0. */
  readonly position?: number | undefined;
  /** The properties that are not in the items. */
  readonly rest: Fields;
}

/** Fields of a product that we read: in an item they have our names and kinds. */
const READ = ["id", "price", "quantity", "category", "brand"];

/** What describes a product: it moves into the item when it stands among the properties of an event about one product. */
const DESCRIPTION = [...READ.slice(1), "name", "variant", "coupon", "url", "image_url"];

/**
 * Reads `products`, else the one product that the properties themselves describe.
 * @param idFields in which a product's id is looked for, the first that is there
 */
export function readItems(properties: Fields, idFields: readonly string[]): CartReading {
  if (Array.isArray(properties.products)) return readProducts(properties.products, properties, idFields);
  // Anything may have an `id`; what has a product's id is about a product.
  const productIds = idFields.filter((name) => name !== "id");
  const own = new Set([...DESCRIPTION, ...productIds]);
  const described = Object.fromEntries(Object.entries(properties).filter(([name]) => own.has(name)));
  const item = readItem(described, productIds);
  const position = positionOf(properties.position);
  return item === null ? { position, rest: properties } : { items: [item], position, rest: without(properties, own) };
}

function readProducts(products: readonly unknown[], properties: Fields, idFields: readonly string[]): CartReading {
  const read = products.flatMap((product) => {
    const item = readItem(fieldsOf(product), idFields);
    return item === null ? [] : [{ item, position: positionOf(item.position) }];
  });
  if (read.every(({ position }) => position !== undefined)) {
    read.sort((a, b) => (a.position as number) - (b.position as number));
  }
  const leftOut = read.length - LIMITS.itemsPerEvent;
  return {
    items: read.slice(0, LIMITS.itemsPerEvent).map(({ item }) => item),
    position: positionOf(properties.position) ?? read[0]?.position,
    rest: { ...without(properties, new Set(["products"])), ...(leftOut > 0 ? { products_left_out: leftOut } : {}) },
  };
}

/** A product as an item, with whatever else was said of it; null without an id. */
function readItem(product: Fields, idFields: readonly string[]): Item | null {
  const idField = idFields.find((name) => firstOf(product, [name], idOf) !== undefined);
  if (idField === undefined) return null;
  const { price, quantity, category, brand } = product;
  const read = present({
    price: amountOf(price, 0),
    quantity: amountOf(quantity, 0),
    category: textOf(category, LIMITS.nameBytes),
    brand: textOf(brand, LIMITS.nameBytes),
  });
  return { ...without(product, new Set([...READ, idField])), id: idOf(product[idField]) as string, ...read };
}

/** Positions count from 1 there and from 0 here. */
function positionOf(value: unknown): number | undefined {
  const position = amountOf(value, 0);
  return position !== undefined && Number.isInteger(position) && position <= LIMITS.position
    ? Math.max(0, position - 1)
    : undefined;
}
