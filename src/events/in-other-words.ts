// What an event says in other words: the local time of its time zone, and that its user agent is a bot's. The edge works
// it out once and the lake keeps it; a log that never went through the edge is read with the same.
import { isbot } from "isbot";
import type { Event } from "./event.ts";
import { utcOffsetMinutes } from "./utc-offset.ts";

/** With what its context implies and does not say. */
export function inOtherWords<E extends Event>(event: E): E {
  if (event.context === undefined) return event;
  const context = withUtcOffset(event.context, event.ts);
  const { userAgent } = context;
  const bot = typeof userAgent === "string" && userAgent !== "" && isbot(userAgent);
  return { ...event, context, ...(bot ? { bot: true as const } : {}) };
}

/** @param context anything that a caller may say @param at epoch ms at which the time zone's offset is taken */
export function withUtcOffset<C extends { timezone?: unknown; utcOffsetMinutes?: unknown }>(context: C, at: number): C {
  if (context.utcOffsetMinutes !== undefined || typeof context.timezone !== "string") return context;
  const offset = utcOffsetMinutes(context.timezone, at);
  return offset === null ? context : { ...context, utcOffsetMinutes: offset };
}
