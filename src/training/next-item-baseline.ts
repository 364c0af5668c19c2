// The contract of a baseline of the protocol `next-item`.

export interface NextItemBaseline {
  readonly name: string;
  /** Learns one event: an item of a session, after those that the session has had. */
  observe(session: number, item: number, at: number, before: readonly number[]): void;
  /**
   * Adds to `scores` (an entry an item, all 0) what it has to say about the next item.
   * @param items of the session so far, oldest first; −1 for one that is not in the catalogue; at least one
   */
  score(session: number, items: readonly number[], scores: Float64Array): void;
}
