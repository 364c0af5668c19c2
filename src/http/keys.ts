// API keys: `pk_SITE_RANDOM` may stand in a browser, `sk_SITE_RANDOM` stays on a server. `pk_dev` and `sk_dev` serve
// the default site on a developer's machine and nowhere else.

import { utf8 } from "../kernels/bytes.ts";
import { equalBytes } from "../kernels/digest.ts";
import { ProblemError } from "./problem.ts";

export interface Credential {
  readonly kind: "public" | "secret";
  readonly site: string;
}

export interface KeyRing {
  readonly keys: readonly { readonly bytes: Uint8Array; readonly credential: Credential }[];
  /** Why keys of the configuration are not honoured; shown by /healthz. */
  readonly problems: readonly string[];
}

const FORM = /^(pk|sk)_(?:([a-z0-9-]{1,64})_)?([A-Za-z0-9]+)$/;

/** @param configured keys separated by white space; @param local whether `*_dev` keys are honoured */
export function readKeyRing(configured: string, local: boolean): KeyRing {
  const problems: string[] = [];
  const keys = configured.split(/\s+/).flatMap((text, index) => {
    if (text === "") return [];
    const match = FORM.exec(text);
    if (match === null) {
      problems.push(`API key ${index + 1} is not of the form pk_SITE_RANDOM or sk_SITE_RANDOM`);
      return [];
    }
    const [, kind, site = "default", random] = match;
    if (random === "dev" && !local) {
      problems.push(`${kind}_…_dev is a development key: a deployment refuses it`);
      return [];
    }
    return [
      { bytes: utf8(text), credential: { kind: kind === "sk" ? ("secret" as const) : ("public" as const), site } },
    ];
  });
  return { keys, problems };
}

/** The key of a request: Bearer, Basic with the key as user name, or `?key=` where beacons may use it. */
export function presentedKey(request: Request, allowQuery: boolean): { key: string; inQuery: boolean } | null {
  const header = request.headers.get("authorization");
  if (header !== null) {
    const [scheme = "", value = "", ...rest] = header.trim().split(/\s+/);
    if (rest.length > 0) return { key: "", inQuery: false };
    if (scheme.toLowerCase() === "bearer") return { key: value, inQuery: false };
    if (scheme.toLowerCase() === "basic") return { key: basicUser(value), inQuery: false };
    return { key: "", inQuery: false };
  }
  const query = allowQuery ? new URL(request.url).searchParams.get("key") : null;
  return query === null ? null : { key: query, inQuery: true };
}

function basicUser(encoded: string): string {
  try {
    return atob(encoded).split(":", 1)[0] ?? "";
  } catch {
    return "";
  }
}

/** @throws ProblemError 401 without a known key; 403 for a secret key in a URL, which would end up in logs */
export function authenticate(request: Request, ring: KeyRing, allowQuery: boolean): Credential {
  const presented = presentedKey(request, allowQuery);
  const credential = credentialOf(presented?.key ?? null, ring);
  if (presented?.inQuery && credential.kind === "secret") {
    throw new ProblemError(403, "secret_key_in_url", "A secret key must not stand in a URL; send it in a header.");
  }
  return credential;
}

/** What a key may do. @throws ProblemError 401 without a known key */
export function credentialOf(key: string | null, ring: KeyRing): Credential {
  const challenge = { headers: { "www-authenticate": 'Bearer realm="nowcast"' } };
  if (key === null) {
    throw new ProblemError(401, "key_missing", "Send an API key as `Authorization: Bearer KEY`.", challenge);
  }
  const bytes = utf8(key);
  let found: Credential | null = null;
  for (const { bytes: known, credential } of ring.keys) if (equalBytes(bytes, known)) found = credential;
  if (found === null) throw new ProblemError(401, "key_unknown", "The API key is not known.", challenge);
  return found;
}

/** A secret key of a site, null when it has none. */
export function secretKeyOf(ring: KeyRing, site: string): string | null {
  const found = ring.keys.find(({ credential }) => credential.kind === "secret" && credential.site === site);
  return found === undefined ? null : new TextDecoder().decode(found.bytes);
}

/** @throws ProblemError 403 unless the key is a secret one */
export function requireSecret(credential: Credential): void {
  if (credential.kind !== "secret") {
    throw new ProblemError(403, "secret_key_required", "This needs a secret key (sk_…); a public one was sent.");
  }
}
