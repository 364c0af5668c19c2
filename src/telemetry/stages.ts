// Stages of a request: how long each took, as the answer's `timings` and the Server-Timing header (W3C).

export interface Timings {
  [stage: string]: number;
}

const NAME = /^[a-zA-Z0-9_-]+$/;

/** Milliseconds rounded to a hundredth. */
export function milliseconds(from: number, to: number): number {
  return Math.round((to - from) * 100) / 100;
}

/** `profile;dur=2.1, total;dur=4.4`. Stages whose name is not a token are left out. */
export function serverTiming(timings: Timings): string {
  let text = "";
  for (const [name, duration] of Object.entries(timings)) {
    if (!isToken(name)) continue;
    text += `${text === "" ? "" : ", "}${name};dur=${duration}`;
  }
  return text;
}

const tokens = new Map<string, boolean>();

/** Stages are few, and always the same. */
function isToken(name: string): boolean {
  const known = tokens.get(name);
  if (known !== undefined) return known;
  const matches = NAME.test(name);
  if (tokens.size < 64) tokens.set(name, matches);
  return matches;
}
