// The decisions that a lake has whole, as `nowcast parity` goes through them.
import { type DecisionRow, joinDecision, type LoggedDecision } from "../lake/decision-rows.ts";
import { allOf, fieldsOf, type LakeRow, type ReadLakeOptions, rows, withLake } from "./lake-tables.ts";

/** Whose view a decision used, and when. */
export interface DecisionHead {
  readonly key: string;
  readonly visitor: string | null;
  readonly seq: number;
  readonly knowledge: LoggedDecision["knowledge"];
  /** Epoch ms. */
  readonly ts: number;
}

/** Yields what names the view of each decision, without its matrix. */
export async function* readDecisionHeads(dir: string, options: ReadLakeOptions): AsyncGenerator<DecisionHead> {
  yield* withLake<DecisionHead>(dir, options, async function* (connection, source) {
    const decisions = source("decisions");
    if (decisions === null) return;
    const sql = `SELECT DISTINCT decision_key, visitor, seq, knowledge, ts FROM ${decisions}`;
    for await (const { decisionKey, visitor = null, ...rest } of rows(connection, sql, fieldsOfDecision)) {
      yield { key: decisionKey, visitor, ...rest } as DecisionHead;
    }
  });
}

/**
 * Yields the decisions by rising epoch of item data; null in place of one that lacks parts.
 * @throws RangeError when a row cannot be read
 */
export async function* readDecisions(dir: string, options: ReadLakeOptions): AsyncGenerator<LoggedDecision | null> {
  yield* withLake<LoggedDecision | null>(dir, options, async function* (connection, source) {
    const decisions = source("decisions");
    if (decisions === null) return;
    const sql = `SELECT ${allOf("decisions")} FROM ${decisions} ORDER BY item_epoch, decision_key, part`;
    let parts: DecisionRow[] = [];
    for await (const row of rows(connection, sql, fieldsOfDecision)) {
      const next = { visitor: null, ...row } as unknown as DecisionRow;
      if (parts.length > 0 && parts[0]?.decisionKey !== next.decisionKey) {
        yield joinDecision(parts);
        parts = [];
      }
      parts.push(next);
    }
    if (parts.length > 0) yield joinDecision(parts);
  });
}

const fieldsOfDecision = (row: LakeRow) => fieldsOf("decisions", row);
