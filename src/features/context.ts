// The circumstances of a decision: where, on what, coming from where, in search of what. Made by this one function from
// what the request says (in training: the event of the list) and, where that is silent, from the visitor's running session.
import { hash32 } from "../kernels/hash.ts";
import { deviceClassOf } from "../profile/device.ts";
import { DEVICE_CLASSES, type DeviceClass, type ReferrerClass } from "../profile/profile.ts";
import { arrivalOf } from "../profile/referrer.ts";
import type { VisitorView } from "../profile/view.ts";

export interface DecisionContext {
  /** hash32; 0 when unknown. As the session's view has them, whose names are cut to 48 characters. */
  readonly country: number;
  readonly city: number;
  readonly device: DeviceClass;
  readonly referrer: ReferrerClass;
  /** hash32 of the campaign's source and medium; 0 without one. */
  readonly campaignSource: number;
  readonly campaignMedium: number;
  /** hash32 of the language in lower case, `de` of `de-AT`; 0 when unknown. */
  readonly language: number;
  /** Local time less UTC; null when unknown. */
  readonly utcOffsetMinutes: number | null;
}

const NAME_LENGTH = 48;
const MOST_MINUTES = 24 * 60;

/** What is read of a request's or an event's `context`, here and by {@link contextQuery}; nothing else is. */
const FIELDS = [
  "country",
  "city",
  "device",
  "userAgent",
  "url",
  "referrer",
  "locale",
  "utcOffsetMinutes",
  "query",
] as const;

type Stated = { readonly [K in (typeof FIELDS)[number]]?: unknown };

/** What of `stated` decides about the context: enough to make it again. */
export function statedContext(stated: unknown): Stated {
  const said = (typeof stated === "object" && stated !== null ? stated : {}) as Stated;
  return Object.fromEntries(FIELDS.flatMap((name) => (said[name] === undefined ? [] : [[name, said[name]]])));
}

/** @param stated the `context` of a request or an event: anything; what does not fit counts as not said */
export function contextOf(stated: unknown, { session }: Pick<VisitorView, "session">): DecisionContext {
  const said = (typeof stated === "object" && stated !== null ? stated : {}) as Stated;
  const text = (name: keyof Stated): string => {
    const value = said[name];
    return typeof value === "string" ? value : "";
  };
  // What a session came from is told by its first page; the request says it only while the session does not know.
  const arrived = session !== null && session.referrer !== "unknown";
  const url = text("url");
  const arrival = !arrived && url !== "" ? arrivalOf(url, text("referrer") || undefined) : null;
  const { source = "", medium = "" } = arrival?.campaign ?? {};
  const minutes = said.utcOffsetMinutes;
  return {
    country: nameHash(text("country")) || (session?.country ?? 0),
    city: nameHash(text("city")) || (session?.city ?? 0),
    device: deviceOf(text("device"), text("userAgent")) ?? session?.device ?? "unknown",
    referrer: arrival?.referrer ?? session?.referrer ?? "unknown",
    campaignSource: session?.campaignSource || nameHash(source),
    campaignMedium: session?.campaignMedium || nameHash(medium),
    language: nameHash(text("locale").toLowerCase().split(/[-_]/)[0] ?? ""),
    utcOffsetMinutes:
      typeof minutes === "number" && Math.abs(minutes) <= MOST_MINUTES ? minutes : (session?.utcOffsetMinutes ?? null),
  };
}

/** The search that a request's `context` names, for placements that name none. */
export function contextQuery(stated: unknown): string {
  const query = (stated as Stated | null | undefined)?.query;
  return typeof query === "string" ? query : "";
}

function nameHash(name: string): number {
  return name === "" ? 0 : hash32(name.length <= NAME_LENGTH ? name : name.slice(0, NAME_LENGTH).toWellFormed());
}

/** A device class by name, or that of a user agent; undefined when neither says one. */
function deviceOf(device: string, userAgent: string): DeviceClass | undefined {
  const named = DEVICE_CLASSES.find((name) => name === device.toLowerCase());
  if (named !== undefined && named !== "unknown") return named;
  return userAgent === "" ? undefined : deviceClassOf(userAgent);
}
