// The whole way, once: events in, live state, Parquet in R2, a model trained from that Parquet, published, ranking in the
// isolate through ONNX, and an event that changes the very next decision.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, describe, expect, test } from "vitest";
import { simulateLog } from "../examples/storefront/simulator/history.ts";
import { buildHistory } from "../src/training/history.ts";
import { readLake } from "../src/training/lake-log.ts";
import type { LogEvent, LogItem, LogRecord } from "../src/training/log.ts";
import { type SnapshotFiles, sectionFiles } from "../src/training/snapshot-files.ts";
import { train } from "../src/training/train.ts";
import { decide, postEvents, problemOf } from "./support/answers.ts";
import { eventually } from "./support/eventually.ts";
import { pullInto } from "./support/pull.ts";
import { snapshotParts } from "./support/snapshot.ts";
import { useSystem } from "./support/system.ts";

const system = useSystem();
const dir = mkdtempSync(join(tmpdir(), "nowcast-whole-way-"));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const records = simulateLog({ seed: 3, endTs: 1_732_280_000_000, shoppers: 40 });
const items = records.filter((record): record is LogItem => record.kind === "item");
const events = records.filter((record): record is LogEvent => record.kind === "event");
const REPLAY = { headers: { "nowcast-replay": "true" } };
const RECOMMEND = { home: { type: "recommend", count: 5 } } as const;

async function uploadSections({ manifest, files }: SnapshotFiles): Promise<void> {
  for (const { sha256, file } of sectionFiles({ manifest, files })) {
    const path = `/v1/snapshots/sections/${sha256}`;
    const { status } = await system.request(path, { method: "PUT", body: file });
    expect(status).toBe(201);
  }
}

const registry = async (): Promise<{ champion: string | null }> =>
  (await (await system.request("/v1/snapshots")).json()) as { champion: string | null };

describe("the whole way", () => {
  test("a shop without a model answers by what is popular, and says what is missing", async () => {
    const put = await system.request("/v1/items", {
      method: "PUT",
      json: { items: items.map(({ kind: _, ...item }) => item) },
    });
    expect(await put.json()).toMatchObject({ accepted: items.length });
    for (let at = 0; at < events.length; at += 250) {
      const { accepted, rejected } = await postEvents(system, { events: events.slice(at, at + 250) }, REPLAY);
      expect([accepted, rejected]).toEqual([Math.min(250, events.length - at), []]);
    }
    const decision = await decide(system, { anonymousId: "nobody", placements: RECOMMEND });
    expect(decision.degraded).toEqual(expect.arrayContaining(["snapshot_cold", "snapshot_missing"]));
    expect(decision.placements.home).toMatchObject({ strategy: "popular" });
    expect(decision.placements.home?.items).toHaveLength(5);
  });

  test("every acknowledged event stands once in the Parquet of R2", async () => {
    await eventually(async () => {
      const status = await (await system.request("/v1/lake/flush", { method: "POST" })).json();
      return (status as { written: number }).written >= events.length + items.length ? true : null;
    }, 20_000);
    await pullInto(dir, system);
    const connection = await (await DuckDBInstance.create()).connect();
    const result = await connection.runAndReadAll(
      `SELECT count(*)::INT AS rows, count(DISTINCT id)::INT AS ids, count(DISTINCT (visitor, seq))::INT AS numbered
       FROM read_parquet('${dir}/table=events/**/*.parquet') GROUP BY system IS NULL ORDER BY rows DESC`,
    );
    const n = events.length;
    const [sent, added] = result.getRowObjects();
    expect(sent).toEqual({ rows: n, ids: n, numbered: n });
    // Sessions that ended during the log are told of, each once.
    expect(added?.ids).toBe(added?.rows);
  });

  let model: SnapshotFiles;
  test("a model trained from those files is published and ranks through ONNX", async () => {
    const history: LogRecord[] = [];
    for await (const record of readLake(dir)) history.push(record);
    model = await train(buildHistory(history));
    await uploadSections(model);
    const answer = await system.request("/v1/snapshots", { json: { manifest: model.manifest } });
    expect(answer.status).toBe(201);
    const { version } = (await answer.json()) as { version: string };
    expect(version).toMatch(/^\d{4}-\d\d-\d\d\.1$/);
    const decision = await eventually(async () => {
      const next = await decide(system, {
        anonymousId: events[0]?.anonymousId,
        placements: RECOMMEND,
        ts: events[0]?.ts,
      });
      return next.degraded.length === 0 ? next : null;
    }, 20_000);
    expect(decision).toMatchObject({ snapshot: version, placements: { home: { strategy: "model" } } });
  });

  test("an event changes the very next decision of its visitor, and of nobody else", async () => {
    const ask = (anonymousId: string) => decide(system, { anonymousId, placements: RECOMMEND });
    const before = await ask("newcomer");
    const lamp = items.find(({ category }) => category === items[0]?.category);
    const touched = { type: "add_to_cart", anonymousId: "newcomer", items: [{ id: lamp?.id }] };
    await postEvents(system, { events: [{ ...touched, id: "touch-1" }] });
    const after = await ask("newcomer");
    expect(after.profile?.seq).toBe(1);
    expect(after.placements.home).toMatchObject({ strategy: "model" });
    expect(after.placements.home?.items).not.toEqual(before.placements.home?.items);
    const other = await ask("someone-else");
    expect(other.placements.home?.items.map(({ id }) => id)).toEqual(before.placements.home?.items.map(({ id }) => id));
    const told = await decide(system, {
      anonymousId: "newcomer",
      placements: RECOMMEND,
      event: { id: "touch-2", type: "view_item", items: [{ id: lamp?.id }] },
    });
    expect([told.event?.status, told.profile?.seq]).toEqual(["accepted", 2]);
  });

  test("a snapshot that does not fit is refused with the reason, and the champion stays", async () => {
    const { champion } = await registry();
    const post = (manifest: object) => system.request("/v1/snapshots", { json: { manifest } });
    const { manifest, files } = await snapshotParts();
    await problemOf(await post(manifest), 422, "snapshot_missing");
    await uploadSections({ manifest, files });
    const features = manifest.features.map((feature) => ({ ...feature, version: feature.version + 1 }));
    const older = await problemOf(
      await post({ ...manifest, features, featureHash: undefined }),
      422,
      "snapshot_features",
    );
    expect(older.detail).toMatch(/item_rate was trained at version/);
    await problemOf(await post({ ...manifest, format: 1 }), 422, "snapshot_version");
    await problemOf(await post({ ...manifest, items: 11 }), 422, "snapshot_corrupt");
    const { sha256 } = manifest.sections.catalogue;
    const cut = await system.request(`/v1/snapshots/sections/${sha256}`, {
      method: "PUT",
      body: files.catalogue.slice(1),
    });
    await problemOf(cut, 422, "section_corrupt");
    // An ONNX model over other columns than the features fill.
    const narrow = await snapshotParts(10);
    const swapped = { ...manifest.sections, onnx: manifest.sections.linear };
    await problemOf(await post({ ...narrow.manifest, sections: swapped }), 422, "snapshot_model");
    expect((await registry()).champion).toBe(champion);
  });

  test("a rollback brings the champion before back", async () => {
    const first = (await registry()).champion;
    const second = (await (await system.request("/v1/snapshots", { json: { manifest: model.manifest } })).json()) as {
      champion: string;
    };
    expect(second.champion).not.toBe(first);
    const back = await system.request("/v1/snapshots/rollback", { method: "POST" });
    expect(await back.json()).toMatchObject({ champion: first });
    await problemOf(await system.request("/v1/snapshots/rollback", { method: "POST" }), 409, "no_previous");
  });
});
