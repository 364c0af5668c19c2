// The shop's own search: words of the query against title, category, brand and tags, whole words before beginnings.
import { PRODUCTS, type Product } from "../catalogue/products.ts";

const WEIGHTS = { title: 3, category: 3, brand: 2, tags: 2 } as const;

function wordsOf(text: string): string[] {
  return text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word.length > 1)
    .map((word) => word.replace(/(?<=..)s$/, ""));
}

const INDEX = PRODUCTS.map((product) => ({
  product,
  fields: Object.entries(WEIGHTS).map(([name, weight]) => ({
    weight,
    words: wordsOf(String(product[name as keyof typeof WEIGHTS])),
  })),
}));

/** Products in which every word of the query is found, best first. */
export function search(query: string): Product[] {
  const terms = wordsOf(query);
  if (terms.length === 0) return [];
  return INDEX.map(({ product, fields }) => {
    const scores = terms.map((term) =>
      Math.max(
        ...fields.map(({ weight, words }) =>
          words.includes(term) ? weight : words.some((word) => word.startsWith(term)) ? weight / 2 : 0,
        ),
      ),
    );
    return { product, score: scores.some((score) => score === 0) ? 0 : scores.reduce((sum, score) => sum + score, 0) };
  })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score)
    .map(({ product }) => product);
}
