// What slots pages had, shared by the isolates of a data centre through its cache: an isolate that has not seen a page begins to
// decide for it as one that has. Best effort: whatever fails is a page that nobody remembers. What is remembered decides nothing by
// itself: a slot is filled by what it asks for, and only where that is what was asked.
import { type Slot, slotOf } from "../../../src/html/slots.ts";

/** What is needed of a Cache. */
export interface SlotCache {
  match(url: string): Promise<Response | undefined>;
  put(url: string, response: Response): Promise<void>;
}

const SECONDS = 3_600;
const MAX_SLOTS = 20;

export interface SharedSlots {
  /** Null where nobody has seen the page. */
  recall(path: string): Promise<readonly Slot[] | null>;
  share(path: string, slots: readonly Slot[]): void;
}

export function sharedSlots(
  site: string,
  openCache: () => Promise<SlotCache>,
  waitUntil: (work: Promise<unknown>) => void,
): SharedSlots {
  const urlOf = (path: string): string => `https://slots.nowcast.invalid/1/${encodeURIComponent(site)}${path}`;
  return {
    async recall(path) {
      try {
        const found = await (await openCache()).match(urlOf(path));
        return found?.ok ? readSlots(await found.json()) : null;
      } catch {
        return null;
      }
    },
    share(path, slots) {
      const headers = { "cache-control": `max-age=${SECONDS}`, "content-type": "application/json" };
      const copy = new Response(JSON.stringify(slots.slice(0, MAX_SLOTS)), { headers });
      waitUntil(
        openCache()
          .then((cache) => cache.put(urlOf(path), copy))
          .catch(() => {}),
      );
    },
  };
}

/** Only this code writes there; a version before may have written otherwise. */
function readSlots(value: unknown): readonly Slot[] | null {
  if (!Array.isArray(value)) return null;
  const isSlot = (one: unknown): one is Slot => {
    const { placement, type, request } = (one ?? {}) as Partial<Slot>;
    return typeof placement === "string" && typeof type === "string" && Number.isInteger(request?.count);
  };
  return value.every(isSlot) ? value.map((slot) => ({ ...slotOf(slot.placement), ...slot })) : null;
}
