// A log lived through the running system with every decision recorded, and its lake pulled: what parity is checked on.
import { join } from "node:path";
import { expect } from "vitest";
import { features, profile } from "../../nowcast.config.ts";
import type { Feature } from "../../src/features/feature.ts";
import { batchLine } from "../../src/profile/batch-view.ts";
import { decodeSnapshot, type Snapshot } from "../../src/snapshot/snapshot.ts";
import { buildHistory } from "../../src/training/history.ts";
import type { LogEvent, LogItem, LogRecord } from "../../src/training/log.ts";
import { checkParity } from "../../src/training/parity.ts";
import type { ParitySummary } from "../../src/training/parity-report.ts";
import { train } from "../../src/training/train.ts";
import { decide } from "./answers.ts";
import { eventually } from "./eventually.ts";
import { nameOf } from "./harness.ts";
import { live } from "./lived-in-shop.ts";
import { publish } from "./publish.ts";
import { pullInto } from "./pull.ts";
import type { System } from "./system.ts";

/** Between acts item data get to the isolate, so that decisions use several epochs however fast the machine is. */
const ACTS = 3;

export interface RecordedShop {
  /** Folder of the lake. */
  readonly lake: string;
  /** The one that ranked. */
  readonly snapshots: readonly Snapshot[];
  /** That were recorded. */
  readonly decisions: number;
  readonly summary: ParitySummary;
}

/** Asks without being logged by chance: the sample takes one decision in a hundred. */
const NOBODY = { anonymousId: "nobody", context: { consent: { analytics: false } } };

export interface CheckOptions {
  readonly registry?: readonly Feature[];
  readonly snapshots: readonly Snapshot[];
}

export const check = (lake: string, { snapshots, registry = features }: CheckOptions): Promise<ParitySummary> =>
  checkParity(lake, { snapshots, features: registry, profile });

/** @param records items, then events in the order of time; @param dir takes the lake */
export async function recordShop(system: System, records: readonly LogRecord[], dir: string): Promise<RecordedShop> {
  const lake = join(dir, "lake");
  const items = records.filter((record): record is LogItem => record.kind === "item");
  const events = records.filter((record): record is LogEvent => record.kind === "event");
  const visitors = [...new Set(events.map(({ anonymousId = "" }) => anonymousId))];
  const model = await train(buildHistory(records), { allFeatures: true });
  const snapshot = await decodeSnapshot(model.manifest, model.files);
  for (let at = 0; at < items.length; at += 500) {
    const json = { items: items.slice(at, at + 500).map(({ kind: _, ...item }) => item) };
    expect((await system.request("/v1/items", { method: "PUT", json })).status).toBe(200);
  }
  await publish(system, model);
  await publishBatchView(
    system,
    visitors.filter((_, i) => i % 2 === 0),
    items,
  );
  const isWarm = async () => ((await decide(system, NOBODY)).degraded.length === 0 ? true : null);
  await eventually(isWarm, 20_000);
  let decisions = 0;
  for (let act = 0; act < ACTS; act++) {
    await untilItemsAreNew(system);
    const own = new Set(visitors.filter((_, i) => i % ACTS === act));
    const theirs = events.filter(({ anonymousId = "" }) => own.has(anonymousId));
    decisions += await live(system, theirs, items);
  }
  // Rows, decisions and epochs each come to the lake in their own time.
  const summary = await eventually(async () => {
    await pullInto(lake, system);
    const summary = await check(lake, { snapshots: [snapshot] });
    return summary.decisions === decisions ? summary : null;
  }, 30_000);
  return { lake, snapshots: [snapshot], decisions, summary };
}

/** Waits until what the items are right now is in the isolate. */
async function untilItemsAreNew(system: System): Promise<void> {
  await system.request("/v1/lake/flush", { method: "POST" });
  const { itemEpoch } = (await (await system.request("/v1/lake/status")).json()) as { itemEpoch: number };
  const isNew = async () => ((await decide(system, NOBODY)).itemEpoch >= itemEpoch ? true : null);
  await eventually(isNew, 20_000);
}

/** What the batch layer would know of some visitors. */
async function publishBatchView(system: System, visitors: readonly string[], items: readonly LogItem[]): Promise<void> {
  const names = [...new Set(items.map(({ category = "" }) => category))].slice(0, 2);
  const categories = names.map((name) => [name, 0.3] as const);
  const entry = { asOf: 1, segments: ["returning"], lifetimeValue: 99.5, categories, brands: [] };
  const lines = await Promise.all(visitors.map(async (id) => `${batchLine(await nameOf({ kind: "a", id }), entry)}\n`));
  await system.request("/v1/batch-view/v1/0", { method: "PUT", body: lines.join("") });
  const pointer = { version: "v1", shards: 1, asOf: 1, visitors: lines.length };
  expect((await system.request("/v1/batch-view", { json: pointer })).status).toBe(200);
}
