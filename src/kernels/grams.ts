// Character trigrams of words: what two spellings of a word still share, in any language. Words are padded, so that a
// beginning counts as one: " la", "lam", "amp", "mp ".

/** The different trigrams of `words` in order, at most `limit`. @param words as termsOf gives them */
export function gramsOf(words: readonly string[], limit: number): string[] {
  const grams = new Set<string>();
  for (const word of words) {
    const padded = ` ${word} `;
    for (let at = 0; at + 3 <= padded.length; at++) {
      if (grams.size === limit) return [...grams];
      grams.add(padded.slice(at, at + 3));
    }
  }
  return [...grams];
}
