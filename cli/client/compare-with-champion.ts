// A new snapshot beside the one that ranks now: fetches the champion from the running system and ranks the lists that
// training held back with both. For a snapshot that has learned from its own held-out lists the candidate stands in that has
// not: like is compared with like, and none is measured on what it has seen.
import type { Feature } from "../../src/features/feature.ts";
import { matchFeatures } from "../../src/features/feature-set.ts";
import { type SnapshotManifest, sectionsOf } from "../../src/snapshot/manifest.ts";
import { decodeSnapshot, readManifest, type SectionFiles, type Snapshot } from "../../src/snapshot/snapshot.ts";
import { SnapshotError } from "../../src/snapshot/tensor-file.ts";
import { type Compared, compareSnapshots, type NotCompared } from "../../src/training/compare-snapshots.ts";
import { readHeldOut } from "../../src/training/held-out-file.ts";
import { type SnapshotFiles, sectionFiles } from "../../src/training/snapshot-files.ts";
import { readCandidate, readSnapshotFiles } from "../../src/training/snapshot-writer.ts";
import type { Client } from "./client.ts";
import { RefusedError } from "./transport.ts";

/** `failed`: it was forced, and comparing broke off. */
export type Comparison =
  | Compared
  | { readonly reason: NotCompared["reason"] | "same_snapshot" | "failed"; readonly detail: string };

export interface CompareOptions {
  /** Those of this build. */
  readonly features: readonly Feature[];
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * @param dir as `nowcast train --out` wrote it
 * @throws SnapshotError for a folder that is no snapshot, and `holdout_corrupt`; RefusedError and UnreachableError
 */
export async function compareWithChampion(dir: string, client: Client, options: CompareOptions): Promise<Comparison> {
  const own = await readSnapshotFiles(dir);
  const heldOut = await readHeldOut(dir, own.manifest.id);
  const { champion: version } = await client.registry();
  if (version === null) return { reason: "first_publication", detail: "there is no champion yet" };
  if (heldOut === null) return { reason: "no_holdout", detail: "training held no lists back" };
  const manifest = await championManifest(client, version);
  if ("reason" in manifest) return manifest;
  if (manifest.id === own.manifest.id) {
    return { reason: "same_snapshot", detail: `the champion ${version} is this very snapshot` };
  }
  const measured = manifest.candidate ?? manifest;
  const unrankable = reasonNotToRank(measured, options.features);
  if (unrankable !== null) return unrankable;
  const candidate = (await readCandidate(dir, own.manifest)) ?? own;
  const challenger = await decodeSnapshot(candidate.manifest, candidate.files);
  const load = (): Promise<Snapshot> => fetchSnapshot(client, version, measured, [own, candidate]);
  return compareSnapshots(heldOut, { manifest: measured, load }, challenger, options);
}

/** One line for people. */
export function describeComparison(comparison: Comparison): string {
  if ("reason" in comparison) return `not compared with a champion: ${comparison.detail}`;
  const { metric, lists, champion, challenger, delta, ci95 } = comparison;
  const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(4)}`;
  return (
    `${metric.toUpperCase()} on ${lists} lists that neither learned from: ${challenger.toFixed(4)}, champion ` +
    `${champion.toFixed(4)}, difference ${signed(delta)} [${ci95.map(signed).join(", ")}]`
  );
}

async function championManifest(client: Client, version: string): Promise<SnapshotManifest | NotCompared> {
  try {
    return readManifest(await client.manifest(version));
  } catch (error) {
    // A server of before has no such route; a snapshot of another format cannot be ranked with here.
    if (error instanceof RefusedError && error.status === 404) {
      return { reason: "champion_unknown", detail: `the server does not hand out the champion ${version}` };
    }
    if (error instanceof SnapshotError) {
      return {
        reason: "champion_unrankable",
        detail: `the champion cannot be ranked with here: ${error.code}: ${error.message}`,
      };
    }
    throw error;
  }
}

/** Whether this build lacks features of the champion: told by the manifest alone. */
function reasonNotToRank({ features }: SnapshotManifest, registry: readonly Feature[]): NotCompared | null {
  try {
    matchFeatures(features, registry);
    return null;
  } catch (error) {
    if (!(error instanceof SnapshotError)) throw error;
    return { reason: "champion_unrankable", detail: `the champion cannot be ranked with here: ${error.message}` };
  }
}

/** Sections that the folder has, byte for byte, are not fetched. */
async function fetchSnapshot(
  client: Client,
  version: string,
  manifest: SnapshotManifest,
  own: readonly SnapshotFiles[],
): Promise<Snapshot> {
  const known = new Map(own.flatMap(sectionFiles).map(({ sha256, file }) => [sha256, file]));
  const files: Record<string, Uint8Array<ArrayBuffer>> = {};
  for (const [name, { sha256 }] of sectionsOf(manifest)) {
    files[name] = known.get(sha256) ?? (await client.section(sha256));
  }
  return decodeSnapshot(manifest, files as unknown as SectionFiles, version);
}
