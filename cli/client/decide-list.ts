// Has one list of a log ranked by a running system, as of the list's own time. A decision that stepped down is counted
// and asked again with time to spare, so that what is measured is the model; asking changes nothing.
import type { AcceptedEvent } from "../../src/events/event.ts";
import { placementOf, rankRequestOf } from "../../src/training/query-request.ts";
import { backoffMs } from "./backoff.ts";
import type { Client, DecideAnswer, DecideRequest } from "./client.ts";

export interface ListDecision {
  /** The decisionId of the list, "" when it has none. */
  readonly list: string;
  readonly itemEpoch: number;
  readonly snapshot: string;
  readonly strategy: string;
  /** Ids in the order returned. */
  readonly items: readonly string[];
  /** Why the first answer stepped down. */
  readonly degradedAtFirst: readonly string[];
  /** What remained after asking again. */
  readonly degraded: readonly string[];
  /** From request to answer of the first, for the client. */
  readonly milliseconds: number;
}

/** Of a decision that nobody looks at. */
const WARM_UP = "warm-up";
const ASKED_AGAIN = 5;
const PATIENT_MS = 5_000;

export interface DecideListOptions {
  /** Reasons for stepping down that asking again would not change. */
  readonly lasting: ReadonlySet<string>;
  /** Have each decision logged whole in the lake. */
  readonly recordWhole: boolean;
}

export async function decideList(
  client: Client,
  list: Pick<
    AcceptedEvent,
    "ts" | "items" | "userId" | "anonymousId" | "decisionId" | "placement" | "query" | "context"
  >,
  { lasting, recordWhole }: DecideListOptions,
): Promise<ListDecision> {
  const { sleep, random } = client.transport.ports;
  const name = placementOf(list);
  const request: DecideRequest = {
    ...(list.userId === undefined ? { anonymousId: list.anonymousId ?? "" } : { userId: list.userId }),
    ts: list.ts,
    ...(list.context === undefined ? {} : { context: list.context }),
    placements: { [name]: rankRequestOf(list) },
    ...(recordWhole ? { record: true } : {}),
  };
  const first = await client.decide(request);
  let answer: DecideAnswer = first;
  for (let attempt = 0; attempt < ASKED_AGAIN && !settled(answer, lasting); attempt++) {
    if (attempt > 0) await sleep(backoffMs(attempt, random));
    answer = await client.decide({ ...request, budgetMs: { profile: PATIENT_MS } });
  }
  const placement = answer.placements[name];
  return {
    list: list.decisionId ?? "",
    itemEpoch: answer.itemEpoch,
    snapshot: answer.snapshot,
    strategy: placement?.strategy ?? "",
    items: placement?.items.map(({ id }) => id) ?? [],
    degradedAtFirst: first.degraded,
    degraded: answer.degraded,
    milliseconds: first.milliseconds,
  };
}

/** Decides for nobody until the isolate is warm and knows `itemEpoch`. @returns reasons that stayed for 30 s */
export async function warmUp(client: Client, itemIds: readonly string[], itemEpoch: number): Promise<Set<string>> {
  const { sleep, now } = client.transport.ports;
  const { champion } = await client.registry();
  const startedAt = now();
  for (;;) {
    const answer = await client.decide({
      anonymousId: "nowcast-replay-warm-up",
      placements: { [WARM_UP]: rankRequestOf({ items: itemIds.map((id) => ({ id })) }) },
      budgetMs: { profile: PATIENT_MS },
    });
    const lasting = new Set(answer.degraded);
    // Without a champion there is nothing to warm up: what is measured is the fallback.
    if ((lasting.size === 0 && answer.itemEpoch >= itemEpoch) || champion === null) return lasting;
    if (now() - startedAt > 30_000) return lasting;
    await sleep(250);
  }
}

function settled({ degraded }: DecideAnswer, lasting: ReadonlySet<string>): boolean {
  return degraded.every((reason) => lasting.has(reason));
}
