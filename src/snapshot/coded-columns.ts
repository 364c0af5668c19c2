// Columns of names as a snapshot holds them: each item has codes, places in a dictionary of hash32. Two bytes a name while
// the dictionary is small; a feature only ever asks whether two names are the same, and hashes answer that.
import { HashIndex } from "../kernels/hash-index.ts";
import type { PackedStrings } from "../kernels/packed-strings.ts";

/** Uint16 up to 65,536 entries of the dictionary. */
export type Codes = Uint16Array | Uint32Array;

export function codesOf(values: ArrayLike<number>, dictionary: number): Codes {
  return dictionary <= 2 ** 16 ? Uint16Array.from(values) : Uint32Array.from(values);
}

/** One name an item, or none. */
export class NameColumn {
  /** One an item; 0 stands for none. */
  readonly codes: Codes;
  /** hash32 by code; that of code 0 is 0. */
  readonly hashes: Uint32Array;
  /** By falling number of items: code c is names.at(c − 1). Codes beyond are of names that too few items have. */
  readonly names: PackedStrings;

  constructor(codes: Codes, hashes: Uint32Array, names: PackedStrings) {
    this.codes = codes;
    this.hashes = hashes;
    this.names = names;
  }

  /** hash32 of an item's name; 0 for none. */
  hashAt(item: number): number {
    return this.hashes[this.codes[item] as number] as number;
  }

  /** Place of an item's name in `names`; −1 for none, and for a name that too few items have. */
  indexAt(item: number): number {
    const code = this.codes[item] as number;
    return code <= this.names.size ? code - 1 : -1;
  }

  /** An item's name; "" for none, and for a name that too few items have. */
  nameAt(item: number): string {
    const index = this.indexAt(item);
    return index < 0 ? "" : this.names.at(index);
  }
}

/** Several names an item: item i has those at starts[i] … starts[i + 1] − 1. */
export class ListColumn {
  readonly starts: Uint32Array;
  readonly codes: Codes;
  /** hash32 by code. */
  readonly hashes: Uint32Array;

  constructor(starts: Uint32Array, codes: Codes, hashes: Uint32Array) {
    this.starts = starts;
    this.codes = codes;
    this.hashes = hashes;
  }

  /** hash32 of the name at a place. */
  hashAt(at: number): number {
    return this.hashes[this.codes[at] as number] as number;
  }
}

/** The words of a text in order, with what BM25 needs to know of all texts. */
export class TextColumn extends ListColumn {
  /** Items that have a word, by code. */
  readonly documents: Uint32Array;
  /** Items that have a text. */
  readonly texts: number;
  /** Mean number of words of those. */
  readonly meanLength: number;
  readonly #index: HashIndex;

  constructor(starts: Uint32Array, codes: Codes, hashes: Uint32Array) {
    super(starts, codes, hashes);
    this.documents = new Uint32Array(hashes.length);
    this.#index = new HashIndex(hashes);
    let texts = 0;
    // The last item that a word was counted for.
    const countedFor = new Int32Array(hashes.length).fill(-1);
    for (let item = 0; item + 1 < starts.length; item++) {
      const end = starts[item + 1] as number;
      if (end > (starts[item] as number)) texts++;
      for (let at = starts[item] as number; at < end; at++) {
        const code = codes[at] as number;
        if (countedFor[code] === item) continue;
        countedFor[code] = item;
        this.documents[code] = (this.documents[code] as number) + 1;
      }
    }
    this.texts = texts;
    this.meanLength = texts === 0 ? 0 : codes.length / texts;
  }

  /** Code of a word; −1 when no text has it. */
  codeOf(hash: number): number {
    return this.#index.first(hash);
  }
}

/** The different character trigrams of each text, kept by word: those of a text are those of its words. */
export class GramColumn {
  readonly text: TextColumn;
  /** The word with code c has hashes[starts[c] … starts[c + 1] − 1], hash32 of its different trigrams. */
  readonly starts: Uint32Array;
  readonly hashes: Uint32Array;
  /** Different trigrams of each item. */
  readonly counts: Uint16Array;

  constructor(text: TextColumn, starts: Uint32Array, hashes: Uint32Array, counts: Uint16Array) {
    this.text = text;
    this.starts = starts;
    this.hashes = hashes;
    this.counts = counts;
  }
}
