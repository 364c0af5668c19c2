// The hosts that this deployment may ask on a site's behalf: the origin's own, and those that ORIGIN_HOSTS names.
import type { FieldError } from "../../../src/events/issues.ts";
import type { SiteConfig } from "../../../src/html/site-config.ts";
import { allowedRemote, readHosts } from "../../../src/http/remote-hosts.ts";
import { isLocal } from "../settings.ts";

type Hosts = Pick<EdgeEnv, "ORIGIN" | "ORIGIN_HOSTS" | "NOWCAST_ENV">;

let held: { readonly text: string; readonly hosts: ReadonlySet<string> } | null = null;

function hostsOf({ ORIGIN = "", ORIGIN_HOSTS = "" }: Partial<Hosts>): ReadonlySet<string> {
  const text = `${ORIGIN} ${ORIGIN_HOSTS}`;
  if (held?.text !== text) {
    const own = URL.parse(ORIGIN)?.host;
    held = { text, hosts: new Set([...readHosts(ORIGIN_HOSTS), ...(own ? [own] : [])]) };
  }
  return held.hosts;
}

/** The URL where it may be asked; null where it may not. */
export function remoteOf(env: Partial<Hosts>, url: string): URL | null {
  return allowedRemote(url, hostsOf(env), isLocal(env));
}

/** What of a configuration would ask hosts that this deployment does not allow. */
export function foreignHosts(env: Partial<Hosts>, { routes, identity }: SiteConfig): FieldError[] {
  const named: [field: string, url: string | undefined][] = [
    ...routes.map(({ origin }, index): [string, string | undefined] => [`routes.${index}.origin`, origin]),
    ["identity.jwt.jwks", identity.jwt?.jwks],
  ];
  return named.flatMap(([field, url]) => {
    if (url === undefined || remoteOf(env, url) !== null) return [];
    const message = "must be https at a host that the deployment allows in ORIGIN_HOSTS";
    return [{ field, message, value: JSON.stringify(url), limit: [...hostsOf(env)].join(" ") || "none" }];
  });
}
