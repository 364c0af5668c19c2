// Events of visitors who consent to statistics and not to a profile: they go to the lake without an object on the way and
// without anything that tells whom they came from. What remains is what happened to the items.
import { lake } from "../../nowcast.config.ts";
import type { Event } from "../../src/events/event.ts";
import { utf8 } from "../../src/kernels/bytes.ts";
import { hmac, toBase64Url } from "../../src/kernels/digest.ts";
import { detachedMessages } from "../../src/lake/detached.ts";
import type { Visitor } from "../../src/privacy/names.ts";
import { deviceClassOf } from "../../src/profile/device.ts";
import type { EdgeContext } from "./context.ts";

export interface DetachedEvent {
  readonly event: Event;
  /** Whose it is: ids are unique for a visitor alone. It goes into a keyed hash and nowhere else. */
  readonly visitor: Visitor;
}

/**
 * Hands events to the lake. There is no object that would know their ids, so the source of their rows is made of the
 * ids: the log takes a batch once, however often the client or the queue delivers it.
 * @returns false when the queue did not take them
 */
export async function keepDetached(
  c: EdgeContext,
  events: readonly DetachedEvent[],
  receivedAt: number,
  replay: boolean,
): Promise<boolean> {
  if (events.length === 0) return true;
  const [credential, settings] = [c.get("credential"), c.get("settings")];
  const ids = events.map(({ event, visitor }) => JSON.stringify([visitor.kind, visitor.id, event.id])).join("\n");
  const mac = await hmac(settings.naming, utf8(`${credential.site}\n${ids}`), 16);
  const rows = events.map(({ event }) => JSON.stringify(withoutVisitor(event, replay ? event.ts : receivedAt)));
  const batch = { table: "events", site: credential.site, name: toBase64Url(mac), rows } as const;
  try {
    for (const body of detachedMessages(batch, Date.now(), lake.shards)) {
      await c.env.EVENT_QUEUE.send(body, { contentType: "text" });
    }
    return true;
  } catch (error) {
    console.error({ message: "detached events could not be kept", error: String(error) });
    return false;
  }
}

/** What is named here goes on, nothing else: free text, addresses and ids stay behind. */
function withoutVisitor(event: Event, receivedAt: number) {
  const { type, ts, items, placement, position, value, currency, bot, context } = event;
  return {
    type,
    ts,
    receivedAt,
    items: items?.map(({ id, price, quantity, category, brand }) => ({ id, price, quantity, category, brand })),
    placement,
    position,
    value,
    currency,
    bot,
    context: { country: context?.country, device: deviceClassOf(context?.userAgent ?? "") },
  };
}
