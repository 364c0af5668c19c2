import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { createRandom } from "../../src/kernels/random.ts";
import { SECTIONS, sectionsOf } from "../../src/snapshot/manifest.ts";
import { readManifest } from "../../src/snapshot/snapshot.ts";
import { buildHistory } from "../../src/training/history.ts";
import { writeSnapshotDir } from "../../src/training/snapshot-writer.ts";
import { train } from "../../src/training/train.ts";
import { trainWithReport } from "../../src/training/train-with-report.ts";
import { FakeNowcast } from "./fake-nowcast.ts";
import { publishSnapshot } from "./publish-snapshot.ts";

let dir: string;
let server: FakeNowcast;
/** Sections as the server has them, by hash. */
const sections = new Map<string, Uint8Array>();

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), "nowcast-"));
  const log = simulateLog({ seed: 1, endTs: Date.parse("2026-11-01T00:00:00Z"), shoppers: 6 });
  await writeSnapshotDir(dir, await train(buildHistory(log)));
});

afterAll(() => rmSync(dir, { recursive: true }));

beforeEach(async () => {
  sections.clear();
  server = new FakeNowcast(createRandom(1));
  const registry = { version: "2026-11-22.3", champion: "2026-11-22.3", challengers: [] };
  server.routes["POST /v1/snapshots"] = () => ({ status: 201, body: registry });
  server.fallback = ({ method, path, bytes }) => {
    const sha256 = path.split("/").at(-1) ?? "";
    if (method === "HEAD") return { status: sections.has(sha256) ? 200 : 404 };
    sections.set(sha256, bytes);
    return { status: 201, body: {} };
  };
  await server.start();
});

afterEach(() => server.stop());

test("sections go first, each under the hash of its bytes, then the manifest that names them", async () => {
  const { version } = await publishSnapshot(dir, server.client(), { share: 0.1 });
  expect(version).toBe("2026-11-22.3");
  expect(sections.size).toBeGreaterThanOrEqual(SECTIONS.length);
  const last = server.requests.at(-1);
  expect(last?.path).toBe("/v1/snapshots");
  expect(last?.json.share).toBe(0.1);
  const named = Object.values(last?.json.manifest.sections as Record<string, { sha256: string }>);
  expect(named.map(({ sha256 }) => sha256).sort()).toEqual([...sections.keys()].sort());
});

test("what was measured in the snapshot's place goes along, section by section", async () => {
  const folder = mkdtempSync(join(tmpdir(), "nowcast-"));
  try {
    const log = simulateLog({ seed: 2, endTs: Date.parse("2026-11-01T00:00:00Z"), shoppers: 40 });
    await writeSnapshotDir(folder, await trainWithReport(buildHistory(log), { rankers: ["linear"] }));
    await publishSnapshot(folder, server.client());
    const { manifest } = server.requests.at(-1)?.json ?? {};
    const candidate = readManifest(manifest.candidate);
    expect(candidate.id).not.toBe(manifest.id);
    expect(candidate.training.until).toBeLessThan(manifest.training.until);
    for (const [, { sha256 }] of [...sectionsOf(manifest), ...sectionsOf(candidate)]) {
      expect(sections.has(sha256)).toBe(true);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("sections that the server has are not sent again", async () => {
  await publishSnapshot(dir, server.client());
  const sent: string[] = [];
  await publishSnapshot(dir, server.client(), { onSection: (name, _, now) => now && sent.push(name) });
  expect(sent).toEqual([]);
});

test("a refusal carries the server's reason", async () => {
  const detail = "The snapshot was refused: features differ";
  server.routes["POST /v1/snapshots"] = () => ({ status: 422, body: { code: "snapshot_features", detail } });
  await expect(publishSnapshot(dir, server.client())).rejects.toThrow(`422 snapshot_features: ${detail}`);
});

test("a folder that is no snapshot is named, and nothing is sent", async () => {
  await expect(publishSnapshot(join(dir, "nowhere"), server.client())).rejects.toThrow("manifest.json is not there");
  const broken = mkdtempSync(join(tmpdir(), "nowcast-"));
  writeFileSync(join(broken, "manifest.json"), "{");
  await expect(publishSnapshot(broken, server.client())).rejects.toThrow("is not JSON");
  rmSync(broken, { recursive: true });
  expect(server.requests).toEqual([]);
});
