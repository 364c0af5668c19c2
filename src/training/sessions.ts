// The sessions of a log: what each visitor touched, one thing after the other, until a pause. What session-based models learn
// from and what the protocol `next-item` asks about.
import type { AcceptedEvent } from "../events/event.ts";
import { isActive } from "../profile/session.ts";
import type { History } from "./history.ts";

/** Events that say what a visitor turned to, by their items. Impressions, and what is taken out of a cart, do not. */
const ITEM_EVENTS: ReadonlySet<string> = new Set(["view_item", "select_item", "add_to_cart", "purchase"]);

export interface SessionStep {
  /** Index in the history's timeline. */
  readonly position: number;
  /** Epoch ms of receipt. */
  readonly at: number;
  /** Ids, at least one. */
  readonly items: readonly string[];
}

export interface LogSession {
  /** Index in the history's visitors. */
  readonly visitor: number;
  /** In log order, at least one. */
  readonly steps: SessionStep[];
}

/**
 * In the order of their first steps. Events that name a `properties.sessionId` are of that session of the visitor; others are
 * of one session until a pause longer than the site's session timeout. Bots have none.
 */
export function sessionsOf({ timeline, config }: Pick<History, "timeline" | "config">): LogSession[] {
  const sessions: LogSession[] = [];
  const named = new Map<string, LogSession>();
  const running = new Map<number, LogSession>();
  timeline.forEach((entry, position) => {
    if (!("event" in entry) || !isItemEvent(entry.event)) return;
    const { visitor, event } = entry;
    const step = { position, at: event.receivedAt, items: event.items.map(({ id }) => id) };
    const name = event.properties?.sessionId;
    const key = typeof name === "string" || typeof name === "number" ? `${visitor} ${name}` : null;
    const known = key === null ? running.get(visitor) : named.get(key);
    const last = known?.steps.at(-1)?.at ?? 0;
    if (known !== undefined && (key !== null || isActive(last, step.at, config.sessionTimeoutMs))) {
      known.steps.push(step);
      return;
    }
    const begun = { visitor, steps: [step] };
    sessions.push(begun);
    if (key === null) running.set(visitor, begun);
    else named.set(key, begun);
  });
  return sessions;
}

function isItemEvent(event: AcceptedEvent): event is AcceptedEvent & { items: NonNullable<AcceptedEvent["items"]> } {
  return ITEM_EVENTS.has(event.type) && event.items !== undefined && event.items.length > 0 && !event.bot;
}
