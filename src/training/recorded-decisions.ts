// What `nowcast replay --record` writes: a line for each question that it had answered by a running system.
import type { History } from "./history.ts";
import { readLineBatches } from "./lines.ts";
import { LogError } from "./log.ts";
import { describe, isObject } from "./log-fields.ts";

export interface RecordedDecision {
  /** The `decisionId` of the list that was ranked, or the id of the event after which the next item was asked for. */
  readonly list: string;
  /** Epoch of item statistics that the decision used; 0 for none. */
  readonly itemEpoch: number;
  /** Version that ranked; "" when none did. */
  readonly snapshot: string;
  /** In the order returned. */
  readonly items: readonly string[];
}

/** By list; of several for one list the last. @throws LogError at a line that is not a recorded decision */
export async function readDecisions(path: string): Promise<Map<string, RecordedDecision>> {
  const decisions = new Map<string, RecordedDecision>();
  let line = 0;
  try {
    for await (const batch of readLineBatches(path)) {
      for (const text of batch) {
        line++;
        if (text.trim() === "") continue;
        const decision = parse(path, line, text);
        decisions.set(decision.list, decision);
      }
    }
  } catch (cause) {
    if (cause instanceof LogError) throw cause;
    throw new LogError(path, line, cause instanceof Error ? cause.message : String(cause), { cause });
  }
  return decisions;
}

/** Of the question what comes after the event at `position`. */
export function decisionAfter(
  { timeline }: Pick<History, "timeline">,
  { position }: { readonly position: number },
  decisions: ReadonlyMap<string, RecordedDecision> | undefined,
): RecordedDecision | undefined {
  const entry = timeline[position];
  return entry && "event" in entry ? decisions?.get(entry.event.id) : undefined;
}

function parse(path: string, line: number, text: string): RecordedDecision {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new LogError(path, line, "not JSON", { cause });
  }
  if (!isObject(value)) throw new LogError(path, line, `must be a JSON object, not ${describe(value)}`);
  const { list, itemEpoch, snapshot = "", items } = value;
  const wrong = (field: string, must: string): LogError =>
    new LogError(path, line, `${field} must be ${must}, not ${describe(value[field])}`);
  if (typeof list !== "string") throw wrong("list", "the decisionId of a list or the id of an event");
  if (typeof itemEpoch !== "number" || !Number.isSafeInteger(itemEpoch) || itemEpoch < 0) {
    throw wrong("itemEpoch", "an integer from 0");
  }
  if (typeof snapshot !== "string") throw wrong("snapshot", "a string");
  if (!Array.isArray(items) || !items.every((id) => typeof id === "string")) throw wrong("items", "an array of ids");
  return { list, itemEpoch, snapshot, items };
}
