// The tables of the lake: which columns a row of JSON becomes. Adding a column is safe (older files read as null);
// a change of type or meaning needs a new name.
import type { Table } from "./message.ts";

export type ColumnType = "STRING" | "JSON" | "DOUBLE" | "INT32" | "INT64" | "BOOLEAN" | "TIMESTAMP";

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  /** The field of the row; by default the name in camel case. */
  readonly field: string;
}

const column = (name: string, type: ColumnType): Column => ({
  name,
  type,
  field: name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
});

export const TABLE_COLUMNS: Readonly<Record<Table, readonly Column[]>> = {
  /** One row an accepted event; (visitor, incarnation, seq) is the canonical order of the fold. */
  events: [
    column("id", "STRING"),
    column("type", "STRING"),
    column("ts", "TIMESTAMP"),
    column("received_at", "TIMESTAMP"),
    column("visitor", "STRING"),
    /** Of the visitor's object: after an erasure its events count from 1 again. */
    column("incarnation", "STRING"),
    column("seq", "INT64"),
    column("anonymous_id", "STRING"),
    column("user_id", "STRING"),
    column("claimed_user_id", "STRING"),
    column("decision_id", "STRING"),
    column("receipt_verified", "BOOLEAN"),
    column("placement", "STRING"),
    column("position", "INT32"),
    column("query", "STRING"),
    column("value", "DOUBLE"),
    column("currency", "STRING"),
    column("order_id", "STRING"),
    column("items", "JSON"),
    column("context", "JSON"),
    column("properties", "JSON"),
    /** Items that the session touched before, with weights: [{"id","weight"}]. */
    column("follows", "JSON"),
    column("late", "BOOLEAN"),
    column("bot", "BOOLEAN"),
    /** What the system itself put into the visitor's order: a session's end, a merge, the batch layer's view. */
    column("system", "JSON"),
  ],
  /** One row a change of an item, whole; the newest seq of an id holds. */
  items: [
    column("id", "STRING"),
    column("seq", "INT64"),
    column("received_at", "TIMESTAMP"),
    column("deleted", "BOOLEAN"),
    column("title", "STRING"),
    column("category", "STRING"),
    column("brand", "STRING"),
    column("price", "DOUBLE"),
    column("currency", "STRING"),
    column("available", "BOOLEAN"),
    column("published_at", "TIMESTAMP"),
    column("url", "STRING"),
    column("image", "STRING"),
    column("tags", "JSON"),
    column("attributes", "JSON"),
  ],
  /** Decisions logged whole, one row a part of a placement: see decision-rows.ts. */
  decisions: [
    column("decision_key", "STRING"),
    column("received_at", "TIMESTAMP"),
    column("part", "INT32"),
    column("parts", "INT32"),
    column("ts", "TIMESTAMP"),
    column("visitor", "STRING"),
    column("seq", "INT64"),
    column("knowledge", "STRING"),
    /** Base64 of the decision view's bytes: src/profile/view-codec.ts. */
    column("view", "STRING"),
    column("snapshot", "STRING"),
    column("snapshot_id", "STRING"),
    column("feature_hash", "STRING"),
    column("columns", "INT32"),
    column("item_epoch", "INT64"),
    column("degraded", "JSON"),
    column("context", "JSON"),
    column("placement", "STRING"),
    column("query", "STRING"),
    column("strategy", "STRING"),
    column("candidates", "JSON"),
    /** Base64 of little-endian float32. */
    column("features", "STRING"),
    column("scores", "STRING"),
  ],
  /** One row an event that was not accepted, with the reason and what was sent. */
  failed_events: [
    column("received_at", "TIMESTAMP"),
    column("id", "STRING"),
    column("code", "STRING"),
    column("message", "STRING"),
    column("raw", "STRING"),
  ],
};

export type LakeRow = Readonly<Record<string, unknown>> & { readonly receivedAt: number };
