// Which other servers the edge may ask: origins and key sets. The deployment names their hosts; neither a request nor whoever can
// push a configuration adds to them, since the visitors' cookies go there.

/** @param text host names separated by white space or commas, with a port where it is not 443 */
export function readHosts(text: string): ReadonlySet<string> {
  return new Set(
    text
      .toLowerCase()
      .split(/[\s,]+/)
      .filter(Boolean),
  );
}

const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * The URL when it may be asked: https at one of the hosts. In local development http at the developer's own machine will do, too.
 * @returns null when it may not
 */
export function allowedRemote(text: string, hosts: ReadonlySet<string>, isLocal: boolean): URL | null {
  const url = URL.parse(text);
  if (url === null || url.username !== "" || url.password !== "") return null;
  if (isLocal && LOOPBACK.test(url.hostname) && /^https?:$/.test(url.protocol)) return url;
  return url.protocol === "https:" && hosts.has(url.host) ? url : null;
}
