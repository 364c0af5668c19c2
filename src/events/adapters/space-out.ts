// Keeps the order of a client's queue. What a visitor does within one millisecond would stand in the order of the ids, which
// clients draw at random: a cart could be filled after it was bought.
import { Unreadable } from "../validate.ts";

/** An event that an adapter has read. */
export interface ReadEvent {
  /** Epoch ms. */
  ts: number;
  readonly anonymousId?: unknown;
  readonly userId?: unknown;
  readonly [field: string]: unknown;
}

/**
 * Puts each event of a visitor at least a millisecond before the next one that the client has queued for the same time.
 * Earlier, since an event must not be later than its receipt. Events that the client itself dates back stay where they are.
 * @param events in the order of the queue; their `ts` is changed
 */
export function spaceOut(events: readonly (ReadEvent | Unreadable)[]): void {
  /** By an id of the visitor: when the event after this one happened, as the client told, and as it stands now. */
  const after = new Map<string, { readonly told: number; readonly ts: number }>();
  for (let i = events.length - 1; i >= 0; i--) {
    const event = events[i] as ReadEvent | Unreadable;
    if (event instanceof Unreadable) continue;
    const told = event.ts;
    const visitors = [];
    if (event.anonymousId !== undefined) visitors.push(`a ${event.anonymousId}`);
    if (event.userId !== undefined) visitors.push(`u ${event.userId}`);
    for (const visitor of visitors) {
      const next = after.get(visitor);
      if (next !== undefined && event.ts >= next.ts && event.ts <= next.told) event.ts = next.ts - 1;
    }
    for (const visitor of visitors) after.set(visitor, { told, ts: event.ts });
  }
}
