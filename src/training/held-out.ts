// The newest lists of a log, held back from training: what a report measures the model on, and what publication compares
// it with the champion on. Each list stands by itself: what was known of its visitor, what was asked, what was clicked.
import { encodeDelta, encodePart } from "../catalog/delta.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { statedContext } from "../features/context.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import type { PlacementRequest } from "../ranking/request.ts";
import { baselineOrders } from "./baselines.ts";
import { buildHistory, type History, type Query, recordsBefore } from "./history.ts";
import { itemTableOf } from "./item-statistics.ts";
import { placementOf, rankRequestOf } from "./query-request.ts";
import { viewsBefore } from "./views-before.ts";

/** What is measured: the order of lists that were shown, or whether the next item is found in the catalogue. */
export type Protocol = "rerank" | "next-item";

export interface HeldOutList {
  /** Epoch ms of the decision. */
  readonly ts: number;
  /** Lists of one person have the same number, counted from 0: no id of anybody. */
  readonly visitor: number;
  readonly placement: string;
  readonly request: PlacementRequest;
  /** What features read of the context. */
  readonly context: unknown;
  /** The encoded decision view just before. */
  readonly view: Uint8Array;
  /** Ids that were clicked. */
  readonly relevant: readonly string[];
}

export interface HeldOut {
  readonly protocol: Protocol;
  /** Item statistics as of the split: a delta from epoch 0. Frozen there, for whoever ranks. */
  readonly items: Uint8Array<ArrayBuffer>;
  /** In the order of time; at least one. */
  readonly lists: readonly HeldOutList[];
}

/** Share of the lists that is held back, and bounds of their number. */
export const HOLDOUT_SHARE = 0.1;
export const MOST_HELD_OUT = 2_000;
/** Fewer say nothing of which model is the better one (src/training/compare-snapshots.ts). */
export const FEWEST_HELD_OUT = 30;
/** What may be held back of a small log to come to the fewest. */
const MOST_SHARE = 0.2;
/** A log of this many clicked lists can do without some. */
export const FEWEST_LISTS = FEWEST_HELD_OUT / MOST_SHARE;

/** How many of `lists` are held back for a share in [0, 1): 0 when the log is too small to do without any. */
export function holdOutSize(lists: number, share: number): number {
  if (share === 0) return 0;
  const wanted = Math.min(Math.floor(lists * share), MOST_HELD_OUT);
  if (wanted >= FEWEST_HELD_OUT) return wanted;
  return lists >= FEWEST_LISTS ? FEWEST_HELD_OUT : 0;
}

/** A history without its newest part, which is held back. */
export interface HeldBack {
  readonly train: History;
  readonly heldOut: HeldOut;
  /** The orders to beat, by name: ids, best first, of each list. */
  readonly baselines: () => Readonly<Record<string, string[][]>>;
}

/**
 * Parts a history by time: what trains is everything before the oldest list held back.
 * @param share of the clicked lists, in [0, 1)
 * @returns null when nothing is held back: the share is 0, or the log has too few clicked lists
 */
export function holdBack(history: History, share: number): HeldBack | null {
  const size = holdOutSize(history.queries.length, share);
  const queries = history.queries.slice(history.queries.length - size);
  const cut = queries[0]?.position;
  if (size === 0 || cut === undefined) return null;
  const train = buildHistory(recordsBefore(history, cut), history.config);
  // Clicks on later lists can be all that an early list has: without its click it trains nothing.
  if (train.queries.length === 0) return null;
  const heldOut = heldOutOf(history, queries, itemTableOf(history.timeline.slice(0, cut)), history.config);
  return { train, heldOut, baselines: () => rankBaselines(heldOut) };
}

/** @param queries of the history, in log order */
export function heldOutOf(
  history: History,
  queries: readonly Query[],
  items: ItemTable,
  config: ProfileConfig,
): HeldOut {
  const views = viewsBefore(history, queries, config);
  const numbers = new Map<string, number>();
  const lists = queries.map(({ list, labels, visitor }, index): HeldOutList => {
    const identity = history.visitors[visitor]?.identity as string;
    const number = numbers.get(identity) ?? numbers.size;
    numbers.set(identity, number);
    const clicked = (list.items ?? []).flatMap(({ id }, row) => ((labels[row] as number) > 0 ? [id] : []));
    return {
      ts: list.receivedAt,
      visitor: number,
      placement: placementOf(list),
      request: rankRequestOf(list),
      context: statedContext(list.context),
      view: views[index] as Uint8Array,
      relevant: [...new Set(clicked)],
    };
  });
  return { protocol: "rerank", items: encodeItems(items), lists };
}

/** The whole table as one delta. */
export function encodeItems(table: ItemTable): Uint8Array<ArrayBuffer> {
  const rows = Array.from({ length: table.size }, (_, slot) => table.rowAt(slot));
  const facts = new Map(
    table.ids.flatMap((id, slot) => {
      const told = table.facts.read(slot);
      return told === null ? [] : [[id, told] as const];
    }),
  );
  return encodeDelta(0, 1, [encodePart({ shard: 0, ...table.shardNumbers(), rows, facts })]);
}

function rankBaselines({ items, lists }: HeldOut): Record<string, string[][]> {
  const table = new ItemTable();
  table.apply(items);
  const all: Record<string, string[][]> = { popular: [], ctr: [], "logged-order": [] };
  for (const { request } of lists) {
    const ids = request.type === "rank" ? request.items.map(({ id }) => id) : [];
    for (const [name, order] of Object.entries(baselineOrders(ids, table))) {
      all[name]?.push(order.map((row) => ids[row] as string));
    }
  }
  return all;
}
