// Asks a running system one question of a replay, as of the question's own time. A decision that stepped down is counted
// and asked again with time to spare, so that what is measured is the model; asking changes nothing.
import type { AcceptedEvent } from "../../src/events/event.ts";
import type { PlacementRequest } from "../../src/ranking/request.ts";
import { backoffMs } from "./backoff.ts";
import type { Client, DecideAnswer, DecideRequest } from "./client.ts";

export interface Question {
  /** What the question is found by: the `decisionId` of the list, or the id of the event after which it is asked. */
  readonly list: string;
  readonly visitor: Pick<AcceptedEvent, "userId" | "anonymousId">;
  /** Epoch ms: the decision's clock. */
  readonly ts: number;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly placement: string;
  readonly request: PlacementRequest;
}

export interface QuestionDecision {
  /** Of the question. */
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

export interface AskOptions {
  /** Reasons for stepping down that asking again would not change. */
  readonly lasting: ReadonlySet<string>;
  /** Have each decision logged whole in the lake. */
  readonly recordWhole: boolean;
}

export async function askQuestion(
  client: Client,
  { list, visitor, ts, context, placement: name, request: asked }: Question,
  { lasting, recordWhole }: AskOptions,
): Promise<QuestionDecision> {
  const { sleep, random } = client.transport.ports;
  const { userId, anonymousId = "" } = visitor;
  const request: DecideRequest = {
    ...(userId === undefined ? { anonymousId } : { userId }),
    ts,
    ...(context === undefined ? {} : { context }),
    placements: { [name]: asked },
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
    list,
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
export async function warmUp(client: Client, request: PlacementRequest, itemEpoch: number): Promise<Set<string>> {
  const { sleep, now } = client.transport.ports;
  const { champion } = await client.registry();
  const startedAt = now();
  for (;;) {
    const answer = await client.decide({
      anonymousId: "nowcast-replay-warm-up",
      placements: { [WARM_UP]: request },
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
