// A log, arranged for training and evaluation: each visitor's events in canonical order as the visitor's object would have
// accepted them, and the lists that were clicked. Everything stays in log order, which stands for time.
import { profile as profileConfig } from "../../nowcast.config.ts";
import type { AcceptedEvent } from "../events/event.ts";
import type { FoldedEvent } from "../profile/fold.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import type { LogEvent, LogItem, LogRecord } from "./log.ts";
import { type VisitorHistory, Visitors } from "./visitors.ts";

/** A list that was clicked. */
export interface Query {
  /** Index in `timeline` of the list. */
  readonly position: number;
  /** Index in `visitors`. */
  readonly visitor: number;
  /** The `view_item_list` event: its items are the candidates, in the order shown. */
  readonly list: AcceptedEvent;
  /** 1 for a candidate that was clicked, else 0. */
  readonly labels: Float32Array;
}

/** One record in its place; an event with its visitor. */
export type TimelineEntry =
  | { readonly record: LogItem }
  | { readonly record: LogEvent; readonly visitor: number; readonly event: FoldedEvent };

export interface History {
  /** Events that the visitor's object would have taken for duplicates are left out. */
  readonly timeline: readonly TimelineEntry[];
  readonly visitors: readonly VisitorHistory[];
  /** In log order of the lists. */
  readonly queries: readonly Query[];
  /** Id → the last record of it. */
  readonly items: ReadonlyMap<string, LogItem>;
  /** What profiles are folded with: that of the site. */
  readonly config: ProfileConfig;
}

/**
 * Arranges records, given in time order. A query is a `view_item_list` with a `decisionId` that a later `select_item` of
 * one of its items carries; of several lists of one `decisionId` the last before the click. Bots make no queries.
 */
export function buildHistory(records: Iterable<LogRecord>, config: ProfileConfig = profileConfig): History {
  const timeline: TimelineEntry[] = [];
  const items = new Map<string, LogItem>();
  const visitors = new Visitors(config);
  const lists = new Map<string, Query>();
  const clicked = new Set<Query>();
  for (const record of records) {
    if (record.kind === "item") {
      items.set(record.id, record);
      timeline.push({ record });
      continue;
    }
    const visitor = visitors.of(record, (visitor, event) => {
      timeline.push({ record, visitor, event });
    });
    const event = visitors.accept(visitor, record);
    if (event === null) continue;
    if (event.decisionId !== undefined && event.items && event.items.length > 0 && !event.bot) {
      if (event.type === "view_item_list") {
        const labels = new Float32Array(event.items.length);
        lists.set(event.decisionId, { position: timeline.length, visitor, list: event, labels });
      } else if (event.type === "select_item") {
        const query = lists.get(event.decisionId);
        if (query !== undefined && markClicks(query, event)) clicked.add(query);
      }
    }
    timeline.push({ record, visitor, event });
  }
  return {
    timeline,
    visitors: visitors.histories(),
    queries: [...clicked].sort((a, b) => a.position - b.position),
    items,
    config,
  };
}

/** @returns whether the click hits an item of the list */
function markClicks({ list, labels }: Query, click: AcceptedEvent): boolean {
  const ids = new Set(click.items?.map(({ id }) => id));
  let hit = false;
  list.items?.forEach(({ id }, row) => {
    if (!ids.has(id)) return;
    labels[row] = 1;
    hit = true;
  });
  return hit;
}

/** The records of `history` up to and without `position` of its timeline. */
export function recordsBefore(history: History, position: number): LogRecord[] {
  return history.timeline.slice(0, position).map(({ record }) => record);
}
