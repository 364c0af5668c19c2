// Words of a query or a title, as both sides of a match see them: lower case, accents folded, letters and digits.

/** At most `limit` words, in order, with repeats. */
export function termsOf(text: string, limit: number): string[] {
  const folded = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const terms: string[] = [];
  for (const [term] of folded.matchAll(/[\p{L}\p{N}]+/gu)) {
    terms.push(term.slice(0, 32));
    if (terms.length === limit) break;
  }
  return terms;
}
