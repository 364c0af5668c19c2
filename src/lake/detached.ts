// Rows that no object numbers: each batch is a source of its own, named by its day and by what it is, so that the log
// takes it once however often the queue or a client delivers it. A log forgets such sources when neither a queue (four
// days at most) nor a client can still deliver them again.
import { logName } from "./log-name.ts";
import { packMessages, type Table } from "./message.ts";

const DAY_MS = 86_400_000;
const KEPT_DAYS = 5;
const PREFIX = "detached:";

export interface DetachedBatch {
  readonly table: Table;
  readonly site: string;
  /** What the batch is, however often it is made: of equal ones within a day the log takes the first. */
  readonly name: string;
  /** Each a JSON object on one line. */
  readonly rows: readonly string[];
}

/** A batch as messages for the queue. @param at epoch ms, real time; @param shards logs that rows are spread over */
export function detachedMessages({ table, site, name, rows }: DetachedBatch, at: number, shards: number): string[] {
  const source = `${PREFIX}${day(at)}:${name}`;
  return packMessages({ table, site, source, log: logName(source, shards), firstSeq: 1 }, rows);
}

/** Detached sources that sort in [from, to) are over at `at` (epoch ms). */
export function endedSources(at: number): { readonly from: string; readonly to: string } {
  return { from: PREFIX, to: `${PREFIX}${day(at - KEPT_DAYS * DAY_MS)}` };
}

/** Days since the epoch in five digits, so that names sort as numbers until the year 2243. */
const day = (at: number): string => String(Math.floor(at / DAY_MS)).padStart(5, "0");
