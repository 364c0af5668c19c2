// What became of the event that came with a decision; the byte that the visitor's object puts before the view. `moved` and
// `moving` say that the visitor has become part of another, whose name follows: all that was known is there, or not yet.

export const EVENT_STATUS = ["none", "accepted", "duplicate", "moved", "moving"] as const;
export type EventStatus = (typeof EVENT_STATUS)[number];

/** Set in that byte when the anonymous visitor that was named has yet to be merged. */
export const STRANGER = 0x80;
