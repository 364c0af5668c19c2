// Sends one batch of events until the server has settled every one of them: it may put off some of a batch that it
// takes, and those are sent again before anything that has to follow them.
import type { Rejection } from "../../src/events/validate.ts";
import { backoffMs } from "./backoff.ts";
import type { Client } from "./client.ts";
import { bodyOf, type Encoded, type Refusal } from "./encode.ts";
import { UnreachableError } from "./transport.ts";

export interface EventCounts {
  accepted: number;
  duplicates: number;
  rejected: number;
  /** Duplicates of events whose first answer got lost: most likely this very run sent them. */
  acceptedBefore: number;
}

/**
 * @param counts to add to
 * @throws UnreachableError when the server puts off everything for as long as the client's timeout
 */
export async function sendEvents(
  client: Client,
  batch: readonly Encoded[],
  counts: EventCounts,
  onRejected: (refusal: Refusal) => void = () => {},
): Promise<void> {
  const { sleep, random, now } = client.transport.ports;
  let records = batch;
  let lastTakenAt = now();
  let uncertain = false;
  for (let attempt = 0; records.length > 0; attempt++) {
    const answer = await client.sendEvents(bodyOf("events", records));
    counts.accepted += answer.accepted;
    counts.duplicates += answer.duplicates;
    uncertain ||= answer.uncertain;
    if (uncertain) counts.acceptedBefore += answer.duplicates;
    for (const rejection of answer.rejected) {
      if (rejection.retryable) continue;
      counts.rejected++;
      onRejected(toRefusal(rejection));
    }
    const again = answer.rejected.filter(({ retryable }) => retryable);
    if (again.length === 0) return;
    if (again.length < records.length) lastTakenAt = now();
    if (now() - lastTakenAt > client.transport.timeoutMs) {
      throw new UnreachableError(`the server keeps putting off ${again.length} events: ${again[0]?.message}`);
    }
    records = again.flatMap(({ index }) => records[index] ?? []);
    await sleep(backoffMs(attempt, random));
  }
}

function toRefusal({ id, code, message }: Rejection): Refusal {
  return { id: id ?? "", code, message };
}
