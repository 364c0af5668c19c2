// What a replay asks of a running system, and what the answers are worth: one implementation a protocol of evaluation.
import type { AcceptedEvent } from "../../src/events/event.ts";
import type { History, TimelineEntry } from "../../src/training/history.ts";
import type { Question, QuestionDecision } from "./ask-question.ts";

export interface PlannedQuestion extends Question {
  /** Asked when the visitor's earlier events are told and this one is not, or right after this one. */
  readonly when: "before" | "after";
}

export interface ReplayPlan<Quality> {
  /** Index in the timeline of the first record that is played; those before it are imported and waited for. */
  readonly cut: number;
  /** By index in the timeline, from `cut` on. */
  readonly questions: ReadonlyMap<number, PlannedQuestion>;
  /** @param decisions by index in the timeline; @returns null when there is nothing to measure */
  readonly measure: (decisions: ReadonlyMap<number, QuestionDecision>) => Quality | null;
}

/** @param trainShare of what is asked about, imported alone; null plays the whole log */
export type ReplayProtocol<Quality> = (history: History, trainShare: number | null) => ReplayPlan<Quality>;

export function eventAt({ timeline }: Pick<History, "timeline">, position: number): AcceptedEvent {
  const entry = timeline[position] as TimelineEntry;
  if (!("event" in entry)) throw new Error(`record ${position} of the timeline is no event`);
  return entry.event;
}
