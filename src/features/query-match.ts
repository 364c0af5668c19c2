// How well an item's text answers what the visitor searches for: BM25 (Robertson & Zaragoza, The Probabilistic Relevance
// Framework, 2009), the share of words found, and what trigrams still find when a word is spelled otherwise. The query is
// that of the placement; `searchMatch` takes the searches of the session and of the months before instead.

import { log } from "../kernels/elementary.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import { factorAt } from "../profile/counters.ts";
import type { GramColumn, TextColumn } from "../snapshot/coded-columns.ts";
import type { Feature } from "./feature.ts";

/** How soon repeats of a word stop counting, and how much a long text has to make up for. */
const K1 = 1.2;
const B = 0.75;

/** 0 without a query, and for an item without text. */
export function queryMatch(field: string): Feature {
  const name = `query_match.${field}`;
  return {
    name,
    version: 1,
    columns: [`${name}.bm25`, `${name}.terms_found`, `${name}.all_found`],
    stage: "text",
    cost: 50,
    requires: [{ kind: "text", field }],
    fill({ snapshot, candidates }, out, offset, stride) {
      const text = snapshot.attributes.text.get(field);
      const idf = new Float64Array(16);
      for (const { from, to, query } of candidates.spans) {
        const terms = query?.terms;
        const codes = text && terms && Int32Array.from(terms, (term) => text.codeOf(term));
        if (text !== undefined && codes !== undefined) inverseFrequencies(text, codes, idf);
        for (let row = from, at = offset + from * stride; row < to; row++, at += stride) {
          const item = candidates.index[row] as number;
          let score = 0;
          let found = 0;
          if (text !== undefined && codes !== undefined && item >= 0) {
            const { starts, meanLength } = text;
            const first = starts[item] as number;
            const end = starts[item + 1] as number;
            const norm = K1 * (1 - B + (B * (end - first)) / Math.max(1, meanLength));
            for (let i = 0; i < codes.length; i++) {
              const code = codes[i] as number;
              let times = 0;
              for (let word = first; word < end; word++) if (text.codes[word] === code) times++;
              if (times === 0) continue;
              found++;
              score += ((idf[i] as number) * times * (K1 + 1)) / (times + norm);
            }
          }
          const wanted = terms?.length ?? 0;
          out[at] = score;
          out[at + 1] = wanted === 0 ? 0 : found / wanted;
          out[at + 2] = wanted > 0 && found === wanted ? 1 : 0;
        }
      }
    },
  };
}

/** @param codes of the words, −1 for one that no text has */
function inverseFrequencies({ documents, texts }: TextColumn, codes: Int32Array, out: Float64Array): void {
  for (let i = 0; i < codes.length; i++) {
    const count = documents[codes[i] as number] ?? 0;
    out[i] = log(1 + (texts - count + 0.5) / (count + 0.5));
  }
}

/** Jaccard of the character trigrams of query and text, and the share of the query's that the text has. */
export function queryGrams(field: string): Feature {
  const name = `query_grams.${field}`;
  return {
    name,
    // 2: all trigrams of a text count, not the first 128.
    version: 2,
    columns: [`${name}.jaccard`, `${name}.found`],
    stage: "text",
    cost: 100,
    requires: [{ kind: "grams", field }],
    fill({ snapshot, candidates }, out, offset, stride) {
      const grams = snapshot.attributes.grams.get(field);
      for (const { from, to, query } of candidates.spans) {
        const found = grams && query && new GramsOfQuery(grams, query.grams);
        for (let row = from, at = offset + from * stride; row < to; row++, at += stride) {
          const item = candidates.index[row] as number;
          let common = 0;
          let union = 0;
          if (grams !== undefined && found && item >= 0) {
            common = found.in(item);
            union = (query?.grams.size ?? 0) + (grams.counts[item] as number) - common;
          }
          out[at] = union === 0 ? 0 : common / union;
          out[at + 1] = query === null || common === 0 ? 0 : common / query.grams.size;
        }
      }
    },
  };
}

/** How many of a query's trigrams an item's text has: a bit each, looked up once a word and put together by item. */
class GramsOfQuery {
  readonly #grams: GramColumn;
  /** hash32 of a trigram of the query → its bit, 0 … 63. */
  readonly #bits: Map<number, number>;
  /** Code of a word → place of its bits in `#low` and `#high`. */
  readonly #known = new Map<number, number>();
  readonly #low: number[] = [];
  readonly #high: number[] = [];

  /** @param query at most 64 */
  constructor(grams: GramColumn, query: ReadonlySet<number>) {
    this.#grams = grams;
    this.#bits = new Map([...query].map((gram, bit) => [gram, bit]));
  }

  in(item: number): number {
    const { starts, codes } = this.#grams.text;
    const end = starts[item + 1] as number;
    let low = 0;
    let high = 0;
    for (let at = starts[item] as number; at < end; at++) {
      const code = codes[at] as number;
      const place = this.#known.get(code) ?? this.#lookUp(code);
      low |= this.#low[place] as number;
      high |= this.#high[place] as number;
    }
    return bitsIn(low) + bitsIn(high);
  }

  #lookUp(code: number): number {
    const { starts, hashes } = this.#grams;
    let low = 0;
    let high = 0;
    for (let at = starts[code] as number; at < (starts[code + 1] as number); at++) {
      const bit = this.#bits.get(hashes[at] as number) ?? -1;
      if (bit >= 32) high |= 1 << (bit - 32);
      else if (bit >= 0) low |= 1 << bit;
    }
    this.#known.set(code, this.#low.length);
    this.#high.push(high);
    return this.#low.push(low) - 1;
  }
}

function bitsIn(word: number): number {
  let v = word - ((word >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Share of the words searched for in this session that the text has, and of those of the months before by their weight. */
export function searchMatch(field: string): Feature {
  const name = `search_match.${field}`;
  return {
    name,
    version: 1,
    columns: [`${name}.session`, `${name}.long_term`],
    stage: "text",
    cost: 200,
    requires: [{ kind: "text", field }],
    fill({ snapshot, candidates, view, now }, out, offset, stride) {
      const text = snapshot.attributes.text.get(field);
      const searched = view.session?.terms ?? [];
      const session = new HashCounts(searched.length);
      for (const term of searched) session.set(term, 1 / searched.length);
      const { keys, month } = view.families.terms;
      const factor = factorAt(view.periods, 2, now);
      const total = month.reduce((sum, count) => sum + count, 0) * factor + 1;
      const longTerm = new HashCounts(keys.length);
      keys.forEach((term, i) => {
        longTerm.set(term, ((month[i] as number) * factor) / total);
      });
      const nothing = text === undefined || session.size + longTerm.size === 0;
      for (let row = 0, at = offset; row < candidates.count; row++, at += stride) {
        const item = candidates.index[row] as number;
        let inSession = 0;
        let before = 0;
        if (!nothing && item >= 0) {
          const first = text.starts[item] as number;
          const end = text.starts[item + 1] as number;
          for (let word = first; word < end; word++) {
            const code = text.codes[word] as number;
            // A word that the text repeats is found once.
            if (text.codes.indexOf(code, first) !== word) continue;
            const term = text.hashes[code] as number;
            inSession += session.get(term);
            before += longTerm.get(term);
          }
        }
        out[at] = inSession;
        out[at + 1] = Number.isFinite(before) ? before : 0;
      }
    },
  };
}
