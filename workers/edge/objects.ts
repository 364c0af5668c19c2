// Calls to visitors' objects: retried once where the platform says that it helps, never where it says overloaded.
import type { IngestBatch, IngestResult, VisitorProfile } from "../../durable-objects/visitor-profile.ts";

export interface CallFailure {
  readonly failed: { readonly code: "overloaded" | "unavailable"; readonly message: string };
}

/** Durable when it returns statuses. Repeating a batch is harmless: the object knows the ids. */
export async function ingestInto(
  objects: DurableObjectNamespace<VisitorProfile>,
  batch: IngestBatch,
): Promise<IngestResult | CallFailure> {
  try {
    return await objects.getByName(batch.name).ingest(batch);
  } catch (first) {
    if (flag(first, "overloaded")) return failure("overloaded");
    if (!flag(first, "retryable")) return logged(first);
  }
  try {
    return await objects.getByName(batch.name).ingest(batch);
  } catch (second) {
    return flag(second, "overloaded") ? failure("overloaded") : logged(second);
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
