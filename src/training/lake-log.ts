// The lake as a history log. What comes out is what `readLog` gives for a log: items, then events in canonical order.
import { allOf, fieldsOf, type LakeRow, type LakeSource, type ReadLakeOptions, rows, withLake } from "./lake-tables.ts";
import type { LogEvent, LogItem, LogRecord } from "./log.ts";

/** A visitor's events under the name of their object, which no id is read from. */
export interface LakeVisitor {
  /** Pseudonym: the object's name. */
  readonly visitor: string;
  /** In the order of `seq`. */
  readonly events: readonly LogEvent[];
}

/** The same with the `seq` of each event. */
export interface NumberedVisitor extends LakeVisitor {
  readonly seqs: readonly number[];
}

/**
 * Yields the catalogue as its newest rows tell it (deleted items left out), then the events by time of receipt; a
 * visitor's own always in the order of `seq`. An event without ids has the visitor's pseudonym as `anonymousId`; `ts` is
 * never after the receipt, as in the fold. Rows without a visitor (consent to statistics alone) are nobody's history.
 * @param dir holds `table=events/site=…/dt=…/hour=…/*.parquet` and `table=items/…`
 * @throws LakeError when there are no events of the site
 */
export async function* readLake(dir: string, options: ReadLakeOptions = {}): AsyncGenerator<LogRecord> {
  yield* withLake<LogRecord>(dir, options, async function* (connection, source) {
    const items = source("items");
    if (items !== null) {
      yield* rows(
        connection,
        `SELECT ${allOf("items")} FROM (SELECT * FROM ${items} QUALIFY row_number() OVER (PARTITION BY id ORDER BY seq DESC) = 1)
         WHERE NOT coalesce(deleted, false) ORDER BY id`,
        toItem,
      );
    }
    // Replays bring their own time of receipt, which may go back; seq never does.
    yield* rows(
      connection,
      `SELECT ${allOf("events")} FROM
         (SELECT *, max(received_at) OVER (PARTITION BY visitor, incarnation ORDER BY seq) AS placed_at FROM ${lives(source)})
       WHERE visitor IS NOT NULL ORDER BY placed_at, visitor, incarnation, seq`,
      toEvent,
    );
  });
}

/**
 * Yields the events of the same lake visitor by visitor, in the order of their names: one visitor is held at a time.
 * @throws LakeError when there are no events of the site
 */
export async function* readLakeVisitors(dir: string, options: ReadLakeOptions = {}): AsyncGenerator<NumberedVisitor> {
  yield* withLake<NumberedVisitor>(dir, options, async function* (connection, source) {
    const sql = `SELECT ${allOf("events")} FROM (SELECT * FROM ${lives(source)})
       WHERE visitor IS NOT NULL
       ORDER BY visitor, min(received_at) OVER (PARTITION BY visitor, incarnation), incarnation, seq`;
    const read = (row: LakeRow) => {
      const event = toEvent(row);
      return { visitor: event.visitor ?? "", event, seq: Number(row.seq) };
    };
    let current = null as { visitor: string; events: LogEvent[]; seqs: number[] } | null;
    for await (const { visitor, event, seq } of rows(connection, sql, read)) {
      if (current?.visitor !== visitor) {
        if (current !== null) yield current;
        current = { visitor, events: [], seqs: [] };
      }
      current.events.push(event);
      current.seqs.push(seq);
    }
    if (current !== null) yield current;
  });
}

/** The events; rows of a build that did not write the object's incarnation are of one life. */
function lives(source: LakeSource): string {
  return `(SELECT NULL::VARCHAR AS incarnation WHERE false UNION ALL BY NAME SELECT * FROM ${source("events")})`;
}

function toItem(row: LakeRow): LogItem {
  const { seq: _seq, receivedAt: _receivedAt, deleted: _deleted, ...item } = fieldsOf("items", row);
  return { kind: "item", ...item } as unknown as LogItem;
}

function toEvent(row: LakeRow): LogEvent {
  const { seq: _, ...event } = fieldsOf("events", row);
  const { visitor, receivedAt } = event;
  const known = event.anonymousId !== undefined || event.userId !== undefined;
  const ts = Math.min(event.ts as number, receivedAt as number);
  return { kind: "event", ...event, ts, ...(known ? {} : { anonymousId: visitor }) } as unknown as LogEvent;
}
