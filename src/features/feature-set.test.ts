import { beforeAll, describe, expect, test } from "vitest";
import { features as registry } from "../../nowcast.config.ts";
import { EVERY_FEATURE, everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import { featureInput } from "../../tests/support/feature-input.ts";
import { snapshotParts } from "../../tests/support/snapshot.ts";
import { utf8 } from "../kernels/bytes.ts";
import { sha256Hex } from "../kernels/digest.ts";
import { createRanker } from "../ranking/ranker.ts";
import { featureHash } from "../snapshot/manifest.ts";
import { decodeSnapshot, type Snapshot } from "../snapshot/snapshot.ts";
import { listSize, numberField, oneHot } from "./attributes.ts";
import { crossed } from "./crossed.ts";
import { country, device } from "./decision-context.ts";
import type { Feature } from "./feature.ts";
import { FeatureSet, matchFeatures } from "./feature-set.ts";
import { interactedWith } from "./interacted-with.ts";
import { rate } from "./item-rates.ts";
import { queryMatch } from "./query-match.ts";
import { interactionCounts, segments } from "./visit.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

test("the columns of the default list have names of their own, and the hash is that of the list in its order", async () => {
  const set = new FeatureSet(registry);
  expect(new Set(set.columnNames).size).toBe(set.width);
  const hash = await featureHash(set.entries());
  expect(await featureHash(new FeatureSet(registry.toReversed()).entries())).not.toBe(hash);
  for (const change of [{ name: "x" }, { version: 99 }, { width: 99 }, { digest: "0123456789abcdef" }]) {
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

  const price = numberField("price");
  test.each<[string, Feature, Feature]>([
    ["values of a one-hot", oneHot("brand", ["a", "b"]), oneHot("brand", ["b", "a"])],
    ["countries", country(["AT", "DE"]), country(["AT", "CH"])],
    ["types of events", interactionCounts(["view_item"]), interactionCounts(["purchase"])],
    ["segments", segments(["new"]), segments(["loyal"])],
    ["priors", rate({ of: "carts", per: "clicks" }), rate({ of: "carts", per: "clicks", prior: 100 })],
    ["kinds of a field", interactedWith("tags"), interactedWith("tags", "list")],
    ["scales", numberField("x.signed_log"), numberField("x", { scale: "signed_log" })],
    [
      "versions of crossed features",
      crossed({ ...device, version: 1 }, { ...price, version: 1001 }),
      crossed({ ...device, version: 2 }, price),
    ],
    [
      "parameters of crossed features",
      crossed(price, rate({ of: "carts", per: "clicks" })),
      crossed(price, rate({ of: "carts", per: "clicks", prior: 100 })),
    ],
  ])("when it was trained with other %s, which name, version and width do not tell", async (_, trained, served) => {
    expect([served.name, served.version, served.columns.length]).toEqual([
      trained.name,
      trained.version,
      trained.columns.length,
    ]);
    const entries = new FeatureSet([trained]).entries();
    expect(() => matchFeatures(entries, [served])).toThrow(/with other columns or parameters/);
    expect(matchFeatures(entries, [trained]).features).toEqual([trained]);
    expect(await featureHash(entries)).not.toBe(await featureHash(new FeatureSet([served]).entries()));
  });

  test("when a name stands twice, in this build's list or in its own", () => {
    const [first, ...rest] = registry as readonly [Feature, ...Feature[]];
    expect(() => matchFeatures(known, [...registry, first])).toThrow(/item_rate stands twice in this build's list/);
    expect(() => matchFeatures([...known, ...known.slice(0, 1)], registry)).toThrow(/twice in the manifest/);
    expect(() => new FeatureSet([first, ...rest, first])).toThrow(/item_rate stands twice/);
  });

  test("but one of an older build, whose features have no digest, is compared as it was before", async () => {
    const older = known.map(({ digest: _, ...entry }) => entry);
    expect(matchFeatures(older, registry).columnNames).toEqual(new FeatureSet(registry).columnNames);
    const text = older.map(({ name, version, width }) => `${name}@${version}:${width}`).join("\n");
    expect(await featureHash(older)).toBe(await sha256Hex(utf8(text)));
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
