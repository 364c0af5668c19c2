// Items as weighted terms of what is written about them (tf-idf: Salton and Buckley 1988), so that an item that nobody
// has touched yet still has neighbours. Words of titles and descriptions share one namespace; categories, brands, tags and
// attributes are terms of their own, `tag:brass`.
import { log } from "../kernels/elementary.ts";
import { type Csr, CsrBuilder, normalizeRows } from "./csr.ts";

/** What is read of an item; a `LogItem` fits. */
export interface DescribedItem {
  readonly title?: string;
  readonly category?: string;
  readonly brand?: string;
  readonly tags?: readonly string[];
  /** Strings and arrays of strings count, everything else is ignored. */
  readonly attributes?: Readonly<Record<string, unknown>>;
}

export interface ContentTermsOptions {
  /** The most frequent terms that are kept, 20,000 by default. */
  readonly maxVocabulary?: number;
  /** Items that a term must occur in: one of a single item links nothing. 2 by default. */
  readonly minItems?: number;
  /** What a word of a long text counts beside a word of the title, 0.3 by default. */
  readonly freeTextWeight?: number;
}

export interface ContentTerms {
  /** items × terms, rows of length 1 (an item without any kept term has an empty row). */
  readonly matrix: Csr;
  /** The term of each column: by descending number of items, then in code-unit order. */
  readonly terms: readonly string[];
}

/** A string longer than this is read as text, word by word, and not as the name of something. */
const LONGEST_NAME = 48;

// Light on purpose: idf takes care of the rest, in any language.
const STOP_WORDS = new Set(
  "a an and are as at be by for from has he her his in is it its of on or she that the their they this to was who with".split(
    " ",
  ),
);

/**
 * weight(item, term) = tf × (ln((1 + n) / (1 + items with the term)) + 1), where tf adds up 1 for each field that has the
 * term (`freeTextWeight` for long texts); rows are then scaled to length 1. Equal input gives equal output.
 */
export function contentTerms(items: readonly DescribedItem[], options: ContentTermsOptions = {}): ContentTerms {
  const { maxVocabulary = 20_000, minItems = 2, freeTextWeight = 0.3 } = options;
  const counted = items.map((item) => termsOf(item, freeTextWeight));
  const itemsWith = new Map<string, number>();
  for (const terms of counted) for (const term of terms.keys()) itemsWith.set(term, (itemsWith.get(term) ?? 0) + 1);
  const vocabulary = [...itemsWith]
    .filter(([, count]) => count >= minItems)
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .slice(0, maxVocabulary);
  const columns = new Map(vocabulary.map(([term], column) => [term, column]));
  const idf = vocabulary.map(([, count]) => log((1 + items.length) / (1 + count)) + 1);
  const builder = new CsrBuilder(items.length, vocabulary.length);
  counted.forEach((terms, row) => {
    for (const [term, tf] of terms) {
      const column = columns.get(term);
      if (column !== undefined) builder.add(row, column, tf * (idf[column] as number));
    }
  });
  const matrix = builder.build();
  normalizeRows(matrix);
  return { matrix, terms: vocabulary.map(([term]) => term) };
}

/** The terms of one item with their term frequency. */
function termsOf(item: DescribedItem, freeTextWeight: number): Map<string, number> {
  const terms = new Map<string, number>();
  const add = (term: string, amount: number): void => void terms.set(term, (terms.get(term) ?? 0) + amount);
  const addNames = (key: string, values: readonly string[]): void => {
    const found = new Set<string>();
    for (const value of values) {
      if (value.length > LONGEST_NAME) for (const word of wordsOf(value)) add(word, freeTextWeight);
      else if (value.trim() !== "") found.add(`${key}:${plain(value)}`);
    }
    for (const term of found) add(term, 1);
  };
  for (const word of wordsOf(item.title ?? "")) add(word, 1);
  addNames("category", [item.category ?? ""]);
  addNames("brand", [item.brand ?? ""]);
  addNames("tag", item.tags ?? []);
  for (const [key, value] of Object.entries(item.attributes ?? {})) {
    if (typeof value === "string") addNames(key, [value]);
    else if (Array.isArray(value))
      addNames(
        key,
        value.filter((element) => typeof element === "string"),
      );
  }
  return terms;
}

/** The different words of a text: runs of letters and digits in any script, in lower case. */
function wordsOf(text: string): Set<string> {
  const words = plain(text).match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  return new Set(words.filter((word) => !STOP_WORDS.has(word)));
}

function plain(text: string): string {
  return text.normalize("NFKC").trim().toLowerCase();
}
