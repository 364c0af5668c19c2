// What the first screen says: where to look and what to try.
import type { SitePorts } from "./local-server.ts";

export interface Started {
  /** Of the API. */
  readonly url: string;
  /** The snapshot that ranks; null while there is none. */
  readonly version: string | null;
  /** From the start of the command to here. */
  readonly seconds: number;
  readonly shop?: SitePorts;
}

export function welcome({ url, version, seconds, shop }: Started): string {
  const key = "-H 'Authorization: Bearer sk_dev'";
  const site = shop === undefined ? "" : `http://localhost:${shop.site}`;
  const places =
    shop === undefined
      ? ""
      : `
  The shop, through Nowcast   ${site}/   (look at two lamps, go home: the shelf has followed)
  with what Nowcast sees      ${site}/?nowcast-panel
  The same shop, alone        http://localhost:${shop.origin}/
  API of the shop's pages     ${site}/_nowcast/docs`;
  return `
Nowcast is ready on ${url} after ${seconds.toFixed(1)} s   (${version === null ? "no model yet" : `snapshot ${version}`}; Ctrl-C stops it)
${places}
  API reference               ${url}/docs   (keys: pk_dev in a browser, sk_dev on a server)

What to show a newcomer:
  curl -s ${url}/v1/decide ${key} \\
    -d '{"anonymousId":"me","placements":{"home":{"type":"recommend","count":4}}}'

Let them put a lamp into the cart, and ask again: the answer has changed.
  curl -s ${url}/v1/events ${key} \\
    -d '{"id":"try-1","type":"add_to_cart","anonymousId":"me","items":[{"id":"lamp-01"}]}'
`;
}
