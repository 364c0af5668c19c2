// The one reducer: profile × event → profile. The visitor's object runs it live and the trainer runs it over the lake,
// so what a model learned from is what it meets. No clock, no randomness: time is the event's.
import type { AcceptedEvent } from "../events/event.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Profile, ProfileConfig, TouchKind } from "./profile.ts";
import { continueSession } from "./session.ts";

// A Map, since the types of custom events are names like any other: `constructor` is one.
const TOUCH_OF_TYPE = new Map<string, TouchKind>(
  Object.entries({
    view_item: "view",
    select_item: "click",
    add_to_cart: "cart",
    remove_from_cart: "uncart",
    purchase: "purchase",
  }),
);

/**
 * Folds one accepted event into `profile`, in the order of `seq`. The profile given is consumed: use what is returned.
 * @throws RangeError when `event.seq` is not the next one: folding with a gap or twice would falsify every count
 */
export function fold(profile: Profile, event: AcceptedEvent, config: ProfileConfig): Profile {
  if (event.seq !== profile.seq + 1) throw new RangeError(`seq ${event.seq} does not follow ${profile.seq}`);
  // A client's clock that runs ahead must not pull the session into the future.
  const at = Math.min(event.ts, event.receivedAt);
  profile.session = continueSession(profile, event, at, config);
  profile.seq = event.seq;
  profile.firstAt = profile.firstAt === 0 ? at : Math.min(profile.firstAt, at);
  profile.lastAt = Math.max(profile.lastAt, at);
  const kind = TOUCH_OF_TYPE.get(event.type);
  if (kind !== undefined && event.items) {
    for (const item of event.items) profile.touches.push({ itemId: item.id, kind, at });
    keepLast(profile.touches, config.maxTouches);
  }
  if (event.type === "view_item_list" && event.items) {
    for (const item of event.items) profile.shown.push(hash32(item.id));
    keepLast(profile.shown, config.maxShown);
  }
  if (event.type === "purchase") {
    profile.orders += 1;
    profile.revenue += event.value ?? 0;
  }
  return profile;
}

function keepLast(ring: unknown[], count: number): void {
  if (ring.length > count) ring.splice(0, ring.length - count);
}
