// What became of the event that came with a decision; the byte that the visitor's object puts before the view.

export const EVENT_STATUS = ["none", "accepted", "duplicate"] as const;
export type EventStatus = (typeof EVENT_STATUS)[number];
