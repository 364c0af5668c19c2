// The items of a snapshot: everything that the log describes or shows, by id in code-unit order, so that the same items
// always get the same rows.
import type { DescribedItem } from "./content-terms.ts";
import type { History } from "./history.ts";

export interface Catalogue {
  readonly ids: readonly string[];
  readonly indexOf: ReadonlyMap<string, number>;
  /** What is written about each item; nothing for one that only events name. */
  readonly described: readonly DescribedItem[];
  /** "" when unknown. */
  readonly categories: readonly string[];
  /** NaN when unknown. */
  readonly price: Float64Array;
  /** Epoch ms; NaN when unknown. */
  readonly publishedAt: Float64Array;
}

/** An item without a record takes category and price from the last event that tells them. */
export function catalogueOf(history: History): Catalogue {
  const told = new Map<string, { category?: string; price?: number }>();
  for (const { events } of history.visitors) {
    for (const { items = [] } of events) {
      for (const { id, category, price } of items) {
        const known = told.get(id) ?? {};
        if (category !== undefined) known.category = category;
        if (price !== undefined) known.price = price;
        told.set(id, known);
      }
    }
  }
  const ids = [...new Set([...history.items.keys(), ...told.keys()])].sort();
  const described = ids.map((id): DescribedItem => history.items.get(id) ?? told.get(id) ?? {});
  return {
    ids,
    indexOf: new Map(ids.map((id, index) => [id, index])),
    described,
    categories: described.map(({ category }) => category ?? ""),
    price: Float64Array.from(ids, (id) => (history.items.get(id) ?? told.get(id))?.price ?? Number.NaN),
    publishedAt: Float64Array.from(ids, (id) => history.items.get(id)?.publishedAt ?? Number.NaN),
  };
}
