// The fold's whole state: the settled profile, and what may still be overtaken by events that are on their way.
import { emptyCounters } from "./counters.ts";
import type { Fact } from "./fact.ts";
import type { Profile } from "./profile.ts";

/** What an encoded state may take. */
export const PROFILE_BYTES = 32 * 1024;

export interface ProfileState {
  /** Of the last event folded in. */
  seq: number;
  /** The fold of all facts before the watermark. */
  readonly settled: Profile;
  /** Facts of the last `reorderMs`, by time, and what they take as stored. */
  readonly pending: Fact[];
  pendingBytes: number;
  /** Epoch ms of the newest fact. */
  newestAt: number;
  /** Epoch ms: what happened before is settled, and an event from before is late. */
  watermark: number;
  /** Events that came late. */
  late: number;
  /** Object names of merged visitors, with the incarnation that was merged, newest last. */
  merged: MergedVisitor[];
}

export interface MergedVisitor {
  readonly from: string;
  readonly epoch: string;
}

/** The state of a visitor never seen. */
export function emptyState(): ProfileState {
  return {
    seq: 0,
    settled: {
      seq: 0,
      firstAt: 0,
      lastAt: 0,
      sessions: 0,
      orders: 0,
      revenue: 0,
      orderedAt: 0,
      session: null,
      previous: null,
      touches: [],
      shown: [],
      cart: [],
      counters: emptyCounters(),
      batch: null,
    },
    pending: [],
    pendingBytes: 0,
    newestAt: 0,
    watermark: 0,
    late: 0,
    merged: [],
  };
}
