// What a visitor's view says about items, resolved against the snapshot once a decision and shared by all features.
import type { ItemTable } from "../catalog/item-table.ts";
import { log } from "../kernels/elementary.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import { normalizeAt } from "../kernels/vectors.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type SessionTrail, sessionTrail } from "./session-trail.ts";
import { type SessionVotes, sessionVotes } from "./session-votes.ts";
import { fitTaste, type TasteModel } from "./taste-model.ts";
import { type TouchedItems, touchedItems } from "./touched-items.ts";

/** The n-th newest touch (from 0) supports its neighbours by 1 / (1 + n × this). */
const RANK_DISCOUNT = 0.2;

/** Means of touched items' vectors, of length 1 (or 0 without any). */
export interface Taste {
  readonly behaviour: Float32Array;
  readonly content: Float32Array;
}

export interface Evidence {
  /** All touches. */
  readonly touched: TouchedItems;
  /** Touched items that the snapshot knows, newest first: snapshot index and decayed weight. */
  readonly touchedIndex: Int32Array;
  readonly touchedWeight: Float32Array;
  /** hash32 of id → clicks by this visitor that the view still holds. */
  readonly clicks: HashCounts;
  /** hash32 of id → decayed weight of all touches. */
  readonly touches: HashCounts;
  /** hash32 of id → times shown that the view still holds. */
  readonly showings: HashCounts;
  /** Snapshot index → support as a neighbour of touched items, newer touches counting more: its sum and its maximum. */
  readonly supportSum: HashCounts;
  readonly supportMax: HashCounts;
  /** Of all touches. */
  readonly behaviourTaste: Float32Array;
  readonly contentTaste: Float32Array;
  /** Of the touches of the running session; without one, of the last hour. */
  readonly sessionTaste: Taste;
  /** The visitor's own model of what they click; zero without showings. */
  readonly tasteModel: TasteModel;
  /** Mean natural logarithm of the touched items' prices; NaN without any. */
  readonly meanLogPrice: number;
  /** The running visit, and what past sessions say comes next in it. */
  readonly trail: SessionTrail;
  readonly votes: SessionVotes;
}

export function gatherEvidence(view: VisitorView, snapshot: Snapshot, items: ItemTable, now: number): Evidence {
  const touched = touchedItems(view, snapshot, items, now);
  const clicks = new HashCounts(touched.count);
  const touches = new HashCounts(touched.count);
  const touchedIndex: number[] = [];
  const touchedWeight: number[] = [];
  const recentWeight: number[] = [];
  let logPrices = 0;
  let priced = 0;
  for (let i = 0; i < touched.count; i++) {
    const hash = touched.hash[i] as number;
    const weight = touched.weight[i] as number;
    touches.add(hash, weight);
    if (touched.kind[i] === "click") clicks.add(hash, 1);
    const price = touched.price[i] as number;
    if (price > 0 && price < Number.POSITIVE_INFINITY) {
      logPrices += log(price);
      priced++;
    }
    if ((touched.index[i] as number) < 0) continue;
    touchedIndex.push(touched.index[i] as number);
    touchedWeight.push(weight);
    recentWeight.push(touched.recent[i] === 1 ? weight : 0);
  }
  const showings = new HashCounts(256);
  for (const list of view.shown) for (const hash of list.items) showings.add(hash, 1);
  const taste = tasteOf(touchedIndex, touchedWeight, snapshot);
  const trail = sessionTrail(view, snapshot);
  return {
    touched,
    touchedIndex: Int32Array.from(touchedIndex),
    touchedWeight: Float32Array.from(touchedWeight),
    clicks,
    touches,
    showings,
    ...neighbourSupport(touchedIndex, touchedWeight, snapshot),
    behaviourTaste: taste.behaviour,
    contentTaste: taste.content,
    sessionTaste: tasteOf(touchedIndex, recentWeight, snapshot),
    tasteModel: fitTaste(showings, clicks, snapshot, items),
    meanLogPrice: priced === 0 ? Number.NaN : logPrices / priced,
    trail,
    votes: sessionVotes(trail, snapshot.sessions, now),
  };
}

/** @param indices of the snapshot; @param weights one each, of any scale */
export function tasteOf(indices: readonly number[], weights: readonly number[], snapshot: Snapshot): Taste {
  const { vectorDimensions, contentDimensions } = snapshot.manifest;
  const behaviour = new Float32Array(vectorDimensions);
  const content = new Float32Array(contentDimensions);
  indices.forEach((index, i) => {
    const weight = weights[i] as number;
    if (weight === 0 || !Number.isFinite(weight)) return;
    snapshot.behaviour.addScaledTo(behaviour, index, weight);
    snapshot.content.addScaledTo(content, index, weight);
  });
  normalizeAt(behaviour, 0, vectorDimensions);
  normalizeAt(content, 0, contentDimensions);
  return { behaviour, content };
}

function neighbourSupport(
  indices: readonly number[],
  weights: readonly number[],
  snapshot: Snapshot,
): Pick<Evidence, "supportSum" | "supportMax"> {
  const { neighbours } = snapshot;
  const { k } = neighbours;
  const supportSum = new HashCounts(indices.length * k);
  const supportMax = new HashCounts(indices.length * k);
  indices.forEach((index, rank) => {
    for (let i = 0; i < k; i++) {
      const neighbour = neighbours.idAt(index, i);
      if (neighbour < 0) break;
      const support = (neighbours.weightAt(index, i) * (weights[rank] as number)) / (1 + rank * RANK_DISCOUNT);
      supportSum.add(neighbour, support);
      supportMax.set(neighbour, Math.max(supportMax.get(neighbour), support));
    }
  });
  return { supportSum, supportMax };
}
