// How well an item's text answers what the visitor searches for: BM25 (Robertson & Zaragoza, The Probabilistic Relevance
// Framework, 2009), the share of words found, and what trigrams still find when a word is spelled otherwise. The query is
// that of the placement; `searchMatch` takes the searches of the session and of the months before instead.

import { log } from "../kernels/elementary.ts";
import { factorAt } from "../profile/counters.ts";
import type { TextColumn } from "../snapshot/attributes.ts";
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
        if (text !== undefined && terms !== undefined) inverseFrequencies(text, terms, idf);
        for (let row = from, at = offset + from * stride; row < to; row++, at += stride) {
          const item = candidates.index[row] as number;
          let score = 0;
          let found = 0;
          if (text !== undefined && terms !== undefined && item >= 0) {
            const { starts, hashes, meanLength } = text;
            const first = starts[item] as number;
            const end = starts[item + 1] as number;
            const norm = K1 * (1 - B + (B * (end - first)) / Math.max(1, meanLength));
            for (let i = 0; i < terms.length; i++) {
              const term = terms[i] as number;
              let times = 0;
              for (let word = first; word < end; word++) if (hashes[word] === term) times++;
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

function inverseFrequencies({ documents, texts }: TextColumn, terms: Uint32Array, out: Float64Array): void {
  for (let i = 0; i < terms.length; i++) {
    const count = documents.get(terms[i] as number) ?? 0;
    out[i] = log(1 + (texts - count + 0.5) / (count + 0.5));
  }
}

/** Jaccard of the character trigrams of query and text, and the share of the query's that the text has. */
export function queryGrams(field: string): Feature {
  const name = `query_grams.${field}`;
  return {
    name,
    version: 1,
    columns: [`${name}.jaccard`, `${name}.found`],
    stage: "text",
    cost: 500,
    requires: [{ kind: "grams", field }],
    fill({ snapshot, candidates }, out, offset, stride) {
      const text = snapshot.attributes.grams.get(field);
      for (const { from, to, query } of candidates.spans) {
        for (let row = from, at = offset + from * stride; row < to; row++, at += stride) {
          const item = candidates.index[row] as number;
          let common = 0;
          let union = 0;
          if (text !== undefined && query !== null && item >= 0) {
            const first = text.starts[item] as number;
            const end = text.starts[item + 1] as number;
            for (let gram = first; gram < end; gram++) if (query.grams.has(text.hashes[gram] as number)) common++;
            union = query.grams.size + (end - first) - common;
          }
          out[at] = union === 0 ? 0 : common / union;
          out[at + 1] = query === null || common === 0 ? 0 : common / query.grams.size;
        }
      }
    },
  };
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
      const session = new Map<number, number>();
      for (const term of view.session?.terms ?? []) session.set(term, 1 / (view.session?.terms.length ?? 1));
      const longTerm = new Map<number, number>();
      const { keys, month } = view.families.terms;
      const factor = factorAt(view.periods, 2, now);
      const total = month.reduce((sum, count) => sum + count, 0) * factor + 1;
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
            const term = text.hashes[word] as number;
            // A word that the text repeats is found once.
            if (text.hashes.indexOf(term, first) !== word) continue;
            inSession += session.get(term) ?? 0;
            before += longTerm.get(term) ?? 0;
          }
        }
        out[at] = inSession;
        out[at + 1] = Number.isFinite(before) ? before : 0;
      }
    },
  };
}
