// Every limit on what a client may send, in one place. The numbers are part of the public contract and stand in the
// messages of the errors.

export const LIMITS = {
  requestBytes: 512 * 1024,
  eventsPerRequest: 500,
  eventBytes: 32 * 1024,
  eventIdBytes: 64,
  visitorIdBytes: 256,
  visitorTokenBytes: 4096,
  itemIdBytes: 128,
  itemsPerEvent: 100,
  decisionIdBytes: 1024,
  nameBytes: 128,
  /** What the lake's column holds: an INT32. */
  position: 2 ** 31 - 1,
  amount: 1e12,
  queryBytes: 1024,
  urlBytes: 4096,
  /** Levels of nesting in an event, an item or a decision request. */
  depth: 16,
  /** How far a client's clock may run ahead of the time of receipt. */
  tsAheadMs: 5 * 60_000,
  /** 2000-01-01: anything before is a clock that was never set, or seconds taken for milliseconds. */
  tsMin: 946_684_800_000,
  /** 2100-01-01: no log holds anything later. */
  tsMax: 4_102_444_800_000,
  itemsPerPut: 1000,
  itemBytes: 32 * 1024,
  rankItems: 1000,
  /** Over all rank placements of a request: scoring them must fit the budget of one decision. */
  rankItemsPerRequest: 2000,
  recommendCount: 100,
  excludeItems: 1000,
  contextItems: 100,
  placementsPerRequest: 20,
  /** Values of one field of a filter. */
  filterNames: 100,
  pins: 100,
  boosts: 100,
  /** A boost multiplies by this at most, by 1 / this at least, and adds or takes away this at most. */
  boost: 1000,
  /** Of a frequency cap: no view remembers more. */
  shownTimes: 100,
  shownHours: 24 * 365,
} as const;
