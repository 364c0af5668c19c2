// A version as an isolate loads it: its manifest, and of its sections those that are not held yet, each read into the memory
// where it stays. One after the other: what reading and checking need for a moment is needed once.
import { scannableBuffer } from "../kernels/row-scan.ts";
import { manifestKey, type SectionName, type SnapshotManifest, sectionKey, sectionsOf } from "./manifest.ts";
import { decodePart, type Parts, type Sizes, shapeOf } from "./parts.ts";
import { readSection } from "./read-section.ts";
import type { SectionStore } from "./section-store.ts";
import { assembleSnapshot, checkManifest, readManifest, type Snapshot, sizesOf } from "./snapshot.ts";
import { SnapshotError } from "./tensor-file.ts";

/** R2, or a double. */
export interface SnapshotBucket {
  get(key: string): Promise<{
    /** Bytes. */
    readonly size: number;
    json(): Promise<unknown>;
    readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  } | null>;
}

export interface SnapshotSource {
  readonly snapshots: SnapshotBucket;
  readonly sections: SectionStore;
  /** src/kernels/simd.wasm: vectors are read into its memory. Without it they are scanned by the plain twin. */
  readonly scan: WebAssembly.Module | null;
}

export interface LoadedSnapshot {
  readonly snapshot: Snapshot;
  /** Gives its sections back. May be called twice. */
  release(): void;
}

/** @throws SnapshotError `snapshot_missing` without such a version; what reading it throws */
export async function loadManifest(site: string, version: string, bucket: SnapshotBucket): Promise<SnapshotManifest> {
  const stored = await bucket.get(manifestKey(site, version));
  if (stored === null) throw new SnapshotError("snapshot_missing", `there is no snapshot ${version} of site ${site}`);
  return readManifest(await stored.json());
}

/** Bytes of a version's sections that would have to be read. */
export function missingBytes(manifest: SnapshotManifest, sections: SectionStore): number {
  const sizes = sizesOf(manifest);
  const missing = sectionsOf(manifest).filter(
    ([name, { sha256 }]) => sections.get(keyOf(name, sha256, sizes)) === undefined,
  );
  return missing.reduce((sum, [, { bytes }]) => sum + bytes, 0);
}

/**
 * Reads, verifies and decodes; nothing is held when that fails.
 * @throws SnapshotError naming the section and tensor that does not fit, or `snapshot_missing`
 */
export async function loadSnapshot(
  manifest: SnapshotManifest,
  version: string,
  source: SnapshotSource,
): Promise<LoadedSnapshot> {
  const { sections } = source;
  const sizes = sizesOf(manifest);
  await checkManifest(manifest);
  const parts: Partial<Record<SectionName, unknown>> = {};
  const wanted = sectionsOf(manifest).map(([name, { sha256, bytes }]) => ({
    name,
    bytes,
    key: keyOf(name, sha256, sizes),
  }));
  for (const { name, key } of wanted)
    parts[name] = sections.get(key) ?? (await readPart(name, manifest, version, source));
  // Another load may have brought the same sections meanwhile: theirs stay, ours go.
  for (const { name, key, bytes } of wanted) parts[name] = sections.hold(key, bytes, parts[name]);
  let held = true;
  return {
    snapshot: assembleSnapshot(manifest, parts as Parts, version),
    release() {
      if (held) for (const { key } of wanted) sections.giveBack(key);
      held = false;
    },
  };
}

/** The same bytes read in another shape are another section: they were not checked against it. */
function keyOf(name: SectionName, sha256: string, sizes: Sizes): string {
  return `${name} ${sha256} ${JSON.stringify(shapeOf(name, sizes))}`;
}

async function readPart(
  name: SectionName,
  manifest: SnapshotManifest,
  version: string,
  { snapshots, scan }: SnapshotSource,
): Promise<unknown> {
  const { sha256, bytes } = manifest.sections[name] as { sha256: string; bytes: number };
  const stored = await snapshots.get(sectionKey(sha256));
  if (stored === null) throw new SnapshotError("snapshot_missing", `section ${name} of ${version} is not in R2`);
  // Before there is memory for it: a manifest may say anything.
  if (stored.size !== bytes) {
    const problem = `${name}: ${stored.size} bytes, the manifest says ${bytes}`;
    throw new SnapshotError("snapshot_corrupt", problem);
  }
  const scanned = name === "behaviour" || name === "content";
  const into = scanned && scan !== null ? scannableBuffer(scan, bytes) : new Uint8Array(bytes);
  await readSection(name, stored.body, sha256, into);
  return decodePart(name, into, sizesOf(manifest));
}
