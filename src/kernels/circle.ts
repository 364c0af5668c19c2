// Sine and cosine of a part of a full turn, for times of day: Taylor series by Horner on an eighth of a turn, so that Node
// and workerd agree to the bit (see elementary.ts).

const TWO_PI = 2 * Math.PI;

/** Sine of `turns` × 2π; absolute error below 1e-15. Only the part after the point counts. */
export function sinOfTurns(turns: number): number {
  const part = turns - Math.floor(turns);
  // Quarter turns: within each the series runs over an eighth to both sides of its middle.
  const quarter = Math.round(part * 4);
  const angle = (part - quarter / 4) * TWO_PI;
  const value = quarter % 2 === 0 ? sinNearZero(angle) : cosNearZero(angle);
  return quarter === 2 || quarter === 3 ? -value : value;
}

export function cosOfTurns(turns: number): number {
  return sinOfTurns(turns + 0.25);
}

/** |x| ≤ π / 4: the term after x^17 / 17! is below 1e-19. */
function sinNearZero(x: number): number {
  const square = x * x;
  let sum = 1;
  for (let n = 16; n >= 2; n -= 2) sum = 1 - (square / (n * (n + 1))) * sum;
  return x * sum;
}

function cosNearZero(x: number): number {
  const square = x * x;
  let sum = 1;
  for (let n = 17; n >= 1; n -= 2) sum = 1 - (square / (n * (n + 1))) * sum;
  return sum;
}
