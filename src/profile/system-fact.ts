// What the system itself puts into a visitor's order of events, so that folding the log alone gives the same profile.
import type { BatchEntry } from "./profile.ts";

/** The visitor was idle for the session's timeout, or began a new one. */
export interface SessionEndFact {
  readonly kind: "session_end";
  /** Of the session; its summary stands in the event's properties. */
  readonly session: number;
}

/** An anonymous visitor became part of this one. */
export interface MergeFact {
  readonly kind: "merge";
  /** Object name of the anonymous visitor, and the incarnation that was merged: imported once. */
  readonly from: string;
  readonly epoch: string;
  /** Its encoded state, as base64. */
  readonly state: string;
}

/** The batch layer's view of the visitor, read at the start of a session. */
export interface BatchFact {
  readonly kind: "batch";
  readonly entry: BatchEntry;
}

export type SystemFact = SessionEndFact | MergeFact | BatchFact;
