import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { features } from "../../nowcast.config.ts";
import { ItemTable } from "../../src/catalog/item-table.ts";
import { decisionRows, type LoggedDecision } from "../../src/lake/decision-rows.ts";
import { epochKey, partitionKey } from "../../src/lake/keys.ts";
import type { Table } from "../../src/lake/message.ts";
import { encodeParquet } from "../../src/lake/parquet.ts";
import type { LakeRow } from "../../src/lake/tables.ts";
import { decodeView, encodeViewOf } from "../../src/profile/view-codec.ts";
import { decide, type Workings } from "../../src/ranking/decide.ts";
import { createRanker } from "../../src/ranking/ranker.ts";
import { decodeSnapshot } from "../../src/snapshot/snapshot.ts";
import { sectionFiles } from "../../src/training/snapshot-files.ts";
import { sectionPath } from "../../src/training/snapshot-writer.ts";
import { CONFIG, event, foldAll, T0 } from "../../tests/support/folding.ts";
import { bareRow, deltaOf } from "../../tests/support/item-events.ts";
import { snapshotParts } from "../../tests/support/snapshot.ts";
import { loggedDecision } from "../../workers/decision/decision-log.ts";
import { runCli } from "../run.ts";

const VISITOR = "default:a:x";
let dir: string;
let decision: LoggedDecision;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nowcast-parity-"));
  decision = await serveOnce();
});
afterAll(() => rm(dir, { recursive: true }));

async function write(path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}

async function writeTable(lake: string, table: Table, rows: readonly object[]): Promise<void> {
  const file = encodeParquet(table, rows as LakeRow[]);
  await write(join(lake, partitionKey(table, "default", T0, "log-0", 1)), new Uint8Array(file));
}

/** One visitor, one decision: its lake in `lake`, its snapshot in `model`. */
async function serveOnce(): Promise<LoggedDecision> {
  const parts = await snapshotParts();
  for (const { name, file } of sectionFiles(parts)) await write(sectionPath(join(dir, "model"), name), file);
  await write(join(dir, "model/manifest.json"), new TextEncoder().encode(JSON.stringify(parts.manifest)));
  const delta = deltaOf(0, 1, [
    bareRow(
      { id: "sku-1", deleted: false, available: true, price: 5, category: "lamps" },
      { impressions: 4, clicks: 1 },
    ),
  ]);
  await write(join(dir, "lake", epochKey("default", 1)), delta);
  const events = ["sku-1", "sku-4"].map((id, i) => event("select_item", T0 + i, { seq: i + 1, items: [{ id }] }));
  await writeTable(
    join(dir, "lake"),
    "events",
    events.map((row) => ({ ...row, visitor: VISITOR })),
  );

  const items = new ItemTable();
  items.apply(delta);
  const now = T0 + 1000;
  const view = encodeViewOf(foldAll(events), now, CONFIG);
  const context = { country: "AT" };
  const observed: Workings[] = [];
  const { placements } = await decide({
    placements: { home: { type: "recommend", count: 4 } },
    view: decodeView(view),
    context,
    knowledge: "profile",
    ranker: createRanker(await decodeSnapshot(parts.manifest, parts.files, "2026-11-22.1"), features),
    items,
    now,
    explain: false,
    clock: () => now,
    observe: (workings) => observed.push(workings),
  });
  const known = { visitor: VISITOR, seq: 2, knowledge: "profile", view, context, ts: now } as const;
  const answered = { placements, degraded: [], snapshot: "2026-11-22.1", itemEpoch: 1 };
  const logged = loggedDecision({ key: "00000000000000aa", ...known, ...answered }, observed[0] ?? null);
  await writeTable(join(dir, "lake"), "decisions", decisionRows(logged, T0));
  return logged;
}

/** @param args after `parity` */
async function parity(...args: string[]) {
  const { write } = process.stdout;
  let out = "";
  let error = "";
  process.stdout.write = (text) => {
    out += text;
    return true;
  };
  try {
    const commands = { parity: { description: "", load: () => import("./parity.ts") } };
    const code = await runCli("nowcast", commands, ["parity", ...args], {
      out: () => {},
      error(text) {
        error += text;
      },
      debug: false,
    });
    return { code, out, error };
  } finally {
    process.stdout.write = write;
  }
}

test("a lake that gives what was served ends with 0 and tells how much was compared", async () => {
  const at = ["--lake", join(dir, "lake"), "--snapshot", join(dir, "model")];
  const told = await parity(...at);
  expect(told).toMatchObject({ code: 0, error: "" });
  expect(told.out).toMatch(/^1 decisions of 1 visitors, \d+ rows/);
  expect(told.out).toContain("Every bit is the same.");
  const json = JSON.parse((await parity(...at, "--json")).out);
  expect(json).toMatchObject({ equal: true, decisions: 1, valuesDiffering: 0, skipped: {} });
});

test("one other bit ends with 1 and is named", async () => {
  const lake = join(dir, "lake");
  const [home] = decision.placements;
  const bits = new Uint32Array((home?.features ?? new Float32Array(0)).slice().buffer);
  bits[0] = (bits[0] as number) ^ 1;
  const skewed = { ...decision, placements: [{ ...home, features: new Float32Array(bits.buffer) }] } as LoggedDecision;
  await writeTable(lake, "decisions", decisionRows(skewed, T0));
  const { code, out, error } = await parity("--lake", lake, "--snapshot", join(dir, "model"));
  expect(code).toBe(1);
  expect(out).toContain("1 values in 1 rows and 0 views differ");
  expect(out).toContain(`${VISITOR} at seq 2, home, ${home?.candidates[0]?.id}: ${features[0]?.columns[0]} was`);
  expect(error).toBe("nowcast parity: 1 decisions have other numbers in the lake\n");
});

test("nothing to compare is no success, and wrong use is told apart", async () => {
  const other = await snapshotParts(12);
  for (const { name, file } of sectionFiles(other)) await write(sectionPath(join(dir, "other"), name), file);
  await write(join(dir, "other/manifest.json"), new TextEncoder().encode(JSON.stringify(other.manifest)));
  const unknown = await parity("--lake", join(dir, "lake"), "--snapshot", join(dir, "other"));
  expect(unknown).toMatchObject({ code: 1, error: "nowcast parity: there was no decision to compare\n" });
  expect(unknown.out).toContain("not compared: snapshot_not_given 1");
  expect(await parity("--lake", join(dir, "lake"), "--snapshot", ",")).toMatchObject({ code: 2 });
  expect(await parity("--lake", join(dir, "nowhere"), "--snapshot", join(dir, "model"))).toMatchObject({ code: 1 });
});
