// From sources to the candidates of a placement: every source is asked, each brings its fair share of what the placement
// may show, and the room that is left goes to them in their order. Which sources found an item is kept.
import type { ItemTable } from "../catalog/item-table.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import { holdsLast } from "../kernels/held-shapes.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { codesOf } from "./item-codes.ts";
import { categoryLists } from "./sources/popular-in-category.ts";
import type { CandidateSource, SourceInput } from "./sources/source.ts";
import { SOURCES } from "./sources.ts";

/** What a source is asked for at most. Filters leave some of it out, so it is more than any share. */
const PER_SOURCE = 250;
/** What it is asked for at first: so many times its share, and a few more. To order what nobody takes is dear. */
const AT_FIRST = 2;
const A_FEW = 16;
/** Of the catalogue by popularity, for a filter that next to nothing fits: some milliseconds. */
const MOST_LOOKED_AT = 250_000;
/** The same by all placements of a request. */
const MOST_LOOKS = 1_000_000;

/** Makes what the sources would make at their first use: some 0.2 s for a million items. @param items null while there are none */
export function prepareRetrieval(snapshot: Snapshot, items: ItemTable | null): void {
  categoryLists(snapshot);
  if (items !== null) codesOf(snapshot, items);
}

/** What was found for one placement. */
export interface Found {
  readonly count: number;
  /** Item codes (item-codes.ts), without repeats. */
  readonly codes: Int32Array;
  /** Bit s is set where SOURCES[s] found the item; the lowest one is credited. */
  readonly foundBy: Uint32Array;
}

const hold = holdsLast();

/** Asks the sources for the placements of one request; what does not depend on the placement is asked once. */
export class Retrieval {
  readonly #input: Omit<SourceInput, "page" | "categories">;
  readonly #sources: readonly CandidateSource[];
  /** One a source and what it read of a placement. */
  readonly #answers: Answer[] = [];
  /** Where answers are written, until it is full. */
  #room = new Int32Array(0);
  /** Items of the catalogue that may still be looked at. */
  #looks = MOST_LOOKS;

  constructor(input: Omit<SourceInput, "page" | "categories">, sources: readonly CandidateSource[] = SOURCES) {
    this.#input = input;
    this.#sources = sources;
  }

  /**
   * @param limit of candidates
   * @param atLeast where the sources bring fewer than this that are allowed, the catalogue by popularity fills up
   * @param allowed whether an item may be shown in the placement
   */
  find(
    { page, categories }: Pick<SourceInput, "page" | "categories">,
    limit: number,
    atLeast: number,
    allowed: (code: number) => boolean,
  ): Found {
    const input: SourceInput = { ...this.#input, page, categories };
    const ofAll = this.#sources.reduce((sum, { share }) => sum + share, 0);
    const depths = this.#sources.map(({ share }) => {
      const quota = Math.floor((limit * share) / ofAll);
      return Math.min(AT_FIRST * quota + A_FEW, PER_SOURCE);
    });
    // One array for them all: what an allocation costs hardly depends on its size.
    this.#room = new Int32Array(depths.reduce((sum, depth) => sum + depth, 0));
    const asked = this.#sources.map((source, s) => this.#ask(source, input, depths[s] as number));
    const merged = new Merged(limit);
    const shares = this.#sources.map(({ share }, s) => ((asked[s] as Asked).answer.codes.length > 0 ? share : 0));
    const total = shares.reduce((sum, share) => sum + share, 0);
    // Each its share, asking it for more where it takes more; then what they brought beyond it, in their order; then all
    // that they have.
    asked.forEach((answer, s) => {
      const quota = Math.floor((limit * (shares[s] as number)) / total);
      const left = takeFrom(answer, quota, merged, allowed);
      if (left > 0 && this.#deepen(answer, input)) takeFrom(answer, left, merged, allowed);
    });
    for (const answer of asked) takeFrom(answer, limit - merged.count, merged, allowed);
    for (const answer of asked) {
      if (merged.count === limit) break;
      if (this.#deepen(answer, input)) takeFrom(answer, limit - merged.count, merged, allowed);
    }
    this.#looks -= fillUp(this.#input, merged, Math.min(atLeast, limit), allowed, this.#looks);
    asked.forEach(({ answer: { codes } }, s) => {
      for (let i = 0; i < codes.length; i++) merged.mark(codes[i] as number, s);
    });
    hold(input, asked, merged);
    return merged.found();
  }

  #ask(source: CandidateSource, input: SourceInput, depth: number): Asked {
    const key = keyOf(source, input);
    const place = this.#answers.findIndex((answer) => answer.source === source && answer.key === key);
    let answer = this.#answers[place];
    if (answer === undefined || (!answer.isWhole && answer.codes.length < depth)) {
      answer = this.#answerOf(source, key, input, depth);
      if (place < 0) this.#answers.push(answer);
      else this.#answers[place] = answer;
    }
    return { answer, next: 0 };
  }

  /** Asks for all that the source has. @returns whether there may be more than before */
  #deepen(asked: Asked, input: SourceInput): boolean {
    const { source, key, isWhole } = asked.answer;
    if (isWhole) return false;
    const answer = this.#answerOf(source, key, input, PER_SOURCE);
    this.#answers[this.#answers.indexOf(asked.answer)] = answer;
    // What draws at random draws other items when it is asked for more of them.
    asked.answer = answer;
    asked.next = 0;
    return true;
  }

  #answerOf(source: CandidateSource, key: string, input: SourceInput, depth: number): Answer {
    if (this.#room.length < depth) this.#room = new Int32Array(depth);
    const count = source.find(input, this.#room.subarray(0, depth));
    const codes = this.#room.subarray(0, count);
    this.#room = this.#room.subarray(count);
    return { source, key, codes, isWhole: count < depth || depth === PER_SOURCE };
  }
}

/** What a source found. */
interface Answer {
  readonly source: CandidateSource;
  readonly key: string;
  readonly codes: Int32Array;
  /** Whether to ask for more brings no more. */
  readonly isWhole: boolean;
}

/** An answer with how far it has been taken from. */
interface Asked {
  answer: Answer;
  /** The first place that nobody has looked at. */
  next: number;
}

/** What the source reads of a placement: where it is the same, the answer is. */
function keyOf({ reads }: CandidateSource, { page, categories }: SourceInput): string {
  if (page.length + categories.length === 0) return "";
  return reads.map((part) => (part === "page" ? page : categories).join()).join(";");
}

/** Up to `quota` allowed ones that nobody brought yet. @returns how many of them it lacks */
function takeFrom(asked: Asked, quota: number, merged: Merged, allowed: (code: number) => boolean): number {
  const { codes } = asked.answer;
  let at = asked.next;
  let left = quota;
  for (; at < codes.length && left > 0; at++) {
    const code = codes[at] as number;
    if (merged.has(code) || !allowed(code)) continue;
    merged.add(code);
    left--;
  }
  asked.next = at;
  return left;
}

/** Whether a search that found nothing has looked at every item that there is. */
export function looksAtAll({ byPopularity }: Pick<Snapshot, "byPopularity">): boolean {
  return byPopularity.length <= MOST_LOOKED_AT;
}

/** Where filters are narrow: the snapshot by popularity, then what it does not know. @returns how many it looked at, `looks` at most */
function fillUp(
  { snapshot, codes }: Pick<SourceInput, "snapshot" | "codes">,
  merged: Merged,
  atLeast: number,
  allowed: (code: number) => boolean,
  looks: number,
): number {
  const { byPopularity } = snapshot;
  const end = Math.min(byPopularity.length, MOST_LOOKED_AT, looks);
  let rank = 0;
  for (; rank < end && merged.count < atLeast; rank++) {
    const code = byPopularity[rank] as number;
    if (allowed(code) && !merged.has(code)) merged.add(code);
  }
  const { unknownSlots } = codes;
  const rest = Math.min(unknownSlots.length, looks - rank);
  let at = 0;
  for (; at < rest && merged.count < atLeast; at++) {
    const code = codes.known + (unknownSlots[at] as number);
    if (allowed(code) && !merged.has(code)) merged.add(code);
  }
  return rank + at;
}

/** The candidates of one placement, in the order in which they were brought. */
class Merged {
  count = 0;
  readonly #codes: Int32Array;
  readonly #foundBy: Uint32Array;
  /** Code → row + 1. */
  readonly #rows: HashCounts;

  constructor(room: number) {
    this.#codes = new Int32Array(room);
    this.#foundBy = new Uint32Array(room);
    this.#rows = new HashCounts(room);
  }

  has(code: number): boolean {
    return this.#rows.get(code) > 0;
  }

  add(code: number): void {
    this.#codes[this.count++] = code;
    this.#rows.set(code, this.count);
  }

  /** Notes that a source found it, if it is one of these. */
  mark(code: number, source: number): void {
    const row = this.#rows.get(code) - 1;
    if (row < 0) return;
    this.#foundBy[row] = ((this.#foundBy[row] as number) | (1 << source)) >>> 0;
  }

  found(): Found {
    return {
      count: this.count,
      codes: this.#codes.subarray(0, this.count),
      foundBy: this.#foundBy.subarray(0, this.count),
    };
  }
}

/** Names what no source found: it filled up a list whose filters are narrow. */
const FILLED = "catalogue";

/** The source that an item is credited to. */
export function creditOf(foundBy: number): string {
  return foundBy === 0 ? FILLED : (SOURCES[31 - Math.clz32(foundBy & -foundBy)]?.name ?? FILLED);
}

/** All sources that found an item, in their order. */
export function namesOf(foundBy: number): string[] {
  return foundBy === 0 ? [FILLED] : SOURCES.filter((_, s) => (foundBy >>> s) & 1).map(({ name }) => name);
}
