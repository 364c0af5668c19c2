// What rules ask of an item: live data decide, the snapshot where there are none. An item is its index in the snapshot and
// its slot in the live table, −1 where it is not in it.
import type { ItemTable } from "../../catalog/item-table.ts";
import type { Requirement } from "../../snapshot/attributes.ts";
import type { ListColumn, NameColumn } from "../../snapshot/coded-columns.ts";
import type { Snapshot } from "../../snapshot/snapshot.ts";

/** Fields that rules read of the snapshot, whatever its features require. */
export const RULE_REQUIREMENTS: readonly Requirement[] = [
  { kind: "name", field: "brand" },
  { kind: "list", field: "tags" },
];

export class ItemFacts {
  readonly #snapshot: Snapshot | null;
  readonly #items: ItemTable;
  readonly #catalogueOnly: boolean;
  readonly #brands: NameColumn | undefined;
  readonly #tags: ListColumn | undefined;

  /**
   * @param snapshot null while there is none: brands, tags and times of publication are then those that the catalogue told
   * @param catalogueOnly whether items that only events name are left out where there is a catalogue
   */
  constructor(snapshot: Snapshot | null, items: ItemTable, catalogueOnly = false) {
    this.#catalogueOnly = catalogueOnly && items.hasCatalogue;
    this.#snapshot = snapshot;
    this.#items = items;
    this.#brands = snapshot?.attributes.name.get("brand");
    this.#tags = snapshot?.attributes.list.get("tags");
  }

  /** An item of which nothing is known live counts as available. */
  isAvailable(slot: number): boolean {
    return slot < 0 || this.#items.available[slot] === 1;
  }

  /** Whether an item may be found at all: the catalogue has it, or the snapshot, or nobody minds. */
  isListed(index: number, slot: number): boolean {
    return !this.#catalogueOnly || index >= 0 || slot < 0 || this.#items.listed[slot] === 1;
  }

  /** nameHash; 0 when unknown. */
  category(index: number, slot: number): number {
    const live = slot < 0 ? 0 : (this.#items.categoryHash[slot] as number);
    return live || (index < 0 ? 0 : (this.#snapshot?.category.hashAt(index) ?? 0));
  }

  /** nameHash; 0 when unknown. */
  brand(index: number, slot: number): number {
    if (this.#isTold(slot)) return this.#items.facts.brand[slot] as number;
    return index < 0 ? 0 : (this.#brands?.hashAt(index) ?? 0);
  }

  /** @param isWanted of a tag's nameHash */
  hasAnyTag(index: number, slot: number, isWanted: (hash: number) => boolean): boolean {
    if (this.#isTold(slot)) return this.#items.facts.hasAnyTag(slot, isWanted);
    if (index < 0 || this.#tags === undefined) return false;
    const { starts } = this.#tags;
    const end = starts[index + 1] as number;
    for (let at = starts[index] as number; at < end; at++) if (isWanted(this.#tags.hashAt(at))) return true;
    return false;
  }

  /** NaN when unknown. */
  price(index: number, slot: number): number {
    const live = slot < 0 ? Number.NaN : (this.#items.price[slot] as number);
    return Number.isNaN(live) && index >= 0 ? (this.#snapshot?.price[index] ?? Number.NaN) : live;
  }

  /** Epoch ms; NaN when unknown. */
  publishedAt(index: number, slot: number): number {
    if (this.#isTold(slot)) return this.#items.facts.publishedAt[slot] as number;
    return index < 0 ? Number.NaN : (this.#snapshot?.publishedAt[index] ?? Number.NaN);
  }

  /** Whether the catalogue told of the item what the snapshot may know from before. */
  #isTold(slot: number): boolean {
    return slot >= 0 && this.#items.facts.known[slot] === 1;
  }
}
