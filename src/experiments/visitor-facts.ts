// What a request tells of its visitor, in the form in which audiences ask for it. Places come from the network, or in local
// development from headers; nothing here identifies anybody.
import { deviceClassOf } from "../profile/device.ts";
import type { DeviceClass } from "../profile/profile.ts";

export interface VisitorFacts {
  /** ISO 3166 code in capitals; "" when unknown, as the others. */
  readonly country: string;
  /** Name and code of the region, such as Bavaria and BY. */
  readonly region: readonly string[];
  readonly city: string;
  /** IANA name. */
  readonly timezone: string;
  readonly device: DeviceClass;
  /** The language that the browser prefers, such as de-AT. */
  readonly language: string;
  /** Normalised. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Host of the page that led here; "direct" without one, "" from the site itself. */
  readonly referrer: string;
  /** Whether the visitor came without a cookie; null when it cannot be told. */
  readonly isNew: boolean | null;
  /** What the profile says; null where it is not known, or not yet. */
  readonly segments: readonly string[] | null;
  readonly intents: readonly string[] | null;
  /** Epoch ms. */
  readonly now: number;
}

export interface Place {
  readonly country?: string | undefined;
  readonly region?: string | undefined;
  readonly regionCode?: string | undefined;
  readonly city?: string | undefined;
  readonly timezone?: string | undefined;
}

export interface RequestFacts {
  readonly url: URL;
  /** @param path of `url`, normalised */
  readonly path: string;
  readonly headers: Pick<Headers, "get">;
  readonly place: Place;
  readonly isNew: boolean | null;
  readonly segments?: readonly string[] | undefined;
  readonly intents?: readonly string[] | undefined;
  readonly now: number;
}

export function visitorFacts({ url, path, headers, place, isNew, segments, intents, now }: RequestFacts): VisitorFacts {
  return {
    country: (place.country ?? "").toUpperCase(),
    region: [place.region, place.regionCode].filter((name) => name !== undefined),
    city: place.city ?? "",
    timezone: place.timezone ?? "",
    device: deviceClassOf(headers.get("user-agent") ?? ""),
    language: preferredLanguage(headers.get("accept-language") ?? ""),
    path,
    query: url.searchParams,
    referrer: referrerOf(headers.get("referer"), url.hostname),
    isNew,
    segments: segments ?? null,
    intents: intents ?? null,
    now,
  };
}

/** The first of those with the highest quality in `de-AT, en;q=0.8`; "" without any. */
export function preferredLanguage(acceptLanguage: string): string {
  let best = "";
  let highest = 0;
  for (const part of acceptLanguage.split(",", 20)) {
    const [tag = "", ...parameters] = part.trim().split(";");
    const weight = parameters.find((text) => text.trim().startsWith("q="));
    const quality = weight === undefined ? 1 : Number(weight.trim().slice(2));
    if (!/^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$/.test(tag.trim()) || !(quality > highest && quality <= 1)) continue;
    best = tag.trim();
    highest = quality;
  }
  return best;
}

function referrerOf(header: string | null, own: string): string {
  if (header === null || header === "") return "direct";
  const host = URL.parse(header)?.hostname ?? "";
  return host === own ? "" : host;
}
