// The features that a ranker sees, in the order of its columns, and the matrix they fill. A snapshot names its features
// with their versions and what they were made with; a set is made for exactly that list or not at all.
import type { Requirement } from "../snapshot/attributes.ts";
import type { FeatureEntry } from "../snapshot/manifest.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { SnapshotError } from "../snapshot/tensor-file.ts";
import type { Feature, FeatureInput, Stage } from "./feature.ts";
import { digestOf, entryOf, repeatedName } from "./feature-entry.ts";

export class FeatureSet {
  readonly features: readonly Feature[];
  /** Columns of the matrix. */
  readonly width: number;
  readonly columnNames: readonly string[];
  /** Columns that the first pass of a cascade fills, ascending. */
  readonly firstColumns: Int32Array;

  /** @throws RangeError naming a feature that stands twice */
  constructor(features: readonly Feature[]) {
    const twice = repeatedName(features);
    if (twice !== undefined) throw new RangeError(`feature ${twice} stands twice in the list`);
    this.features = features;
    this.columnNames = features.flatMap((feature) => feature.columns);
    this.width = this.columnNames.length;
    const passes = features.flatMap((feature) => feature.columns.map(() => passOf(feature)));
    this.firstColumns = Int32Array.from(passes.flatMap((pass, column) => (pass === "first" ? column : [])));
  }

  /** The list as it stands in a manifest. */
  entries(): FeatureEntry[] {
    return this.features.map(entryOf);
  }

  /** The direction of each column, see Feature.monotone; 0 where it is free. */
  directions(): Int8Array {
    return Int8Array.from(
      this.features.flatMap(({ columns, monotone }): readonly number[] => monotone ?? columns.map(() => 0)),
    );
  }

  /** Where the columns of each feature stand in the matrix, from … to − 1, and what it costs. */
  spans(): { readonly name: string; readonly from: number; readonly to: number; readonly cost: number }[] {
    let to = 0;
    return this.features.map(({ name, columns, cost }) => {
      const from = to;
      to += columns.length;
      return { name, from, to, cost };
    });
  }

  /** Those of the features that have one of the columns. */
  withColumns(columns: ArrayLike<number>): FeatureSet {
    const wanted = new Set(Array.from(columns));
    const spans = this.spans();
    return new FeatureSet(this.features.filter((_, index) => wanted.has(spans[index]?.from ?? -1)));
  }

  /** What a snapshot for these features must carry, without repeats. */
  requirements(): Requirement[] {
    const all = this.features.flatMap(({ requires = [] }) => requires);
    return [...new Map(all.map((requirement) => [`${requirement.kind} ${requirement.field}`, requirement])).values()];
  }

  /** Fills the columns of one pass of a cascade: those that are cheap and do not depend on other rows, then the rest. */
  fillPass(input: FeatureInput, out: Float32Array, pass: "first" | "rest"): void {
    let column = 0;
    for (const feature of this.features) {
      if (passOf(feature) === pass) feature.fill(input, out, column, this.width);
      column += feature.columns.length;
    }
  }

  /**
   * Fills rows × width float32, row-major.
   * @param out at least `candidates.count × width` long
   * @param stage only the columns of its features; all by default
   */
  fill(input: FeatureInput, out: Float32Array, stage?: Stage): void {
    let column = 0;
    for (const feature of this.features) {
      if (stage === undefined || feature.stage === stage) feature.fill(input, out, column, this.width);
      column += feature.columns.length;
    }
  }
}

function passOf({ stage, listwise }: Feature): "first" | "rest" {
  return stage === "first" && !listwise ? "first" : "rest";
}

/**
 * The features that a snapshot was trained on, out of those that this code has.
 * @throws SnapshotError `snapshot_features` naming the first that is missing, stands twice, or is of another version or
 *   width, or was made with other columns or parameters (which snapshots without digests do not tell)
 */
export function matchFeatures(wanted: readonly FeatureEntry[], registry: readonly Feature[]): FeatureSet {
  for (const [list, whose] of [
    [registry, "in this build's list"],
    [wanted, "in the manifest"],
  ] as const) {
    const twice = repeatedName(list);
    if (twice !== undefined) throw mismatch(twice, `stands twice ${whose}`);
  }
  const known = new Map(registry.map((feature) => [feature.name, feature]));
  return new FeatureSet(
    wanted.map(({ name, version, width, digest }) => {
      const feature = known.get(name);
      if (feature === undefined) throw mismatch(name, "is not known to this build");
      if (feature.version !== version)
        throw mismatch(name, `was trained at version ${version}, this build has ${feature.version}`);
      if (feature.columns.length !== width)
        throw mismatch(name, `was trained ${width} wide, this build has ${feature.columns.length}`);
      if (digest !== undefined && digest !== digestOf(feature))
        throw mismatch(name, "was trained with other columns or parameters than this build has");
      return feature;
    }),
  );
}

/** @throws SnapshotError `snapshot_features` naming the first field that a feature requires and `snapshot` does not carry */
export function checkRequirements(features: FeatureSet, { attributes }: Snapshot): void {
  for (const { name, requires = [] } of features.features) {
    const missing = requires.find(({ kind, field }) => !attributes[kind].has(field));
    if (missing !== undefined) {
      throw mismatch(name, `requires ${missing.field} as ${missing.kind}, which the snapshot does not carry`);
    }
  }
}

function mismatch(name: string, problem: string): SnapshotError {
  return new SnapshotError("snapshot_features", `feature ${name} ${problem}`);
}
