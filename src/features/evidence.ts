// What a visitor's view says about items, resolved against the snapshot once a decision and shared by all features.
import type { ItemTable } from "../catalog/item-table.ts";
import { decayed } from "../kernels/decay.ts";
import { log } from "../kernels/elementary.ts";
import { hash32 } from "../kernels/hash.ts";
import { addScaledTo, normalizeAt } from "../kernels/vectors.ts";
import type { TouchKind } from "../profile/profile.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { fitTaste, type TasteModel } from "./taste-model.ts";

/** How strongly a touch speaks for an item. */
const TOUCH_WEIGHT: Readonly<Record<TouchKind, number>> = { view: 0.5, click: 1, cart: 2, uncart: -1, purchase: 1 };
const TOUCH_HALF_LIFE_MS = 7 * 86_400_000;
/** The n-th newest touch (from 0) supports its neighbours by 1 / (1 + n × this). */
const RANK_DISCOUNT = 0.2;

export interface Evidence {
  /** Touched items that the snapshot knows, newest first: snapshot index and decayed weight. */
  readonly touchedIndex: Int32Array;
  readonly touchedWeight: Float32Array;
  /** hash32 of id → clicks by this visitor that the view still holds. */
  readonly clicks: ReadonlyMap<number, number>;
  /** hash32 of id → decayed weight of all touches. */
  readonly touches: ReadonlyMap<number, number>;
  /** hash32 of id → times shown that the view still holds. */
  readonly showings: ReadonlyMap<number, number>;
  /** Snapshot index → support as a neighbour of touched items, newer touches counting more: its sum and its maximum. */
  readonly supportSum: ReadonlyMap<number, number>;
  readonly supportMax: ReadonlyMap<number, number>;
  /** Mean of the touched items' vectors, of length 1 (or 0 without any). */
  readonly behaviourTaste: Float32Array;
  readonly contentTaste: Float32Array;
  /** The visitor's own model of what they click; zero without showings. */
  readonly tasteModel: TasteModel;
  /** Mean natural logarithm of the touched items' prices; NaN without any. */
  readonly meanLogPrice: number;
}

export function gatherEvidence(view: VisitorView, snapshot: Snapshot, items: ItemTable, now: number): Evidence {
  const { vectorDimensions, contentDimensions } = snapshot.manifest;
  const clicks = new Map<number, number>();
  const touches = new Map<number, number>();
  const behaviourTaste = new Float32Array(vectorDimensions);
  const contentTaste = new Float32Array(contentDimensions);
  const touchedIndex: number[] = [];
  const touchedWeight: number[] = [];
  let logPrices = 0;
  let priced = 0;
  for (const touch of view.touches) {
    const hash = hash32(touch.itemId);
    const weight = TOUCH_WEIGHT[touch.kind] * decayed(now - touch.at, TOUCH_HALF_LIFE_MS);
    touches.set(hash, (touches.get(hash) ?? 0) + weight);
    if (touch.kind === "click") clicks.set(hash, (clicks.get(hash) ?? 0) + 1);
    const index = snapshot.indexOf.get(touch.itemId);
    if (index === undefined) continue;
    touchedIndex.push(index);
    touchedWeight.push(weight);
    addScaledTo(behaviourTaste, snapshot.vectors, index * vectorDimensions, weight);
    addScaledTo(contentTaste, snapshot.content, index * contentDimensions, weight);
    const price = priceOf(touch.itemId, index, snapshot, items);
    if (price > 0) {
      logPrices += log(price);
      priced++;
    }
  }
  normalizeAt(behaviourTaste, 0, vectorDimensions);
  normalizeAt(contentTaste, 0, contentDimensions);
  const supportSum = new Map<number, number>();
  const supportMax = new Map<number, number>();
  const k = snapshot.manifest.neighbours;
  touchedIndex.forEach((index, rank) => {
    for (let at = index * k; at < index * k + k; at++) {
      const neighbour = snapshot.neighbourIds[at] as number;
      if (neighbour < 0) break;
      const support =
        ((snapshot.neighbourWeights[at] as number) * (touchedWeight[rank] as number)) / (1 + rank * RANK_DISCOUNT);
      supportSum.set(neighbour, (supportSum.get(neighbour) ?? 0) + support);
      supportMax.set(neighbour, Math.max(supportMax.get(neighbour) ?? 0, support));
    }
  });
  const showings = new Map<number, number>();
  for (const hash of view.shown) showings.set(hash, (showings.get(hash) ?? 0) + 1);
  return {
    touchedIndex: Int32Array.from(touchedIndex),
    touchedWeight: Float32Array.from(touchedWeight),
    clicks,
    touches,
    showings,
    supportSum,
    supportMax,
    behaviourTaste,
    contentTaste,
    tasteModel: fitTaste(showings, clicks, snapshot, items),
    meanLogPrice: priced === 0 ? Number.NaN : logPrices / priced,
  };
}

/** The live price of an item, else the one of the snapshot; NaN when neither knows. */
export function priceOf(itemId: string, index: number, snapshot: Snapshot, items: ItemTable): number {
  const slot = items.slotOf(itemId);
  const live = slot < 0 ? Number.NaN : (items.price[slot] as number);
  return Number.isNaN(live) && index >= 0 ? (snapshot.price[index] as number) : live;
}
