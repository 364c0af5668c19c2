// What goes to the sequencer of a site's items and comes back. Types alone, so that callers need not know the object.

/** Where a delta comes from: it becomes an epoch once for each of these. */
export interface DeltaSource {
  readonly shard: number;
  /** Of the shard's storage: one that was lost and began anew numbers from 1 again. */
  readonly incarnation: string;
  /** Rises with every delta of the shard. */
  readonly n: number;
}

export interface ItemHead {
  /** Of this object's storage: epochs of another one are other epochs. */
  readonly incarnation: string;
  readonly epoch: number;
  /** Epoch of the newest base; 0 without any. */
  readonly base: number;
  /** Ranges may start here, or later. */
  readonly oldest: number;
}
