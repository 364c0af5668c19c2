// A log whose clicks went elsewhere: a model that learns from it ranks worse than one that learned from the log itself.
import type { LogRecord } from "../../src/training/log.ts";

/** Each click of a list hits its last item that was not clicked instead. */
export function misled(records: readonly LogRecord[]): LogRecord[] {
  const shown = new Map<string, string[]>();
  const clicked = new Map<string, Set<string>>();
  for (const record of records) {
    if (record.kind !== "event" || record.decisionId === undefined) continue;
    const ids = (record.items ?? []).map(({ id }) => id);
    if (record.type === "view_item_list") shown.set(record.decisionId, ids);
    if (record.type === "select_item") {
      clicked.set(record.decisionId, new Set([...(clicked.get(record.decisionId) ?? []), ...ids]));
    }
  }
  return records.map((record) => {
    if (record.kind !== "event" || record.type !== "select_item" || record.decisionId === undefined) return record;
    const { decisionId } = record;
    const other = shown.get(decisionId)?.findLast((id) => !clicked.get(decisionId)?.has(id));
    return other === undefined ? record : { ...record, items: [{ id: other }] };
  });
}
