// What the first screen says: where to look and what to try.

/** @param seconds from the start of the command to here */
export function welcome(url: string, version: string | null, seconds: number): string {
  const key = "-H 'Authorization: Bearer sk_dev'";
  return `
Nowcast is ready on ${url} after ${seconds.toFixed(1)} s   (${version === null ? "no model yet" : `snapshot ${version}`}; Ctrl-C stops it)

  API reference   ${url}/docs

What to show a newcomer:
  curl -s ${url}/v1/decide ${key} \\
    -d '{"anonymousId":"me","placements":{"home":{"type":"recommend","count":4}}}'

Let them put a lamp into the cart, and ask again: the answer has changed.
  curl -s ${url}/v1/events ${key} \\
    -d '{"id":"try-1","type":"add_to_cart","anonymousId":"me","items":[{"id":"lamp-01"}]}'
`;
}
