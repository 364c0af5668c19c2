// What a visitor touched, newest first, resolved against the snapshot and the live items: parallel arrays that features
// walk once a decision.
import type { ItemTable } from "../catalog/item-table.ts";
import { decayed } from "../kernels/decay.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Touch, TouchKind } from "../profile/profile.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

const TOUCH_HALF_LIFE_MS = 7 * 86_400_000;
/** Without a running session what was touched this lately stands for it. */
const RECENT_MS = 3_600_000;

export interface TouchedItems {
  readonly count: number;
  /** hash32 of the id. */
  readonly hash: Uint32Array;
  /** Item index in the snapshot, −1 when it does not know the item. */
  readonly index: Int32Array;
  readonly kind: readonly TouchKind[];
  /** Epoch ms. */
  readonly at: Float64Array;
  /** Decayed with a half-life of a week; below 0 for what was taken out of the cart. */
  readonly weight: Float32Array;
  /** 1 for touches of the running session; without one, of the last hour. */
  readonly recent: Uint8Array;
  /** nameHash: the snapshot's, else what the event said; 0 for none. */
  readonly category: Uint32Array;
  /** Live, else the snapshot's, else what the event said; NaN when nobody knows. */
  readonly price: Float64Array;
}

export function touchedItems(view: VisitorView, snapshot: Snapshot, items: ItemTable, now: number): TouchedItems {
  const { touches, session } = view;
  const count = touches.length;
  const from = session === null ? now - RECENT_MS : session.startedAt;
  const touched = {
    count,
    hash: new Uint32Array(count),
    index: new Int32Array(count),
    kind: touches.map(({ kind }) => kind),
    at: new Float64Array(count),
    weight: new Float32Array(count),
    recent: new Uint8Array(count),
    category: new Uint32Array(count),
    price: new Float64Array(count),
  };
  for (let i = 0; i < count; i++) {
    const { itemId, at, weight, category, price } = touches[i] as Touch;
    const hash = hash32(itemId);
    const index = snapshot.ids.indexOf(itemId, hash);
    touched.hash[i] = hash;
    touched.index[i] = index;
    touched.at[i] = at;
    touched.weight[i] = weight * decayed(now - at, TOUCH_HALF_LIFE_MS);
    touched.recent[i] = at >= from ? 1 : 0;
    touched.category[i] = (index < 0 ? 0 : snapshot.category.hashAt(index)) || category;
    const known = priceOf(items, items.slotOf(itemId), snapshot, index);
    touched.price[i] = Number.isNaN(known) && price > 0 ? price : known;
  }
  return touched;
}

/** The live price of the item in `slot`, else the snapshot's of `index`; NaN when neither knows. −1 for an unknown item. */
export function priceOf(items: ItemTable, slot: number, snapshot: Snapshot, index: number): number {
  const live = slot < 0 ? Number.NaN : (items.price[slot] as number);
  return Number.isNaN(live) && index >= 0 ? (snapshot.price[index] as number) : live;
}
