// The public key that pages of the site carry, and the name of the site that it is of.
import { readKeyRing } from "../../../src/http/keys.ts";
import { isLocal } from "../settings.ts";

type Keys = Pick<EdgeEnv, "NOWCAST_KEYS" | "NOWCAST_PAGE_KEY" | "NOWCAST_ENV">;

interface PageKey {
  /** Null when there is none: pages then carry no script. */
  readonly key: string | null;
  readonly name: string;
}

let held: { readonly text: string; readonly pageKey: PageKey } | null = null;

export function pageKeyOf(env: Partial<Keys>): PageKey {
  const text = `${env.NOWCAST_PAGE_KEY}\n${env.NOWCAST_KEYS}`;
  if (held?.text !== text) held = { text, pageKey: readPageKey(env) };
  return held.pageKey;
}

function readPageKey(env: Partial<Keys>): PageKey {
  const configured = env.NOWCAST_PAGE_KEY?.trim();
  for (const key of configured ? [configured] : (env.NOWCAST_KEYS ?? "").split(/\s+/)) {
    const credential = readKeyRing(key, isLocal(env)).keys[0]?.credential;
    if (credential?.kind === "public" && (configured || credential.site === "default")) {
      return { key, name: credential.site };
    }
  }
  return { key: null, name: "default" };
}
