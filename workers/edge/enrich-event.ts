// What the edge adds to an event before it goes anywhere: facts of the request for events that come from a browser
// (a server's own request says nothing about its visitors), the local time, and whether a bot declares itself.
import type { Event, EventContext } from "../../src/events/event.ts";
import { inOtherWords, withUtcOffset } from "../../src/events/in-other-words.ts";
import { LIMITS } from "../../src/events/limits.ts";
import type { EdgeContext } from "./context.ts";

export function enrichEvent(c: EdgeContext, event: Event): Event {
  const context: EventContext =
    c.get("credential").kind === "public" ? { ...ofRequest(c), ...event.context } : { ...event.context };
  return inOtherWords({ ...event, ...(Object.keys(context).length === 0 ? {} : { context }) });
}

/**
 * The context of a decision request: what the caller says, and for a browser what its request tells.
 * @param now epoch ms by the decision's clock: a replay of January has January's local time
 */
export function requestContext(c: EdgeContext, stated: EventContext | undefined, now: number): Record<string, unknown> {
  const context = c.get("credential").kind === "public" ? { ...ofRequest(c), ...stated } : { ...stated };
  const { consent: _, ...rest } = context;
  return withUtcOffset(rest, now);
}

/** What the request tells of the visitor who sent it. */
function ofRequest(c: EdgeContext): Pick<EventContext, "userAgent" | "country" | "city" | "timezone"> {
  const cf = (c.req.raw as Request<unknown, IncomingRequestCfProperties>).cf;
  const userAgent = c.req.header("user-agent")?.slice(0, LIMITS.queryBytes);
  return {
    ...(userAgent ? { userAgent } : {}),
    ...(cf?.country ? { country: cf.country } : {}),
    ...(cf?.city ? { city: cf.city.slice(0, LIMITS.nameBytes / 4) } : {}),
    ...(cf?.timezone ? { timezone: cf.timezone } : {}),
  };
}
