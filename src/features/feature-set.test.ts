import { beforeAll, describe, expect, test } from "vitest";
import { features as registry } from "../../nowcast.config.ts";
import { EVERY_FEATURE, everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import { featureInput } from "../../tests/support/feature-input.ts";
import { snapshotParts } from "../../tests/support/snapshot.ts";
import { createRanker } from "../ranking/ranker.ts";
import { featureHash } from "../snapshot/manifest.ts";
import { decodeSnapshot, type Snapshot } from "../snapshot/snapshot.ts";
import { listSize } from "./attributes.ts";
import type { Feature } from "./feature.ts";
import { FeatureSet, matchFeatures } from "./feature-set.ts";
import { queryMatch } from "./query-match.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

test("the columns of the default list have names of their own, and the hash is that of the list in its order", async () => {
  const set = new FeatureSet(registry);
  expect(new Set(set.columnNames).size).toBe(set.width);
  const hash = await featureHash(set.entries());
  expect(await featureHash(new FeatureSet(registry.toReversed()).entries())).not.toBe(hash);
  for (const change of [{ name: "x" }, { version: 99 }, { width: 99 }]) {
    const entries = set.entries().map((entry, i) => (i === 0 ? { ...entry, ...change } : entry));
    expect(await featureHash(entries)).not.toBe(hash);
  }
});

describe("filling by stage", () => {
  test("writes the columns of the stage and leaves the others as they are", () => {
    const set = new FeatureSet(EVERY_FEATURE);
    const input = featureInput({ snapshot, ids: ["sku-1", "sku-2"], query: "wool rug" });
    const at = (stage: string): boolean[] =>
      set.features.flatMap((feature) => feature.columns.map(() => feature.stage === stage));
    for (const stage of ["first", "text"] as const) {
      const matrix = new Float32Array(2 * set.width).fill(Number.NaN);
      set.fill(input, matrix, stage);
      expect(Array.from(matrix, (value) => !Number.isNaN(value))).toEqual([...at(stage), ...at(stage)]);
    }
  });

  test("both stages together give what filling at once gives", () => {
    const set = new FeatureSet(EVERY_FEATURE);
    const input = featureInput({ snapshot, ids: ["sku-1", "sku-2"], query: "wool rug" });
    const [whole, staged] = [new Float32Array(2 * set.width), new Float32Array(2 * set.width)];
    set.fill(input, whole);
    set.fill(input, staged, "first");
    set.fill(input, staged, "text");
    expect(staged).toEqual(whole);
  });
});

describe("a snapshot is not ranked with", () => {
  const known = new FeatureSet(registry).entries();
  const change = (entry: object) => known.map((feature, i) => (i === 0 ? { ...feature, ...entry } : feature));

  test.each([
    ["a feature that this build does not have", { name: "gone" }, /gone is not known/],
    ["another version of one", { version: 99 }, /trained at version 99/],
    ["another width of one", { width: 99 }, /trained 99 wide/],
  ])("when it was trained on %s", (_, entry, message) => {
    expect(() => matchFeatures(change(entry), registry)).toThrow(message);
    expect(() => matchFeatures(change(entry), registry)).toThrow(
      expect.objectContaining({ code: "snapshot_features" }),
    );
  });

  test("when it does not carry what a feature requires", async () => {
    const bare = await snapshotParts(10, {}, [listSize("tags")]);
    const features: Feature[] = [{ ...listSize("tags"), requires: queryMatch("title").requires ?? [] }];
    const decoded = await decodeSnapshot(bare.manifest, bare.files);
    expect(() => createRanker(decoded, features)).toThrow(/requires title as text, which the snapshot does not carry/);
    expect(createRanker(decoded, [listSize("tags")]).features.width).toBe(1);
  });

  test("when its list of features is not that of the manifest's hash", async () => {
    const { manifest, files } = await snapshotParts();
    const features = manifest.features.map((feature) => ({ ...feature, version: feature.version + 1 }));
    await expect(decodeSnapshot({ ...manifest, features }, files)).rejects.toMatchObject({ code: "snapshot_corrupt" });
  });
});

test("what several features require is asked for once", () => {
  const requirements = new FeatureSet(EVERY_FEATURE).requirements();
  expect(requirements).toContainEqual({ kind: "name", field: "brand" });
  const names = requirements.map(({ kind, field }) => `${kind} ${field}`);
  expect(new Set(names).size).toBe(names.length);
});
