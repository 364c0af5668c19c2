// What speaks for an intent.

export interface Evidence {
  /** In (0, 1]. */
  readonly confidence: number;
  /** Milliseconds since the last fact that speaks for it. */
  readonly sinceMs: number;
  /** What it rests on, for people: `{ items: 4, returns: 2 }`. */
  readonly facts: Readonly<Record<string, number | string>>;
  /** hash32 of the category concerned; 0 when none is. */
  readonly category: number;
}
