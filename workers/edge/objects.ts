// Calls to visitors' objects: retried once where the platform says that it helps, never where it says overloaded.
import type { IngestBatch, IngestResult, MovedAnswer } from "../../durable-objects/visitor-messages.ts";

/** The visitors' objects, or doubles. */
export interface VisitorObjects {
  getByName(name: string): {
    ingest(batch: IngestBatch): Promise<IngestResult | MovedAnswer>;
    readState(): Promise<Uint8Array | MovedAnswer | null>;
    erase(): Promise<string | null>;
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
  const there = await objects.getByName(result.moved).ingest({ ...batch, name: result.moved });
  // Users are never merged into users.
  if ("moved" in there) throw new Error(`${result.moved} has moved, too`);
  return there;
}

/** The encoded state of a visitor, wherever it is by now; null for a visitor never seen. */
export async function stateOf(objects: VisitorObjects, name: string): Promise<Uint8Array | null> {
  const here = await objects.getByName(name).readState();
  if (here === null || here instanceof Uint8Array) return here;
  const there = await objects.getByName(here.moved).readState();
  return there instanceof Uint8Array ? there : null;
}

/** Erases a visitor, and the user that an anonymous one has become part of. */
export async function eraseVisitor(objects: VisitorObjects, name: string): Promise<void> {
  const user = await objects.getByName(name).erase();
  if (user !== null) await objects.getByName(user).erase();
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
