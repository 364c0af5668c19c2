// A list of a log as a request to rank it: the same items in the order shown. Training, evaluation and replay all ask like
// this, so that their features agree.
import type { AcceptedEvent, Event, EventItem } from "../events/event.ts";
import type { RankRequest } from "../ranking/request.ts";

/** The placement that a list is asked for; a name of its own where the log has none. */
export function placementOf({ placement }: Pick<Event | AcceptedEvent, "placement">): string {
  return placement ?? "list";
}

export function rankRequestOf(list: Pick<Event | AcceptedEvent, "items" | "query">): RankRequest {
  return {
    type: "rank",
    ...(list.query === undefined ? {} : { query: list.query }),
    items: (list.items ?? []).map((item: EventItem) =>
      typeof item.relevance === "number" ? { id: item.id, fields: { relevance: item.relevance } } : { id: item.id },
    ),
  };
}
