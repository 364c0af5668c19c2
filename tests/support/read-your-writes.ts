// Read-your-writes: an event that was acknowledged is in the visitor's next decision, unless that decision says that it
// went without the profile. Many visitors at once, one trial after the other for each, objects evicted in between.
import { performance } from "node:perf_hooks";

export interface Trials {
  readonly count: number;
  /** Visitors who act at the same time. */
  readonly concurrency: number;
  /** Every so many trials of a visitor, their object loses its memory: before the event or between event and decision. */
  readonly evictEvery: number;
  readonly post: (path: string, json: unknown) => Promise<Response>;
  readonly evict: (anonymousId: string) => Promise<void>;
}

export interface TrialsReport {
  readonly trials: number;
  /** Decisions that went without the profile, and said so. */
  readonly degraded: number;
  readonly evictions: number;
  /** Decisions with the profile that lacked an acknowledged event: must be none. */
  readonly stale: readonly string[];
  /** Milliseconds from the acknowledgement to the decision that used the event, ascending. */
  readonly freshnessMs: readonly number[];
}

interface Answer {
  readonly degraded: readonly string[];
  readonly profile?: { readonly seq: number };
  readonly placements: Readonly<
    Record<string, { items: readonly { id: string; features?: Record<string, { value: number }> }[] }>
  >;
}

const WITHOUT_PROFILE = ["profile_timeout", "profile_failed", "decision_timeout", "decision_failed"];

export async function readYourWrites({ count, concurrency, evictEvery, post, evict }: Trials): Promise<TrialsReport> {
  const stale: string[] = [];
  const freshnessMs: number[] = [];
  let [next, degraded, evictions] = [0, 0, 0];
  const visitor = async (n: number): Promise<void> => {
    const anonymousId = `reader-${n}`;
    for (let own = 1; next < count; own++) {
      const trial = next++;
      const evicting = own % evictEvery;
      if (evicting === 0) {
        await evict(anonymousId);
        evictions++;
      }
      const event = { id: `trial-${trial}`, type: "view_item", anonymousId, items: [{ id: `sku-${trial}` }] };
      const { accepted } = (await (await post("/v1/events", event)).json()) as { accepted: number };
      if (accepted !== 1) throw new Error(`trial ${trial} was not acknowledged`);
      const acknowledgedAt = performance.now();
      if (evicting === Math.floor(evictEvery / 2)) {
        await evict(anonymousId);
        evictions++;
      }
      const placements = { list: { type: "rank", items: [{ id: `sku-${trial}` }] } };
      const answer = (await (await post("/v1/decide", { anonymousId, placements })).json()) as Answer;
      if (answer.degraded.some((reason) => WITHOUT_PROFILE.includes(reason))) degraded++;
      else if (answer.profile?.seq !== own) stale.push(`trial ${trial}: seq ${answer.profile?.seq}, not ${own}`);
      else freshnessMs.push(performance.now() - acknowledgedAt);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, (_, n) => visitor(n)));
  freshnessMs.sort((a, b) => a - b);
  return { trials: count, degraded, evictions, stale, freshnessMs };
}
