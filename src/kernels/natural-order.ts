// The order of names that count: digits compare as numbers, everything else by code unit, so that `e-9` comes before
// `e-10`. Ids of one length (ULID, UUIDv7) keep the order that they were made for.

/** Below 0 when `a` comes first, 0 only for equal texts. */
export function compareNatural(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    if (isDigit(a, i) && isDigit(b, j)) {
      const [endA, endB] = [endOfDigits(a, i), endOfDigits(b, j)];
      const [from, to] = [skipZeros(a, i, endA), skipZeros(b, j, endB)];
      // Of two numbers without leading zeros the longer is the larger.
      const byLength = endA - from - (endB - to);
      if (byLength !== 0) return byLength;
      const [x, y] = [a.slice(from, endA), b.slice(to, endB)];
      if (x !== y) return x < y ? -1 : 1;
      i = endA;
      j = endB;
    } else {
      const difference = a.charCodeAt(i) - b.charCodeAt(j);
      if (difference !== 0) return difference;
      i++;
      j++;
    }
  }
  return a.length - i - (b.length - j) || (a < b ? -1 : a > b ? 1 : 0);
}

function isDigit(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0x30 && unit <= 0x39;
}

function endOfDigits(text: string, from: number): number {
  let to = from;
  while (to < text.length && isDigit(text, to)) to++;
  return to;
}

/** The last digit counts, even when it is 0. */
function skipZeros(text: string, from: number, to: number): number {
  let at = from;
  while (at < to - 1 && text.charCodeAt(at) === 0x30) at++;
  return at;
}
