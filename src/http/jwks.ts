// A site's key set, held in the isolate. A warm one is used at once and renewed behind the answer; only a token whose key is not
// known waits for a fetch, once in a while, so that forged tokens cannot make the edge ask the site's identity server for ever.
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";

export interface KeySource {
  /** Only for URLs that the deployment allows. */
  readonly fetch: (url: string, init: { signal: AbortSignal; redirect: "manual" }) => Promise<Response>;
  /** Epoch ms. */
  readonly now: () => number;
  /** Keeps work alive after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
}

/** Age at which keys are renewed. */
export const KEYS_FRESH_MS = 10 * 60_000;
/** Keys that could not be renewed for so long are given up: what was revoked must end some time. */
export const KEYS_KEPT_MS = 24 * 3_600_000;
/** Least time between two fetches, successful or not. */
export const KEYS_COOLDOWN_MS = 30_000;
const FETCH_MS = 1500;
const MAX_BYTES = 64 * 1024;
/** URLs that an isolate holds keys of. */
const MAX_SETS = 50;

interface KeySet {
  resolve: JWTVerifyGetKey | null;
  fetchedAt: number;
  triedAt: number;
  fetching: Promise<void> | null;
}

export class KeySets {
  readonly #sets = new Map<string, KeySet>();

  /** Finds the key of a token among those at `url`. What it throws is one of jose's errors, or why there are no keys. */
  keysAt(url: string, source: KeySource): JWTVerifyGetKey {
    return async (header, token) => {
      const set = this.#set(url);
      const age = source.now() - set.fetchedAt;
      if (set.resolve === null || age >= KEYS_KEPT_MS) {
        await this.#renew(url, set, source);
      } else if (age >= KEYS_FRESH_MS) {
        void this.#renew(url, set, source);
      }
      if (set.resolve === null) throw new errors.JWKSInvalid("the key set could not be fetched");
      try {
        return await set.resolve(header, token);
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
        const { fetchedAt } = set;
        await this.#renew(url, set, source);
        if (set.fetchedAt === fetchedAt) throw error;
        return set.resolve(header, token);
      }
    };
  }

  #set(url: string): KeySet {
    let set = this.#sets.get(url);
    if (set === undefined) {
      if (this.#sets.size >= MAX_SETS) this.#sets.clear();
      set = { resolve: null, fetchedAt: Number.NEGATIVE_INFINITY, triedAt: Number.NEGATIVE_INFINITY, fetching: null };
      this.#sets.set(url, set);
    }
    return set;
  }

  /** Resolves when a fetch has ended; at once while it is too early for another. The keys that were there stay when it fails. */
  #renew(url: string, set: KeySet, source: KeySource): Promise<void> {
    const now = source.now();
    if (now - set.triedAt < KEYS_COOLDOWN_MS) {
      // One that is under way may belong to a request that was cut off: it has its own end.
      return set.fetching ?? Promise.resolve();
    }
    set.triedAt = now;
    const fetching = fetchKeys(url, source)
      .then((keys) => {
        set.resolve = createLocalJWKSet(keys);
        set.fetchedAt = now;
      })
      .catch((error: unknown) => {
        console.error({ message: "the site's key set could not be fetched", url, error: String(error) });
        if (now - set.fetchedAt >= KEYS_KEPT_MS) set.resolve = null;
      })
      .finally(() => {
        if (set.fetching === fetching) set.fetching = null;
      });
    set.fetching = fetching;
    // Others may wait for it: it must not end with the request that began it.
    source.waitUntil(fetching);
    return fetching;
  }
}

async function fetchKeys(url: string, source: KeySource): Promise<JSONWebKeySet> {
  const response = await source.fetch(url, { signal: AbortSignal.timeout(FETCH_MS), redirect: "manual" });
  if (response.status !== 200) throw new Error(`it answers ${response.status}`);
  const bytes = await response.arrayBuffer();
  if (bytes.byteLength > MAX_BYTES) throw new Error(`it has more than ${MAX_BYTES} bytes`);
  return JSON.parse(new TextDecoder().decode(bytes)) as JSONWebKeySet;
}
