// Events on their way: gathered, sent in batches, sent again under the same ids until they were taken in, and kept in the
// browser's storage while there is no network. What is sent twice is known by its id.
import type { Event } from "./contract.ts";
import { guard } from "./guard.ts";
import { post, type Reply } from "./post.ts";
import { read, write } from "./storage.ts";

const GATHER_MS = 1000;
/** Of the largest size that an event may have, these fit a request; of the usual one, they fit what may outlive a page. */
const BATCH_EVENTS = 15;
/** Events that wait in memory or in storage; past it the oldest go. */
export const MAX_WAITING = 200;
const RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;
export const STORED = "nowcast.events";

/** Whether events may go out now (true), must wait in memory for the visitor's choice (null), or may not be. */
export type Passage = boolean | null;

export interface Outbox {
  add(event: Event): void;
  /** Sends what waits, all of it; after a refusal forgets it, here and in storage. */
  flush(): Promise<void>;
  /** The page may go away: sends what waits, or keeps it when the network is not there. */
  leave(): void;
}

/**
 * @param encode the request for a batch, made when it is sent
 * @param answered sees every answer, and tells whether the same batch is to be sent once more
 */
export function createOutbox(
  url: string,
  passage: () => Passage,
  encode: (events: readonly Event[]) => string,
  answered: (reply: Reply) => boolean,
): Outbox {
  const stored = (): Event[] => guard(() => [...JSON.parse(read(STORED) ?? "[]")])() ?? [];
  /** Changes what storage holds. Other tabs share it: theirs stays. */
  const keep = (events: readonly Event[], gone: readonly Event[] = []): void => {
    const held = new Map(stored().map((event) => [event.id, event]));
    if (held.size + events.length === 0) return;
    for (const { id } of gone) held.delete(id);
    for (const event of events) held.set(event.id, event);
    write(STORED, held.size > 0 ? JSON.stringify([...held.values()].slice(-MAX_WAITING)) : "");
  };

  let waiting = passage() ? stored() : [];
  let failures = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;

  const schedule = (ms: number): void => {
    timer = setTimeout(flush, ms);
  };

  const sendAll = async (): Promise<void> => {
    while (waiting.length > 0 && passage()) {
      const batch = waiting.splice(0, BATCH_EVENTS);
      let again = batch;
      try {
        const reply = await post(url, encode(batch));
        if (!answered(reply)) again = refused(reply, batch);
      } catch {
        // No network: the same as a server that is away.
      }
      if (passage() === false) break;
      waiting = [...again, ...waiting];
      keep(again.length > 0 ? waiting : [], batch);
      if (again.length > 0) {
        // Jitter: many pages that lost the same server do not come back together.
        schedule(Math.min(MAX_RETRY_MS, RETRY_MS * 2 ** failures++) * (0.5 + Math.random() / 2));
        break;
      }
      failures = 0;
    }
    if (passage() === false) {
      waiting = [];
      write(STORED, "");
    }
  };

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    sending ??= sendAll().finally(() => {
      sending = undefined;
    });
    return sending;
  };

  return {
    add: (event) => {
      if (passage() === false) return;
      if (waiting.push(event) > MAX_WAITING) waiting.shift();
      if (failures > 0) keep(waiting);
      else if (!timer) schedule(GATHER_MS);
    },
    flush,
    leave: () => {
      if (!passage()) return;
      if (failures === 0 && navigator.onLine) flush();
      // Whatever is not on its way by now may have nobody to send it.
      keep(waiting);
    },
  };
}

/** The events of a batch that the server could not take and asks for again; what it will never take is gone. */
function refused({ status, body }: Reply, batch: Event[]): Event[] {
  if (status >= 500 || status === 429) return batch;
  const rejected = (body?.rejected ?? []) as { index: number; retryable: boolean }[];
  return rejected.filter(({ retryable }) => retryable).map(({ index }) => batch[index] as Event);
}
