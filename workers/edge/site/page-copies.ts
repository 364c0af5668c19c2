// Copies of pages at the edge. A copy is fetched by a request of its own, which carries nothing of the visitor who happens to
// cause it, and what is a visitor's own is added behind it. An old one is shown while a new one is fetched.
import { type CopyLife, type CopyRules, copyLife } from "../../../src/http/cacheable.ts";

export interface CopyPorts {
  readonly cache: {
    match(key: string): Promise<Response | undefined>;
    put(key: string, copy: Response): Promise<void>;
  };
  /** The request of the copy's own. */
  readonly fetchCopy: () => Promise<Response>;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** Epoch ms. */
  readonly now: () => number;
}

const COPIED_AT = "x-nowcast-copied-at";
const FRESH_SECONDS = "x-nowcast-fresh-seconds";
const CACHE_CONTROL = "x-nowcast-cache-control";

/** How long an answer that could not become a copy is not tried again. */
const REFUSED_MS = 60_000;
const MAX_REFUSED = 1000;

export class PageCopies {
  readonly #refusedAt = new Map<string, number>();
  readonly #refreshing = new Set<string>();

  /**
   * The page from a copy, or as the copy's own request finds it. @returns null where the origin's answer is no copy for all: the
   * visitor's own request is to be sent
   */
  async page(key: string, rules: CopyRules, ports: CopyPorts): Promise<Response | null> {
    const now = ports.now();
    if (now - (this.#refusedAt.get(key) ?? Number.NEGATIVE_INFINITY) < REFUSED_MS) return null;
    const found = await held(key, ports);
    if (found !== null) {
      const ageMs = now - Number(found.headers.get(COPIED_AT));
      if (ageMs >= Number(found.headers.get(FRESH_SECONDS)) * 1000) this.#refresh(key, rules, ports);
      return shown(found, ageMs);
    }
    const answer = await ports.fetchCopy();
    const life = copyLife(answer, rules);
    if (life === null) {
      this.#refuse(key, now);
      ports.waitUntil(answer.body?.cancel().catch(() => {}) ?? Promise.resolve());
      return null;
    }
    const [page, copy] = answer.body?.tee() ?? [null, null];
    ports.waitUntil(keep(key, copied(answer, copy, life, now), ports));
    return new Response(page, { status: 200, headers: answer.headers });
  }

  /** One at a time in an isolate. What is no copy any more ends with its time. */
  #refresh(key: string, rules: CopyRules, ports: CopyPorts): void {
    if (this.#refreshing.has(key)) return;
    this.#refreshing.add(key);
    const work = async (): Promise<void> => {
      const answer = await ports.fetchCopy();
      const life = copyLife(answer, rules);
      if (life === null) await answer.body?.cancel();
      else await ports.cache.put(key, copied(answer, answer.body, life, ports.now()));
    };
    ports.waitUntil(
      work()
        .catch((error: unknown) => {
          console.error({ message: "a copy of a page could not be renewed", key, error: String(error) });
        })
        .finally(() => this.#refreshing.delete(key)),
    );
  }

  #refuse(key: string, now: number): void {
    if (this.#refusedAt.size >= MAX_REFUSED) this.#refusedAt.clear();
    this.#refusedAt.set(key, now);
  }
}

/** A cache that fails has none. */
async function held(key: string, { cache }: CopyPorts): Promise<Response | null> {
  try {
    const found = await cache.match(key);
    return found?.headers.has(COPIED_AT) ? found : null;
  } catch (error) {
    console.error({ message: "copies of pages could not be read", error: String(error) });
    return null;
  }
}

/** A page that breaks off on its way becomes no copy. */
async function keep(key: string, copy: Response, { cache }: CopyPorts): Promise<void> {
  try {
    await cache.put(key, copy);
  } catch (error) {
    console.error({ message: "a copy of a page could not be kept", key, error: String(error) });
  }
}

function copied(answer: Response, body: ReadableStream | null, life: CopyLife, now: number): Response {
  const headers = new Headers(answer.headers);
  // The body is read decoded.
  for (const name of ["content-encoding", "content-length", "vary", "age", "expires", "pragma"]) headers.delete(name);
  headers.set(COPIED_AT, String(now));
  headers.set(FRESH_SECONDS, String(life.freshSeconds));
  headers.set(CACHE_CONTROL, answer.headers.get("cache-control") ?? "");
  headers.set("cache-control", `public, max-age=${life.freshSeconds + life.staleSeconds}`);
  return new Response(body, { status: 200, headers });
}

/** As the origin answered, with the age of the copy. */
function shown(copy: Response, ageMs: number): Response {
  const headers = new Headers(copy.headers);
  const cacheControl = headers.get(CACHE_CONTROL);
  for (const name of [COPIED_AT, FRESH_SECONDS, CACHE_CONTROL, "cf-cache-status"]) headers.delete(name);
  if (cacheControl) headers.set("cache-control", cacheControl);
  else headers.delete("cache-control");
  headers.set("age", String(Math.max(0, Math.floor(ageMs / 1000))));
  return new Response(copy.body, { status: 200, headers });
}
