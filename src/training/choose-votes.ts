// How like sessions vote, chosen by what the newest sessions of the training log went on with: one setting after the other, each
// value measured by the votes alone (hit rate and reciprocal rank among the first 20), with no ranker in between. What a decision
// pays for, neighbours and sample, only ever becomes less than the defaults. Coordinate search as in Bergstra and Bengio,
// JMLR 13 (2012), but for a handful of values each.
import { type SessionTrail, sessionTrail } from "../features/session-trail.ts";
import { sessionVotes } from "../features/session-votes.ts";
import { topK } from "../kernels/top-k.ts";
import type { Touch } from "../profile/profile.ts";
import { decodeView } from "../profile/view-codec.ts";
import { indexed, type Sessions } from "../snapshot/sessions.ts";
import { DEFAULT_VOTES, type VoteSettings } from "../snapshot/vote-settings.ts";
import { pairedBootstrap } from "./bootstrap.ts";
import type { History } from "./history.ts";
import { sessionsBefore } from "./history-before.ts";
import { meanOf } from "./lists.ts";
import { type NextItemQuery, nextItemQueries, viewsAt } from "./next-item-queries.ts";
import { NEXT_ITEM_CUTOFF } from "./next-item-report.ts";
import { sessionTables } from "./session-tables.ts";
import type { LogSession } from "./sessions.ts";

/** Share of the questions, the newest, that is chosen on. */
const HELD_SHARE = 0.15;
/** With fewer than this the defaults stand. */
const FEWEST_QUERIES = 200;
const MOST_QUERIES = 1_000;
/** Votes and looks at sessions that one trial may take, less than a second: of logs with long sessions fewer questions are asked. */
const MOST_WORK = 6_000_000;
/** Standard errors that another value must be better by: two, since so many are tried on the same questions. */
const MARGIN = 2;
/** Values a setting; the best of them stands beside the settings so far. */
const TRIALS: readonly (readonly [setting: keyof VoteSettings, values: readonly number[]])[] = [
  ["sample", [1_000, 500, 250]],
  ["neighbours", [350, 200, 100]],
  ["decay", [1, 1.5, 3, 4.5]],
  ["rarity", [0, 0.3, 3]],
  ["halfLifeHours", [72, 240, 1_000, 4_000]],
];

export interface ChosenVotes {
  readonly settings: VoteSettings;
  /** Questions they were chosen on; 0 when there were too few and the defaults stand. */
  readonly queries: number;
  /** What was tried, the defaults first: mean of HR@20 and MRR@20 of the votes, faded by age where the half-life was chosen. */
  readonly trials: readonly { readonly settings: VoteSettings; readonly measure: number }[];
}

/** @param sessions of the history; @param indexOf place of the items in the snapshot */
export function chooseVotes(
  history: History,
  sessions: readonly LogSession[],
  indexOf: ReadonlyMap<string, number>,
  onProgress?: (done: number, total: number) => void,
): ChosenVotes {
  const asked = nextItemQueries(sessions);
  const cut = asked[Math.floor(asked.length * (1 - HELD_SHARE))]?.position ?? 0;
  const begun = (query: NextItemQuery): number => sessions[query.session]?.steps[0]?.position as number;
  // A session that began before is in part known to the others.
  const held = asked.filter((query) => begun(query) >= cut);
  const tables = sessionTables(sessionsBefore(sessions, cut), indexOf);
  const known = indexed(tables, indexOf.size);
  const queries = spread(held, mostQueries(known));
  if (queries.length < FEWEST_QUERIES || known.count === 0) return { settings: DEFAULT_VOTES, queries: 0, trials: [] };

  const lessons = lessonsOf(history, queries, indexOf);
  const clusters = queries.map(({ session }) => session);
  const total = TRIALS.reduce((sum, [, values]) => sum + values.length, 0);
  const trials: { settings: VoteSettings; measure: number }[] = [];
  const measured = (settings: VoteSettings, column: "votes" | "fresh") => {
    const measures = measureVotes(lessons, { ...known, votes: settings }, column);
    trials.push({ settings, measure: meanOf(measures) });
    onProgress?.(Math.min(trials.length, total), total);
    return measures;
  };
  let settings = DEFAULT_VOTES;
  let best = measured(settings, "votes");
  for (const [setting, values] of TRIALS) {
    if (setting === "halfLifeHours") best = measured(settings, "fresh");
    const column = setting === "halfLifeHours" ? "fresh" : "votes";
    let [winner, most] = [settings, best];
    for (const value of values) {
      const tried = { ...settings, [setting]: value };
      const measures = measured(tried, column);
      if (meanOf(measures) > meanOf(most)) [winner, most] = [tried, measures];
    }
    if (isBetter(most, best, clusters)) [settings, best] = [winner, most];
  }
  return { settings, queries: queries.length, trials };
}

/** By more than the margin, drawn by session: what is within noise stays as it is. */
function isBetter(measures: Float64Array, best: Float64Array, clusters: readonly number[]): boolean {
  const { delta, ci95 } = pairedBootstrap(measures, best, { seed: 1, resamples: 500, clusters });
  return delta > (MARGIN * (ci95[1] - ci95[0])) / (2 * 1.96);
}

/** So many of them, evenly. */
function spread(queries: readonly NextItemQuery[], most: number): NextItemQuery[] {
  const count = Math.min(queries.length, most);
  return Array.from({ length: count }, (_, i) => queries[Math.floor((i * queries.length) / count)] as NextItemQuery);
}

/** Questions whose votes are counted within the bounds of time, were each visit to share an item with as many sessions as may vote. */
function mostQueries({ starts, count }: Sessions): number {
  const length = (starts[count] as number) / Math.max(1, count);
  const work = DEFAULT_VOTES.sample + DEFAULT_VOTES.neighbours * length;
  return Math.min(MOST_QUERIES, Math.max(FEWEST_QUERIES, Math.floor(MOST_WORK / work)));
}

interface Lesson {
  readonly trail: SessionTrail;
  readonly now: number;
  readonly targets: ReadonlySet<number>;
}

function lessonsOf(
  history: History,
  queries: readonly NextItemQuery[],
  indexOf: ReadonlyMap<string, number>,
): Lesson[] {
  const views = viewsAt(history, queries, history.config);
  return queries.map(({ now, targets }, index) => {
    const view = decodeView(views[index] as Uint8Array);
    const trail = sessionTrail(view, (i) => indexOf.get((view.touches[i] as Touch).itemId) ?? -1);
    return { trail, now, targets: new Set(targets.flatMap((id) => indexOf.get(id) ?? [])) };
  });
}

/** Of each lesson: the mean of whether what came next is among the first 20, and of its reciprocal rank. */
function measureVotes(lessons: readonly Lesson[], sessions: Sessions, column: "votes" | "fresh"): Float64Array {
  return Float64Array.from(lessons, ({ trail, now, targets }) => {
    const { items, columns } = sessionVotes(trail, sessions, now);
    const scores = columns[column];
    const best = topK(scores, NEXT_ITEM_CUTOFF);
    const rank = best.findIndex((row) => (scores[row] as number) > 0 && targets.has(items[row] as number));
    return rank < 0 ? 0 : (1 + 1 / (rank + 1)) / 2;
  });
}
