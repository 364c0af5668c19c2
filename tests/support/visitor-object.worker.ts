// Visitors' objects in tests of the Workers runtime: batches to give them, and a look at what they keep.
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import type { IngestBatch, IngestResult } from "../../durable-objects/visitor-messages.ts";
import type { VisitorProfile } from "../../durable-objects/visitor-profile.ts";
import type { VisitorMeta } from "../../durable-objects/visitor-row.ts";
import { profile as config } from "../../nowcast.config.ts";
import type { Event } from "../../src/events/event.ts";
import { profileOf } from "../../src/profile/fold.ts";
import type { Profile } from "../../src/profile/profile.ts";
import { decodeState } from "../../src/profile/state-codec.ts";

export type VisitorStub = ReturnType<typeof visitorObject>;

export const visitorObject = (name: string) => env.VISITOR_PROFILE.getByName(name);

export function batchOf(
  name: string,
  events: readonly (Partial<Event> & { readonly id: string })[],
  more: Partial<IngestBatch> = {},
): IngestBatch {
  const now = Date.now();
  const whole = events.map((event) => ({ type: "view_item", ts: now, anonymousId: "v", ...event }));
  return { name, events: JSON.stringify(whole), receivedAt: now, recorded: true, ...more };
}

/** Views of items `sku-<id>`, an event each. */
export const viewsOf = (name: string, ...ids: string[]): IngestBatch =>
  batchOf(
    name,
    ids.map((id) => ({ id, items: [{ id: `sku-${id}` }] })),
  );

export async function ingested(stub: VisitorStub, batch: IngestBatch): Promise<IngestResult> {
  const result = await stub.ingest(batch);
  if ("moved" in result) throw new Error(`moved to ${result.moved}`);
  return { statuses: [...result.statuses], seq: result.seq, strangers: [...result.strangers] };
}

/** The live profile; null for a visitor never seen or moved. */
export async function profileIn(stub: VisitorStub): Promise<Profile | null> {
  const state = await stub.readState();
  return state instanceof Uint8Array ? profileOf(decodeState(state), config) : null;
}

/** Rows that wait in the outbox, what is known beside the state, and when the alarm is set for. */
export function storedIn(stub: VisitorStub) {
  return runInDurableObject(stub, async (_, state) => {
    const tables = state.storage.sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'visitor'").toArray();
    const [row] =
      tables.length === 0
        ? []
        : state.storage.sql.exec<{ outbox: string; meta: string }>("SELECT outbox, meta FROM visitor").toArray();
    const rows = row === undefined || row.outbox === "" ? [] : row.outbox.split("\n");
    return {
      rows: rows.map((line) => JSON.parse(line) as Record<string, unknown>),
      lines: rows,
      meta: (row === undefined ? null : JSON.parse(row.meta)) as VisitorMeta | null,
      alarm: await state.storage.getAlarm(),
    };
  });
}

/** Rows of SQLite changed by `work`. */
export function changesOf(stub: VisitorStub, work: (instance: VisitorProfile) => void): Promise<number> {
  return runInDurableObject(stub, (instance, state) => {
    const changes = () => state.storage.sql.exec<{ n: number }>("SELECT total_changes() AS n").one().n;
    const before = changes();
    work(instance);
    return changes() - before;
  });
}

export const evict = (stub: VisitorStub): Promise<void> => evictDurableObject(stub);
