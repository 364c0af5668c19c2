// The training matrix of the next item: sessions replayed in the order of time through the functions that serve (fold, view,
// candidate sources, features), a list for each question what came next. Every statistic, neighbour, rule and vector behind a
// row comes from before its block of time, as it will when serving (forward chaining: Bergmeir and Benítez, Information
// Sciences 191, 2012): neither the session's own later events nor anybody else's can leak into a row.
import type { ItemTable } from "../catalog/item-table.ts";
import { gatherEvidence } from "../features/evidence.ts";
import type { FeatureSet } from "../features/feature-set.ts";
import { createRandom, type Random } from "../kernels/random.ts";
import type { VisitorView } from "../profile/view.ts";
import { decodeView } from "../profile/view-codec.ts";
import { type Candidate, spanOf } from "../ranking/candidates.ts";
import { fillMatrix } from "../ranking/fill-matrix.ts";
import { codesOf } from "../ranking/item-codes.ts";
import { creditOf, Retrieval } from "../ranking/retrieve.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { FeatureRows } from "./feature-rows.ts";
import type { History } from "./history.ts";
import { liveItems } from "./item-history.ts";
import { itemTableOf } from "./item-statistics.ts";
import { type NextItemQuery, nextItemQueries, viewsAt } from "./next-item-queries.ts";
import { type LogSession, sessionsOf } from "./sessions.ts";

/** The placement that recommends what comes next. */
export const NEXT_ITEM_PLACEMENT = "next-item";

/** Share of the questions, the oldest, that only teach the models behind the first rows. */
const WARM_UP = 0.3;
/** Parts that the rest is cut into; each has models of its own, of all that came before it. */
const BLOCKS = 5;
/** Rows that make a training matrix of a bearable size, and with that the number of lists. */
const MOST_ROWS = 1_000_000;
/** Candidates that sources bring for a list, and those that become rows: what came next, and others by chance. */
const CANDIDATES = 200;
const OTHERS = 80;

export interface NextItemRowsOptions {
  readonly seed: number;
  readonly features: FeatureSet;
  /** The item models of all events before `position` of the timeline, with `entries` of the features. */
  readonly modelsBefore: (position: number) => Snapshot;
  /** About so many; of more lists some are drawn. 1,000,000 by default. */
  readonly mostRows?: number;
  readonly onProgress?: (done: number, total: number) => void;
}

/** A question that teaches, with the models of its block. */
interface Lesson {
  readonly query: NextItemQuery;
  readonly block: number;
}

/** Lists whose next item no source found are left out. Null when the log has too few sessions of more than one event to part it by time. */
export function nextItemRows(history: History, options: NextItemRowsOptions): FeatureRows | null {
  const sessions = sessionsOf(history);
  const queries = nextItemQueries(sessions);
  const random = createRandom(options.seed);
  const { lessons, cuts } = lessonsOf(queries, sessions, random, options.mostRows ?? MOST_ROWS);
  if (lessons.length === 0) return null;
  const models = cuts.map((position) => options.modelsBefore(position));
  const views = viewsAt(
    history,
    lessons.map(({ query }) => query),
    history.config,
  );
  const stale = cuts.map((position) => itemTableOf(history.timeline.slice(0, position)));
  const run: Run = { history, lessons, models, stale, views, seed: options.seed };
  const rows = collect(run, options.features, options.onProgress);
  return rows.groups.length < 2 ? null : toRows(rows, options.features);
}

function lessonsOf(
  queries: readonly NextItemQuery[],
  sessions: readonly LogSession[],
  random: Random,
  mostRows: number,
) {
  const first = Math.floor(queries.length * WARM_UP);
  const cuts: number[] = [];
  for (let block = 0; block < BLOCKS; block++) {
    const at = first + Math.floor(((queries.length - first) * block) / BLOCKS);
    const position = queries[at]?.position;
    if (position !== undefined && position > 0 && position !== cuts.at(-1)) cuts.push(position);
  }
  const all = queries.flatMap((query): Lesson[] => {
    // A session that began before the block is in part known to its models.
    const begun = sessions[query.session]?.steps[0]?.position as number;
    const block = cuts.findLastIndex((cut) => cut <= query.position);
    return block >= 0 && begun >= (cuts[block] as number) ? [{ query, block }] : [];
  });
  const wanted = all.reduce((sum, { query }) => sum + query.targets.length, 0) / Math.max(1, all.length);
  const mostLists = Math.max(1, Math.floor(mostRows / (OTHERS + wanted)));
  if (all.length <= mostLists) return { lessons: all, cuts };
  const order = Uint32Array.from(all, (_, index) => index);
  random.shuffle(order);
  const lessons = [...order.subarray(0, mostLists)].sort((a, b) => a - b).map((index) => all[index] as Lesson);
  return { lessons, cuts };
}

interface Run {
  readonly history: History;
  readonly lessons: readonly Lesson[];
  /** By block. */
  readonly models: readonly Snapshot[];
  /** By block: item statistics as they stood where it begins. */
  readonly stale: readonly ItemTable[];
  readonly views: readonly Uint8Array[];
  readonly seed: number;
}

interface Collected {
  /** With room for all rows that there can be. */
  readonly matrix: Float32Array;
  readonly labels: number[];
  readonly votes: number[];
  readonly groups: number[];
  readonly visitors: number[];
}

function collect(
  { history, lessons, models, stale, views, seed }: Run,
  features: FeatureSet,
  onProgress?: (done: number, total: number) => void,
): Collected {
  const random = createRandom(seed);
  const most = lessons.reduce((sum, { query }) => sum + OTHERS + Math.min(query.targets.length, CANDIDATES), 0);
  const matrix = new Float32Array(most * features.width);
  const rows: Collected = { matrix, labels: [], votes: [], groups: [0], visitors: [] };
  const tables = liveItems<Lesson>(history.timeline, ({ query }) => query.position + 1);
  for (const [index, live] of tables(lessons)) {
    const { query, block } = lessons[index] as Lesson;
    // Statistics may be up to the second, or as old as the snapshot: a ranker must not lean on either.
    const items = index % 2 === 0 ? live : (stale[block] as ItemTable);
    const view = decodeView(views[index] as Uint8Array);
    addList(rows, query, view, models[block] as Snapshot, items, features, random);
    onProgress?.(index + 1, lessons.length);
  }
  return rows;
}

function addList(
  rows: Collected,
  query: NextItemQuery,
  view: VisitorView,
  snapshot: Snapshot,
  items: ItemTable,
  features: FeatureSet,
  random: Random,
): void {
  const { now } = query;
  const evidence = gatherEvidence(view, snapshot, items, now);
  const codes = codesOf(snapshot, items);
  const retrieval = new Retrieval({ snapshot, items, codes, view, evidence, now, seed: random.integer(2 ** 32) });
  const found = retrieval.find({ page: [], categories: [] }, CANDIDATES, 0, () => true);
  const ids = Array.from(found.codes, (code) => codes.idOf(code));
  const relevant = ids.map((id) => query.targets.includes(id));
  if (!relevant.includes(true)) return;
  const { votes } = evidence;
  const kept = sample(relevant, random);
  const list = kept.map((row): Candidate => {
    return { id: ids[row] as string, source: creditOf(found.foundBy[row] as number), position: -1, relevance: 0 };
  });
  const spans = [spanOf(NEXT_ITEM_PLACEMENT, {}, undefined, 0, list.length)];
  const from = rows.labels.length * features.width;
  const matrix = rows.matrix.subarray(from, from + list.length * features.width);
  fillMatrix(features, { snapshot, items, view, evidence, context: undefined, list, spans, now }, matrix);
  for (const row of kept) {
    rows.labels.push(relevant[row] ? 1 : 0);
    const vote = votes.rowOf(found.codes[row] as number);
    rows.votes.push(vote < 0 ? 0 : (votes.columns.votes[vote] as number));
  }
  rows.groups.push(rows.labels.length);
  rows.visitors.push(query.visitor);
}

/**
 * Rows in their order: what is relevant and some of the others. All others are as likely to stay, strong ones and weak: a
 * sample that favours the strong would make the weak look better than they are.
 */
function sample(relevant: readonly boolean[], random: Random): number[] {
  const others = relevant.flatMap((is, row) => (is ? [] : [row]));
  random.shuffle(others);
  const wanted = relevant.flatMap((is, row) => (is ? [row] : []));
  return [...wanted, ...others.slice(0, OTHERS)].sort((a, b) => a - b);
}

function toRows({ matrix, labels, votes, groups, visitors }: Collected, { width }: FeatureSet): FeatureRows {
  return {
    data: {
      matrix: matrix.subarray(0, labels.length * width),
      groups: Uint32Array.from(groups),
      labels: Float32Array.from(labels),
      columns: width,
    },
    clickRate: Float32Array.from(votes),
    visitors: Uint32Array.from(visitors),
  };
}
