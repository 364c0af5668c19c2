// The training matrix: the log replayed in the order of time through the very functions that serve (fold, view, evidence,
// features), a row for each candidate of each clicked list. What a visitor did later must not leak into a row, and with it
// what was done by whom the visitor became part of (who sees a list and logs in clicks it as somebody else), so that
// - vectors, neighbours, popularity and totals of item statistics come from visitors of other folds (cross-fitting;
//   Chernozhukov et al. 2018), the totals with what this identity did up to the list;
// - what fades or slides is what came before the list, as it is when serving.
// Totals that leave out the one visitor alone would not do: of two rows of an item, the clicked one then has a click less,
// and trees, which can tell items apart, learn to read the label from that (Prokhorenkova et al., "CatBoost", 2018, on
// leave-one-out target statistics).
import { clickRate } from "../catalog/click-rate.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { gatherEvidence } from "../features/evidence.ts";
import type { FeatureSet } from "../features/feature-set.ts";
import { hash32 } from "../kernels/hash.ts";
import { fold } from "../profile/fold.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import { emptyState, type ProfileState } from "../profile/state.ts";
import type { VisitorView } from "../profile/view.ts";
import { decodeView, encodeViewOf } from "../profile/view-codec.ts";
import { givenCandidates, spanOf } from "../ranking/candidates.ts";
import { fillMatrix } from "../ranking/fill-matrix.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { History, Query } from "./history.ts";
import { countRecent, countTotals, OwnTotals, putItem, withTotals } from "./item-statistics.ts";
import type { ListwiseData } from "./listwise.ts";
import { placementOf, rankRequestOf } from "./query-request.ts";
import type { VisitorHistory } from "./visitors.ts";

/** Rows at most, those of the newest lists: a hundred columns of so many are 400 MB, and the rankers hold them twice. */
const MOST_ROWS = 1_000_000;

export interface FeatureRowsOptions {
  readonly folds: number;
  readonly profile: ProfileConfig;
  /** The item models for visitors of `fold`, fitted without any of them; asked for one after the other. */
  readonly modelsWithout: (fold: number) => Snapshot;
  /** Older lists are left out when all have more rows than this, 1,000,000 by default; the newest is always kept. */
  readonly mostRows?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

export interface FeatureRows {
  /** A list for each query of the history, or for the newest ones, in its order. */
  readonly data: ListwiseData;
  /** The item's smoothed click rate in the same statistics, one a row: the baseline to beat. */
  readonly clickRate: Float32Array;
  /** Index in the history's `visitors` of each list's visitor. */
  readonly visitors: Uint32Array;
  /** Place at which each row was shown, from 0; left out where rows were not shown in an order. */
  readonly positions?: Uint16Array;
}

/** Which fold a visitor is in: with all that are of one identity. */
export function foldOf({ identity }: Pick<VisitorHistory, "identity">, folds: number): number {
  return hash32(identity, 0xf01d) % folds;
}

export function featureRows(history: History, features: FeatureSet, options: FeatureRowsOptions): FeatureRows {
  const { folds, modelsWithout, mostRows = MOST_ROWS, onProgress } = options;
  const { visitors, timeline } = history;
  const queries = newestLists(history.queries, mostRows);
  const groups = new Uint32Array(queries.length + 1);
  queries.forEach(({ labels }, list) => {
    groups[list + 1] = (groups[list] as number) + labels.length;
  });
  const rows = groups[queries.length] as number;
  const listVisitors = Uint32Array.from(queries, ({ visitor }) => visitor);
  const out = {
    matrix: new Float32Array(rows * features.width),
    labels: new Float32Array(rows),
    clickRate: new Float32Array(rows),
  };
  const positions = new Uint16Array(rows);
  for (let list = 0; list < queries.length; list++) {
    for (let row = groups[list] as number; row < (groups[list + 1] as number); row++) {
      positions[row] = row - (groups[list] as number);
    }
  }
  const totals = totalsByIdentity(history);
  let done = 0;
  for (let fold = 0; fold < folds; fold++) replay(fold, modelsWithout(fold));
  return {
    data: { ...out, groups, columns: features.width },
    clickRate: out.clickRate,
    visitors: listVisitors,
    positions,
  };

  /** Fills the lists of one fold's visitors. */
  function replay(fold: number, models: Snapshot): void {
    const inFold = visitors.map((visitor) => foldOf(visitor, folds) === fold);
    const views = new ViewsInTime(options.profile);
    const table = totalsOfOthers(history, inFold);
    let next = 0;
    timeline.forEach((entry, position) => {
      if (!("event" in entry)) return;
      const query = queries[next]?.position === position ? queries[next++] : undefined;
      if (inFold[entry.visitor]) {
        const own = totals[entry.visitor] as OwnTotals;
        if (query !== undefined) {
          const from = groups[next - 1] as number;
          withTotals(table, own, () => fillList(query, from, views.before(query), models, table));
          onProgress?.(++done, queries.length);
        }
        own.add(entry.event);
        views.follow(entry.visitor, entry.event);
      }
      countRecent(table, entry.event);
    });
  }

  function fillList(
    { list, labels }: Query,
    from: number,
    view: VisitorView,
    snapshot: Snapshot,
    table: ItemTable,
  ): void {
    const now = list.receivedAt;
    const { context } = list;
    const request = rankRequestOf(list);
    const given = givenCandidates(request);
    const spans = [spanOf(placementOf(list), request, context, 0, given.length)];
    const evidence = gatherEvidence(view, snapshot, table, now);
    const candidates = fillMatrix(
      features,
      { snapshot, items: table, view, evidence, context, list: given, spans, now },
      out.matrix.subarray(from * features.width, (from + given.length) * features.width),
    );
    out.labels.set(labels, from);
    for (let row = 0; row < candidates.count; row++) {
      out.clickRate[from + row] = clickRate(table, candidates.slot[row] as number, 0, 0);
    }
  }
}

/** As many of the newest as have `mostRows` rows together, and at least one. */
function newestLists(queries: readonly Query[], mostRows: number): readonly Query[] {
  let rows = 0;
  const first = queries.findLastIndex(({ labels }, list) => {
    rows += labels.length;
    return rows > mostRows && list < queries.length - 1;
  });
  return queries.slice(first + 1);
}

/** By visitor: what everybody of its identity did so far. To begin with nothing. */
function totalsByIdentity({ visitors }: History): OwnTotals[] {
  const byKey = new Map<string, OwnTotals>();
  return visitors.map(({ identity }) => {
    const known = byKey.get(identity) ?? new OwnTotals();
    byKey.set(identity, known);
    return known;
  });
}

/** The catalogue as it ends, with the totals of who is in another fold; nothing in it fades or slides yet. */
function totalsOfOthers({ timeline }: History, inFold: readonly boolean[]): ItemTable {
  const table = new ItemTable();
  for (const entry of timeline) {
    if (!("event" in entry)) putItem(table, entry.record);
    else if (!inFold[entry.visitor]) countTotals(table, [entry.event]);
  }
  return table;
}

/** The states of visitors at one point of the log: the one place here that knows how a view comes about. */
class ViewsInTime {
  readonly #config: ProfileConfig;
  readonly #states = new Map<number, ProfileState>();

  constructor(config: ProfileConfig) {
    this.#config = config;
  }

  follow(visitor: number, event: Parameters<typeof fold>[1]): void {
    this.#states.set(visitor, fold(this.#stateOf(visitor), event, this.#config));
  }

  /** The view that the list's decision would have been made with. */
  before({ visitor, list }: Query): VisitorView {
    return decodeView(encodeViewOf(this.#stateOf(visitor), list.receivedAt, this.#config));
  }

  #stateOf(visitor: number): ProfileState {
    return this.#states.get(visitor) ?? emptyState();
  }
}
