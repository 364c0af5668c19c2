// What goes to a visitor's object and comes back. Types alone, so that callers need not know the object.

export interface IngestBatch {
  /** This object's name, `site:kind:hash`. */
  readonly name: string;
  /** Valid events of this visitor in order, as a JSON array: cheaper to hand over than objects. */
  readonly events: string;
  /** Epoch ms; null in a replay, where each event's own time is its time of receipt. */
  readonly receivedAt: number | null;
  /** Whether the rows may reach the lake: the visitor's consent to statistics. */
  readonly recorded: boolean;
  /** Object names of anonymous visitors who are the same person: while one has yet to be merged, nothing is taken. */
  readonly anonymous?: readonly string[];
  /** Of those that were named before: they have turned out to be part of another user. */
  readonly foreign?: readonly string[];
}

export interface IngestResult {
  /** One an event, in the order given; none while there are strangers. */
  readonly statuses: readonly ("accepted" | "duplicate")[];
  /** Seq of the last event folded in. */
  readonly seq: number;
  /** Those of `anonymous` that have yet to be merged: to be sent again without them afterwards. */
  readonly strangers: readonly string[];
}

export interface ViewRequest {
  /** An event to record first. */
  readonly batch: IngestBatch | null;
  /** Epoch ms of the decision. */
  readonly now: number;
  /** Object name of an anonymous visitor who is the same person: while it has yet to be merged, nothing is taken. */
  readonly anonymous: string | null;
  /** One that was named before and has turned out to be part of another user. */
  readonly foreign?: string;
}

/** This visitor has become part of another: ask there. */
export interface MovedAnswer {
  /** Object name of the user. */
  readonly moved: string;
  /** Whether what was known here has arrived there. */
  readonly arrived: boolean;
}

/** What an anonymous visitor hands over when it becomes part of a user. */
export interface Handover {
  /** Object name of the user. */
  readonly name: string;
  /** Object name and incarnation of the anonymous visitor: taken in once. */
  readonly from: string;
  readonly epoch: string;
  /** Encoded state and dedupe window, base64url. */
  readonly state: string;
  readonly dedupe: string;
  /** Epoch ms: when it was handed over. A user who was erased since does not take it. */
  readonly at: number;
  /** Epoch ms of a replay's own time; null when this is no replay. */
  readonly replayedAt: number | null;
  /** Whether all that is known was allowed to reach the lake. */
  readonly recorded: boolean;
  /** Epoch ms of the newest event that was not; 0 when there is none. */
  readonly unrecordedAt: number;
}
