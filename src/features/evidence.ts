// What a visitor's view says about items, resolved against the snapshot once a decision and shared by all features.
import type { ItemTable } from "../catalog/item-table.ts";
import { log } from "../kernels/elementary.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import { HashRows } from "../kernels/hash-rows.ts";
import { normalizeAt } from "../kernels/vectors.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { type SessionTrail, sessionTrail } from "./session-trail.ts";
import { type SessionVotes, sessionVotes } from "./session-votes.ts";
import { fitTaste, type TasteModel } from "./taste-model.ts";
import { type TouchedItems, touchedItems } from "./touched-items.ts";

/** The n-th newest touch (from 0) supports its neighbours by 1 / (1 + n × this). */
const RANK_DISCOUNT = 0.2;

/** Columns of {@link Evidence.support}: the sum and the maximum, and the sum with a discount of 1, for what is to be retrieved. */
export const SUPPORT = { sum: 0, max: 1, near: 2 } as const;

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
  /** Snapshot index → support as a neighbour of touched items, newer touches counting more: columns of SUPPORT. */
  readonly support: HashRows;
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

/** Each part is made when it is first asked for: what no feature and no source reads costs nothing. */
export function gatherEvidence(view: VisitorView, snapshot: Snapshot, items: ItemTable, now: number): Evidence {
  return new ViewEvidence(view, snapshot, items, now);
}

/** The touches, one by one. */
interface Touches {
  readonly touchedIndex: Int32Array;
  readonly touchedWeight: Float32Array;
  /** The same without those before the session. */
  readonly recentWeight: Float32Array;
  readonly clicks: HashCounts;
  readonly touches: HashCounts;
  readonly meanLogPrice: number;
}

class ViewEvidence implements Evidence {
  readonly #view: VisitorView;
  readonly #snapshot: Snapshot;
  readonly #items: ItemTable;
  readonly #now: number;
  #touched: TouchedItems | undefined;
  #touches: Touches | undefined;
  #showings: HashCounts | undefined;
  #support: HashRows | undefined;
  #taste: Taste | undefined;
  #sessionTaste: Taste | undefined;
  #tasteModel: TasteModel | undefined;
  #trail: SessionTrail | undefined;
  #votes: SessionVotes | undefined;

  constructor(view: VisitorView, snapshot: Snapshot, items: ItemTable, now: number) {
    this.#view = view;
    this.#snapshot = snapshot;
    this.#items = items;
    this.#now = now;
  }

  get touched(): TouchedItems {
    this.#touched ??= touchedItems(this.#view, this.#snapshot, this.#items, this.#now);
    return this.#touched;
  }

  get touchedIndex(): Int32Array {
    return this.#allTouches().touchedIndex;
  }

  get touchedWeight(): Float32Array {
    return this.#allTouches().touchedWeight;
  }

  get clicks(): HashCounts {
    return this.#allTouches().clicks;
  }

  get touches(): HashCounts {
    return this.#allTouches().touches;
  }

  get meanLogPrice(): number {
    return this.#allTouches().meanLogPrice;
  }

  get showings(): HashCounts {
    this.#showings ??= showingsOf(this.#view);
    return this.#showings;
  }

  get support(): HashRows {
    this.#support ??= neighbourSupport(this.touchedIndex, this.touchedWeight, this.#snapshot);
    return this.#support;
  }

  get behaviourTaste(): Float32Array {
    return this.#wholeTaste().behaviour;
  }

  get contentTaste(): Float32Array {
    return this.#wholeTaste().content;
  }

  get sessionTaste(): Taste {
    const { touchedIndex, recentWeight } = this.#allTouches();
    this.#sessionTaste ??= tasteOf(touchedIndex, recentWeight, this.#snapshot);
    return this.#sessionTaste;
  }

  get tasteModel(): TasteModel {
    this.#tasteModel ??= fitTaste(this.showings, this.clicks, this.#snapshot, this.#items);
    return this.#tasteModel;
  }

  get trail(): SessionTrail {
    if (this.#trail === undefined) {
      const { index } = this.touched;
      this.#trail = sessionTrail(this.#view, (i) => index[i] as number);
    }
    return this.#trail;
  }

  get votes(): SessionVotes {
    this.#votes ??= sessionVotes(this.trail, this.#snapshot.sessions, this.#now);
    return this.#votes;
  }

  #allTouches(): Touches {
    this.#touches ??= touchesOf(this.touched);
    return this.#touches;
  }

  #wholeTaste(): Taste {
    this.#taste ??= tasteOf(this.touchedIndex, this.touchedWeight, this.#snapshot);
    return this.#taste;
  }
}

function touchesOf(touched: TouchedItems): Touches {
  const clicks = new HashCounts(touched.count);
  const touches = new HashCounts(touched.count);
  const touchedIndex = new Int32Array(touched.count);
  const touchedWeight = new Float32Array(touched.count);
  const recentWeight = new Float32Array(touched.count);
  let known = 0;
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
    touchedIndex[known] = touched.index[i] as number;
    touchedWeight[known] = weight;
    recentWeight[known++] = touched.recent[i] === 1 ? weight : 0;
  }
  return {
    touchedIndex: touchedIndex.subarray(0, known),
    touchedWeight: touchedWeight.subarray(0, known),
    recentWeight: recentWeight.subarray(0, known),
    clicks,
    touches,
    meanLogPrice: priced === 0 ? Number.NaN : logPrices / priced,
  };
}

function showingsOf({ shown }: VisitorView): HashCounts {
  const showings = new HashCounts(256);
  for (const list of shown) for (const hash of list.items) showings.add(hash, 1);
  return showings;
}

/** @param indices of the snapshot; @param weights one each, of any scale */
export function tasteOf(indices: ArrayLike<number>, weights: ArrayLike<number>, snapshot: Snapshot): Taste {
  const { vectorDimensions, contentDimensions } = snapshot.manifest;
  const behaviour = new Float32Array(vectorDimensions);
  const content = new Float32Array(contentDimensions);
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    const weight = weights[i] as number;
    if (weight === 0 || !Number.isFinite(weight)) continue;
    snapshot.behaviour.addScaledTo(behaviour, index, weight);
    snapshot.content.addScaledTo(content, index, weight);
  }
  normalizeAt(behaviour, 0, vectorDimensions);
  normalizeAt(content, 0, contentDimensions);
  return { behaviour, content };
}

function neighbourSupport(indices: Int32Array, weights: Float32Array, { neighbours }: Snapshot): HashRows {
  const { k } = neighbours;
  const support = new HashRows(3, indices.length * k);
  for (let rank = 0; rank < indices.length; rank++) {
    const index = indices[rank] as number;
    const weight = weights[rank] as number;
    for (let i = 0; i < k; i++) {
      const neighbour = neighbours.idAt(index, i);
      if (neighbour < 0) break;
      const whole = neighbours.weightAt(index, i) * weight;
      const own = whole / (1 + rank * RANK_DISCOUNT);
      const at = support.place(neighbour);
      const { numbers } = support;
      numbers[at + SUPPORT.sum] = (numbers[at + SUPPORT.sum] as number) + own;
      numbers[at + SUPPORT.max] = Math.max(numbers[at + SUPPORT.max] as number, own);
      // Who has turned away from an item is not to be shown what goes with it.
      if (weight > 0) numbers[at + SUPPORT.near] = (numbers[at + SUPPORT.near] as number) + whole / (1 + rank);
    }
  }
  return support;
}
