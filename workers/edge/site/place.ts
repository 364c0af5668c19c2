// Where a request comes from, by Cloudflare's network. In local development there is no such network: headers say it.
import type { Place } from "../../../src/experiments/visitor-facts.ts";
import type { EdgeContext } from "../context.ts";
import { isLocal } from "../settings.ts";

const LOCAL_HEADERS = ["country", "region", "city", "timezone"] as const;

export function placeOf(c: EdgeContext): Place {
  const { country, region, regionCode, city, timezone } =
    (c.req.raw as Request<unknown, IncomingRequestCfProperties>).cf ?? {};
  const place = { country: country ?? undefined, region, regionCode, city, timezone };
  if (!isLocal(c.env)) return place;
  const said: [string, string][] = LOCAL_HEADERS.flatMap((name) => {
    const value = c.req.header(`x-nowcast-${name}`);
    return value === undefined ? [] : [[name, value]];
  });
  return said.length === 0 ? place : Object.fromEntries(said);
}
