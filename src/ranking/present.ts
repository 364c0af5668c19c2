// From scores to what a placement shows: the rules that hold after the ranking, and with `explain` what they did.
import { log } from "../kernels/elementary.ts";
import { holdsLast } from "../kernels/held-shapes.ts";
import type { Kept } from "./cascade.ts";
import type { DroppedItem, PlacementResult, RankedItem, RuleEffect, Strategy } from "./decision.ts";
import { explainRow } from "./explain.ts";
import type { PoolSpan } from "./gather.ts";
import type { Page } from "./page.ts";
import type { Pool } from "./pool.ts";
import type { Ranker } from "./ranker.ts";
import { type Arranged, arrange, STANDING } from "./rules/arrange.ts";
import { boosted } from "./rules/boosts.ts";
import type { RuleRows } from "./rules/rule-rows.ts";

/** Everything that was found out of the rows of a pool. */
export interface Scored {
  readonly ranker: Ranker;
  readonly pool: Pool;
  /** nameHash, a pool row. */
  readonly category: Uint32Array;
  readonly ruleRows: RuleRows;
  readonly kept: Kept;
  /** One a kept row; finite. */
  readonly scores: Float32Array;
}

export interface Presentation {
  readonly strategy: Strategy;
  readonly explain: boolean;
}

/** The places of a placement's kept rows: kept rows from … to − 1 are pool rows `rowsOf`. */
export interface KeptSpan {
  readonly from: number;
  readonly to: number;
}

const hold = holdsLast();

export function present(
  scored: Scored,
  span: PoolSpan,
  keptSpan: KeptSpan,
  page: Page,
  { strategy, explain }: Presentation,
): PlacementResult {
  const { pool, ruleRows, kept, category } = scored;
  const { name, request } = span;
  const rules = page.rulesOf(name);
  const isRank = request.type === "rank";
  const isFree = (row: number): boolean => isRank || !page.isElsewhere(name, pool.hash[row] as number);
  // Pruned rows are asked for where all come back, and where caps or the placements before leave the list short.
  let shown = rowsOf(scored, span, keptSpan, isRank || rules.caps !== undefined, isFree);
  if (!isRank && shown.count < request.count) shown = rowsOf(scored, span, keptSpan, true, isFree);
  const { count, row: rowOf, keptRow: keptRowOf } = shown;
  const poolRow = (at: number): number => rowOf[at] as number;
  const { content } = scored.ranker.snapshot;
  const columns = {
    scores: shown.score.subarray(0, count),
    standing: new Uint8Array(count),
    category: new Uint32Array(count),
    brand: new Uint32Array(count),
  };
  for (let at = 0; at < count; at++) {
    const row = rowOf[at] as number;
    const boost = ruleRows.boosts.get(row);
    if (boost !== undefined) columns.scores[at] = boosted(columns.scores[at] as number, boost, "odds");
    const cascaded = (keptRowOf[at] as number) < 0 ? STANDING.pruned : STANDING.ranked;
    columns.standing[at] = Math.max(ruleRows.standing[row] as number, cascaded);
    columns.category[at] = category[row] as number;
    columns.brand[at] = ruleRows.brand[row] as number;
  }
  const arranged = arrange({
    ...columns,
    rules,
    pins: pinsOf(shown, ruleRows),
    similarity(a, b) {
      const [x, y] = [pool.index[poolRow(a)] as number, pool.index[poolRow(b)] as number];
      return x < 0 || y < 0 ? 0 : content.dotBetween(x, y);
    },
    count: isRank ? count : request.count,
    keepAll: isRank,
  });
  const items = arranged.rows.map((at, position): RankedItem => {
    const [row, keptRow] = [rowOf[at] as number, keptRowOf[at] as number];
    const item = {
      id: pool.idOf(row),
      score: columns.scores[at] as number,
      position,
      source: pool.sourceOf(row),
    };
    if (!explain) return item;
    const effects = effectsOf(scored, arranged, at, row, keptRow);
    return {
      ...item,
      sources: pool.sourcesOf(row),
      ...(effects.length > 0 ? { rules: effects } : {}),
      ...(keptRow < 0 || position >= MOST_EXPLAINED
        ? {}
        : { features: explainRow(scored.ranker, kept.matrix, keptRow) }),
    };
  });
  const dropped = explain && !isRank ? droppedOf(span, arranged, (at) => pool.idOf(poolRow(at))) : [];
  hold(shown, arranged);
  return { strategy, items, ...(dropped.length > 0 ? { dropped } : {}) };
}

/** The rows that a placement may show, in the order of the pool: parallel arrays, at least `count` long. */
interface Shown {
  count: number;
  /** In the pool. */
  readonly row: Int32Array;
  /** In the matrix; −1 for a row that was pruned. */
  readonly keptRow: Int32Array;
  /** Pruned rows have scores below those of the others, as far apart as the linear pass has them. */
  readonly score: Float64Array;
}

function rowsOf(
  { kept, scores, ruleRows }: Scored,
  { from, to }: PoolSpan,
  keptSpan: KeptSpan,
  withPruned: boolean,
  isFree: (row: number) => boolean,
): Shown {
  const room = to - from;
  const shown: Shown = {
    count: 0,
    row: new Int32Array(room),
    keptRow: new Int32Array(room),
    score: new Float64Array(room),
  };
  const add = (row: number, keptRow: number, score: number): void => {
    if (!isFree(row)) return;
    shown.row[shown.count] = row;
    shown.keptRow[shown.count] = keptRow;
    shown.score[shown.count++] = score;
  };
  const { rows: keptRows, firstScores } = kept;
  if (keptRows === null || firstScores === null) {
    for (let row = from; row < to; row++) add(row, row, scores[row] as number);
    return shown;
  }
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const keptRowOf = new Int32Array(room).fill(-1);
  for (let keptRow = keptSpan.from; keptRow < keptSpan.to; keptRow++) {
    keptRowOf[(keptRows[keptRow] as number) - from] = keptRow;
    lowest = Math.min(lowest, scores[keptRow] as number);
  }
  // The bonus of a boost is in the scores of the first pass; it is added where it is for all rows.
  const firstScore = (row: number): number => {
    const boost = ruleRows.boosts.get(row);
    return (firstScores[row] as number) - (boost === undefined ? 0 : log(boost.multiply) + boost.add);
  };
  if (withPruned) {
    for (let row = from; row < to; row++) {
      if ((keptRowOf[row - from] as number) < 0) highest = Math.max(highest, firstScore(row));
    }
  }
  for (let row = from; row < to; row++) {
    const keptRow = keptRowOf[row - from] as number;
    if (keptRow >= 0) add(row, keptRow, scores[keptRow] as number);
    else if (withPruned) add(row, keptRow, lowest + (firstScore(row) - highest));
  }
  return shown;
}

/** Rows that have a fixed place, by rising place. */
function pinsOf({ count, row }: Shown, { pinned }: RuleRows): { row: number; position: number }[] {
  const pins: { row: number; position: number }[] = [];
  for (let at = 0; at < count && pinned.size > pins.length; at++) {
    const position = pinned.get(row[at] as number);
    if (position !== undefined) pins.push({ row: at, position });
  }
  return pins.sort((a, b) => a.position - b.position);
}

function effectsOf({ ruleRows }: Scored, arranged: Arranged, at: number, row: number, keptRow: number): RuleEffect[] {
  const effects: RuleEffect[] = [];
  const standing = ruleRows.standing[row];
  const position = ruleRows.pinned.get(row);
  const moved = arranged.moved.get(at);
  const boost = ruleRows.boosts.get(row);
  if (standing === STANDING.unavailable) effects.push({ rule: "unavailable" });
  if (standing === STANDING.frequency) effects.push({ rule: "frequency" });
  if (keptRow < 0) effects.push({ rule: "pruned" });
  if (boost !== undefined) effects.push({ rule: "boost", ...boost });
  if (moved !== undefined) effects.push({ rule: "diversity", ...moved });
  if (arranged.capped.includes(at)) effects.push({ rule: "cap" });
  if (position !== undefined) effects.push({ rule: "pin", position });
  return effects;
}

const MOST_CAPPED = 50;
/** Items of a placement whose features are told: with a hundred columns each they are some 350 KB. */
const MOST_EXPLAINED = 50;

function droppedOf({ dropped }: PoolSpan, { capped }: Arranged, idOf: (at: number) => string): DroppedItem[] {
  return [...dropped, ...capped.slice(0, MOST_CAPPED).map((at) => ({ id: idOf(at), rule: "cap" as const }))];
}
