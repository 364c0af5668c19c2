// A query as features compare it with texts: hashes of its words and of their character trigrams.
import { gramsOf } from "../kernels/grams.ts";
import { hash32 } from "../kernels/hash.ts";
import { termsOf } from "../kernels/terms.ts";

const MAX_TERMS = 16;
const MAX_GRAMS = 64;

export interface QueryTerms {
  /** hash32 of the different words, in order. */
  readonly terms: Uint32Array;
  /** hash32 of the different trigrams. */
  readonly grams: ReadonlySet<number>;
}

/** @returns null when the text has no word */
export function queryTerms(text: string): QueryTerms | null {
  const terms = [...new Set(termsOf(text, MAX_TERMS))];
  if (terms.length === 0) return null;
  return {
    terms: Uint32Array.from(terms, (term) => hash32(term)),
    grams: new Set(gramsOf(terms, MAX_GRAMS).map((gram) => hash32(gram))),
  };
}
