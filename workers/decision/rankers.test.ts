import { beforeEach, describe, expect, test, vi } from "vitest";
import { freshness } from "../../nowcast.config.ts";
import { manifestKey, pointerKey, sectionKey } from "../../src/snapshot/manifest.ts";
import { type SnapshotFiles, sectionFiles } from "../../src/training/snapshot-files.ts";
import { snapshotParts } from "../../tests/support/snapshot.ts";
import { type RankerSource, rankerFor } from "./rankers.ts";

/** R2 and KV in memory that count reads; a key in `broken` throws, as R2 does when it is away. */
class Storage {
  readonly objects = new Map<string, Uint8Array<ArrayBuffer> | string>();
  readonly broken = new Set<string>();
  r2Reads = 0;
  kvReads = 0;
  now = 1_000_000;
  readonly #background: Promise<unknown>[] = [];

  publish(site: string, version: string, { manifest, files }: SnapshotFiles): void {
    for (const { sha256, file } of sectionFiles({ manifest, files })) this.objects.set(sectionKey(sha256), file);
    this.objects.set(manifestKey(site, version), JSON.stringify(manifest));
    this.point(site, version);
  }

  point(site: string, champion: string, challengers: { version: string; share: number }[] = []): void {
    this.objects.set(pointerKey(site), JSON.stringify({ champion, challengers }));
  }

  /** Waits for the work that answers did not wait for. */
  async settle(): Promise<void> {
    while (this.#background.length > 0) await Promise.allSettled(this.#background.splice(0));
  }

  /** What the isolate is given. ONNX is left out: its module refuses to start and the twin goes on serving. */
  source(): RankerSource {
    const read = (key: string) => {
      if (this.broken.has(key)) throw new Error("R2 is away");
      return this.objects.get(key) ?? null;
    };
    const snapshots = {
      get: async (key: string) => {
        this.r2Reads++;
        const object = read(key);
        if (object === null) return null;
        return {
          json: async () => JSON.parse(object as string),
          arrayBuffer: async () => (object as Uint8Array<ArrayBuffer>).slice().buffer,
        };
      },
    };
    const siteConfig = {
      get: async (key: string) => {
        this.kvReads++;
        const value = read(key);
        return value === null ? null : JSON.parse(value as string);
      },
    };
    return {
      snapshots,
      siteConfig,
      wasm: {} as RankerSource["wasm"],
      idle: () => Promise.resolve(),
      waitUntil: (work) => void this.#background.push(work),
      clock: () => this.now,
    };
  }
}

const held = async (site: string, storage: Storage, visitor = "") => {
  const { ranker, reason } = await rankerFor(site, visitor, storage.source());
  return ranker?.snapshot.version ?? reason;
};

// What is refused is logged, and ONNX does not start here: expected, and asserted by what serves.
beforeEach(() => void vi.spyOn(console, "error").mockImplementation(() => {}));

describe("the rankers of an isolate", () => {
  test("a snapshot is loaded once; a warm decision reads neither R2 nor KV", async () => {
    const storage = new Storage();
    const parts = await snapshotParts();
    storage.publish("once", "2026-11-22.1", parts);
    const sections = sectionFiles(parts).length;
    expect(await Promise.all([held("once", storage), held("once", storage)])).toEqual(["2026-11-22.1", "2026-11-22.1"]);
    expect([storage.r2Reads, storage.kvReads]).toEqual([1 + sections, 1]);
    for (let i = 0; i < 10; i++) await held("once", storage);
    expect([storage.r2Reads, storage.kvReads]).toEqual([1 + sections, 1]);
  });

  test("without a publication a cold isolate asks once a second, not with every decision", async () => {
    const storage = new Storage();
    for (let i = 0; i < 5; i++) expect(await held("none", storage)).toBe("snapshot_missing");
    expect(storage.kvReads).toBe(1);
    storage.publish("none", "2026-11-22.1", await snapshotParts());
    storage.now += freshness.coldPointerMs;
    expect(await held("none", storage)).toBe("2026-11-22.1");
  });

  test("while R2 fails the reason is named, and the next try gets through", async () => {
    const storage = new Storage();
    const parts = await snapshotParts();
    storage.publish("away", "2026-11-22.1", parts);
    storage.broken.add(sectionKey(parts.manifest.sections.behaviour.sha256));
    expect(await held("away", storage)).toBe("snapshot_failed");
    storage.broken.clear();
    storage.now += freshness.coldPointerMs;
    expect(await held("away", storage)).toBe("2026-11-22.1");
  });

  test("a new version that does not fit is refused and the old one goes on", async () => {
    const storage = new Storage();
    storage.publish("refuse", "2026-11-22.1", await snapshotParts());
    expect(await held("refuse", storage)).toBe("2026-11-22.1");
    const { manifest, files } = await snapshotParts(12);
    const flipped = files.catalogue.slice();
    flipped[40] = (flipped[40] as number) ^ 1;
    const older = { ...manifest, features: manifest.features.map((feature) => ({ ...feature, version: 0 })) };
    const bad: SnapshotFiles[] = [
      { manifest, files: { ...files, catalogue: flipped } },
      { manifest: older, files },
      { manifest: { ...manifest, format: 1 as 2 }, files },
    ];
    for (const [i, parts] of bad.entries()) {
      storage.publish("refuse", `2026-11-22.${i + 2}`, parts);
      storage.now += freshness.pointerMs;
      await held("refuse", storage);
      await storage.settle();
      expect(await held("refuse", storage)).toBe("2026-11-22.1");
    }
    storage.publish("refuse", "2026-11-22.9", { manifest, files });
    storage.now += freshness.pointerMs;
    await held("refuse", storage);
    await storage.settle();
    expect(await held("refuse", storage)).toBe("2026-11-22.9");
  });

  test("a challenger that cannot be loaded does not keep a new champion from ranking", async () => {
    const storage = new Storage();
    storage.publish("broken-challenger", "2026-11-22.1", await snapshotParts(10));
    expect(await held("broken-challenger", storage)).toBe("2026-11-22.1");
    storage.publish("broken-challenger", "2026-11-22.2", await snapshotParts(12));
    storage.point("broken-challenger", "2026-11-22.2", [{ version: "nowhere", share: 0.5 }]);
    storage.now += freshness.pointerMs;
    await held("broken-challenger", storage);
    await storage.settle();
    for (let i = 0; i < 20; i++) expect(await held("broken-challenger", storage, `v${i}`)).toBe("2026-11-22.2");
  });

  test("an ONNX that does not start is told from one that is not warm yet", async () => {
    const storage = new Storage();
    storage.publish("no-onnx", "2026-11-22.1", await snapshotParts(10));
    const { ranker } = await rankerFor("no-onnx", "", storage.source());
    expect([ranker?.onnx, ranker?.onnxFailed]).toEqual([null, false]);
    await storage.settle();
    expect([ranker?.onnx, ranker?.onnxFailed]).toEqual([null, true]);
  });

  test("a challenger gets its share of the visitors, always the same ones", async () => {
    const storage = new Storage();
    storage.publish("share", "2026-11-22.1", await snapshotParts(10));
    storage.publish("share", "2026-11-22.2", await snapshotParts(12));
    storage.point("share", "2026-11-22.1", [{ version: "2026-11-22.2", share: 0.25 }]);
    const visitors = Array.from({ length: 400 }, (_, i) => `default:a:${i}`);
    const versions: unknown[] = [];
    for (const visitor of visitors) versions.push(await held("share", storage, visitor));
    const challenged = versions.filter((version) => version === "2026-11-22.2").length;
    expect(challenged).toBeGreaterThan(70);
    expect(challenged).toBeLessThan(130);
    for (const [i, visitor] of visitors.entries()) expect(await held("share", storage, visitor)).toBe(versions[i]);
    expect(await held("share", storage, "")).toBe("2026-11-22.1");
  });
});
