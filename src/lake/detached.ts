// Sources of rows that no object numbers: one for each batch, named by its day and a keyed hash of its ids. A log forgets
// them when neither a queue (four days at most) nor a client can still deliver them again.

const DAY_MS = 86_400_000;
const KEPT_DAYS = 5;
const PREFIX = "detached:";

/** @param at epoch ms */
export function detachedSource(at: number, hash: string): string {
  return `${PREFIX}${day(at)}:${hash}`;
}

/** Detached sources that sort in [from, to) are over at `at` (epoch ms). */
export function endedSources(at: number): { readonly from: string; readonly to: string } {
  return { from: PREFIX, to: `${PREFIX}${day(at - KEPT_DAYS * DAY_MS)}` };
}

/** Days since the epoch in five digits, so that names sort as numbers until the year 2243. */
const day = (at: number): string => String(Math.floor(at / DAY_MS)).padStart(5, "0");
