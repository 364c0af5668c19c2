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
  return Object.entries(timings)
    .filter(([name]) => NAME.test(name))
    .map(([name, duration]) => `${name};dur=${duration}`)
    .join(", ");
}
