// What is known of an item without anybody's behaviour, as numbers that a linear model can use: a constant, its content
// vector, and every number that the catalogue has, by rank, so that units and long tails do not matter, with a curve for
// what is best in the middle (Legendre polynomials of the rank).
import type { DescribedItem } from "./content-terms.ts";
import { parseTime } from "./log-fields.ts";

/** Numeric fields at most: those that most items have. */
const MOST_FIELDS = 16;
/** A number that fewer items have, or with fewer different values, says little. */
const LEAST_SHARE = 0.05;
const LEAST_VALUES = 4;

export interface ItemDesign {
  /** items × columns, row-major. */
  readonly matrix: Float32Array;
  readonly columns: number;
  /** Where each group of columns ends that is one kind of thing: the constant, the content, the numbers. */
  readonly groupEnds: readonly number[];
  /** Names of the numeric fields, two columns each. */
  readonly fields: readonly string[];
}

/**
 * @param items in the order of the catalogue
 * @param content items × dimensions
 */
export function itemDesign(items: readonly DescribedItem[], content: Float32Array): ItemDesign {
  const count = items.length;
  const dimensions = count === 0 ? 0 : content.length / count;
  const numbers = numericFields(items);
  const columns = 1 + dimensions + 2 * numbers.length;
  const matrix = new Float32Array(count * columns);
  for (let item = 0; item < count; item++) {
    matrix[item * columns] = 1;
    for (let i = 0; i < dimensions; i++) matrix[item * columns + 1 + i] = content[item * dimensions + i] as number;
  }
  numbers.forEach(({ values }, field) => {
    const ranks = ranksOf(values);
    for (let item = 0; item < count; item++) {
      const rank = ranks[item] as number;
      if (Number.isNaN(rank)) continue;
      const at = item * columns + 1 + dimensions + 2 * field;
      matrix[at] = rank / 2;
      matrix[at + 1] = (1.5 * rank * rank - 0.5) / 2;
    }
  });
  return {
    matrix,
    columns,
    groupEnds: [1, 1 + dimensions, columns],
    fields: numbers.map(({ name }) => name),
  };
}

interface NumericField {
  readonly name: string;
  /** NaN when unknown. */
  readonly values: Float64Array;
  readonly known: number;
}

function numericFields(items: readonly DescribedItem[]): NumericField[] {
  // Counted before columns are made: a catalogue may have a name an item.
  const known = new Map<string, number>();
  for (const item of items) eachNumber(item, (name) => known.set(name, (known.get(name) ?? 0) + 1));
  const columns = new Map<string, Float64Array>();
  for (const [name, count] of known) {
    if (count >= LEAST_SHARE * items.length) columns.set(name, new Float64Array(items.length).fill(Number.NaN));
  }
  items.forEach((item, index) => {
    eachNumber(item, (name, value) => {
      const values = columns.get(name);
      if (values !== undefined) values[index] = value;
    });
  });
  return [...columns]
    .map(([name, values]) => ({ name, values, known: known.get(name) as number }))
    .filter(({ values }) => new Set(values.filter((value) => !Number.isNaN(value))).size >= LEAST_VALUES)
    .sort((a, b) => b.known - a.known || (a.name < b.name ? -1 : 1))
    .slice(0, MOST_FIELDS);
}

function eachNumber(item: DescribedItem, take: (name: string, value: number) => void): void {
  const { price, publishedAt } = item as { readonly price?: unknown; readonly publishedAt?: unknown };
  const given = (name: string, value: unknown): void => {
    if (typeof value === "number" && Number.isFinite(value)) take(name, value);
  };
  given("price", price);
  given("publishedAt", parseTime(publishedAt));
  for (const [name, value] of Object.entries(item.attributes ?? {})) given(`attributes.${name}`, value);
}

/** Ranks of what is known, from −1 to 1, equal values at their mean rank. */
function ranksOf(values: Float64Array): Float64Array {
  const known = Array.from(values.keys()).filter((i) => !Number.isNaN(values[i] as number));
  known.sort((i, j) => (values[i] as number) - (values[j] as number) || i - j);
  const ranks = new Float64Array(values.length).fill(Number.NaN);
  for (let from = 0; from < known.length; ) {
    let to = from + 1;
    while (to < known.length && values[known[to] as number] === values[known[from] as number]) to++;
    for (let at = from; at < to; at++) ranks[known[at] as number] = (from + to) / known.length - 1;
    from = to;
  }
  return ranks;
}
