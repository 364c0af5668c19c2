// Calls to visitors' objects: retried once where the platform says that it helps, never where it says overloaded.
import type { IngestBatch, IngestResult, MovedAnswer } from "../../durable-objects/visitor-messages.ts";
import { ProblemError } from "../../src/http/problem.ts";

/** The visitors' objects, or doubles. */
export interface VisitorObjects {
  getByName(name: string): {
    ingest(batch: IngestBatch): Promise<IngestResult | MovedAnswer>;
    readState(): Promise<Uint8Array | MovedAnswer | null>;
    mergeInto(name: string, user: string): Promise<MovedAnswer>;
    stopRecording(): Promise<void>;
    erase(): Promise<string[]>;
  };
}

export interface CallFailure {
  readonly failed: { readonly code: "overloaded" | "unavailable"; readonly message: string };
}

/**
 * Durable when it returns statuses. Repeating a batch is harmless: the object knows the ids. A visitor who has become part
 * of a user is asked for there.
 */
export async function ingestInto(objects: VisitorObjects, batch: IngestBatch): Promise<IngestResult | CallFailure> {
  try {
    return await ingestFollowing(objects, batch);
  } catch (first) {
    if (flag(first, "overloaded")) return failure("overloaded");
    if (!flag(first, "retryable")) return logged(first);
  }
  try {
    return await ingestFollowing(objects, batch);
  } catch (second) {
    return flag(second, "overloaded") ? failure("overloaded") : logged(second);
  }
}

async function ingestFollowing(objects: VisitorObjects, batch: IngestBatch): Promise<IngestResult> {
  const result = await objects.getByName(batch.name).ingest(batch);
  if (!("moved" in result)) return result;
  if (!result.arrived) {
    // Until the user knows what the visitor sent before, an event sent twice would count twice.
    const { arrived } = await objects.getByName(batch.name).mergeInto(batch.name, result.moved);
    if (!arrived) throw new Error(`${batch.name} has yet to arrive at ${result.moved}`);
  }
  const there = await objects.getByName(result.moved).ingest({ ...batch, name: result.moved });
  // Users are never merged into users.
  if ("moved" in there) throw new Error(`${result.moved} has moved, too`);
  return there;
}

/**
 * The encoded state of a visitor; null for a visitor never seen.
 * @param follow whether the caller may see the user that an anonymous visitor has become part of
 * @throws ProblemError 503 when the object does not answer
 */
export async function stateOf(objects: VisitorObjects, name: string, follow: boolean): Promise<Uint8Array | null> {
  return answered(async () => {
    const here = await objects.getByName(name).readState();
    if (here === null || here instanceof Uint8Array) return here;
    const there = follow ? await objects.getByName(here.moved).readState() : null;
    return there instanceof Uint8Array ? there : null;
  });
}

/**
 * Erases a visitor, and with `follow` everyone who has become one with them: the user of an anonymous visitor, the
 * anonymous visitors of a user.
 * @throws ProblemError 503 when an object does not answer: to be repeated
 */
export async function eraseVisitor(objects: VisitorObjects, name: string, follow: boolean): Promise<void> {
  await answered(async () => {
    const erased = new Set<string>();
    const waiting = [name];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (erased.has(next)) continue;
      erased.add(next);
      const others = await objects.getByName(next).erase();
      if (follow) waiting.push(...others);
    }
  });
}

/** Has a visitor's object record nothing more for the lake. @throws ProblemError 503 when it does not answer */
export async function stopRecording(objects: VisitorObjects, name: string): Promise<void> {
  await answered(() => objects.getByName(name).stopRecording());
}

async function answered<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    console.error({ message: "a visitor's object did not answer", error: String(cause) });
    const headers = { "retry-after": "1" };
    throw new ProblemError(503, "unavailable", "The visitor's object did not answer; try again.", { cause, headers });
  }
}

function logged(error: unknown): CallFailure {
  console.error({ message: "a visitor's object did not answer", error: String(error) });
  return failure("unavailable");
}

function failure(code: "overloaded" | "unavailable"): CallFailure {
  const message = code === "overloaded" ? "the visitor's object is overloaded" : "the visitor's object did not answer";
  return { failed: { code, message: `${message}: the event was not kept, send it again` } };
}

function flag(error: unknown, name: "overloaded" | "retryable"): boolean {
  return typeof error === "object" && error !== null && (error as Record<string, unknown>)[name] === true;
}
