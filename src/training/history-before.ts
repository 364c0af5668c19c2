// The visitors of a log as they stood at a place of it: what they had done until then.
import type { FoldedEvent } from "../profile/fold.ts";
import { buildHistory, type History, type Query, recordsBefore } from "./history.ts";
import type { LogSession } from "./sessions.ts";
import type { VisitorHistory } from "./visitors.ts";

/** All visitors, in their order, with the events before `position` of the timeline; those without any have none. */
export function visitorsBefore({ visitors, timeline }: History, position: number): VisitorHistory[] {
  const events: FoldedEvent[][] = visitors.map(() => []);
  for (let at = 0; at < position; at++) {
    const entry = timeline[at];
    if (entry !== undefined && "event" in entry) events[entry.visitor]?.push(entry.event);
  }
  return visitors.map(({ key, identity }, index) => ({ key, identity, events: events[index] as FoldedEvent[] }));
}

/** What of each session had happened; sessions that had not begun are left out. */
export function sessionsBefore(sessions: readonly LogSession[], position: number): LogSession[] {
  return sessions.flatMap(({ visitor, steps }) => {
    const before = steps.filter((step) => step.position < position);
    return before.length === 0 ? [] : [{ visitor, steps: before }];
  });
}

/** The lists that had been clicked, with the clicks that they had by then. */
export function queriesBefore(history: History, position: number): readonly Query[] {
  return history.queries.length === 0 ? [] : buildHistory(recordsBefore(history, position), history.config).queries;
}
