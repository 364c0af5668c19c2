// A snapshot as a folder: DIR/manifest.json, DIR/sections/<name>.safetensors (the ranker as ranker.onnx), DIR/report.json, and
// of a training with a full report DIR/report.html and the lists that were held back, DIR/holdout.bin. Where the snapshot has
// learned from those too, DIR/candidate is the one of the same recipe that has not: what publication measures.
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type SectionName, type SnapshotManifest, sectionsOf } from "../snapshot/manifest.ts";
import { decodeSnapshot, readManifest, type SectionFiles, type Snapshot } from "../snapshot/snapshot.ts";
import { SnapshotError } from "../snapshot/tensor-file.ts";
import type { HeldOut } from "./held-out.ts";
import { readHeldOut, writeHeldOut } from "./held-out-file.ts";
import { inScannableMemory } from "./node-scan.ts";
import { renderReport } from "./report/page.ts";
import { type SnapshotFiles, sectionFiles } from "./snapshot-files.ts";
import type { FullReport } from "./train-with-report.ts";
import type { TrainingReport } from "./training-report.ts";

/** Where a section's file is in the folder of a snapshot. */
export function sectionPath(dir: string, name: SectionName): string {
  return join(dir, "sections", name === "onnx" ? "ranker.onnx" : `${name}.safetensors`);
}

/** Writes what training made; the manifest last, so that a folder with one is whole. */
export async function writeSnapshotDir(
  dir: string,
  trained: SnapshotFiles & {
    readonly report: TrainingReport | FullReport;
    readonly heldOut?: HeldOut | null;
    readonly candidate?: SnapshotFiles | null;
  },
): Promise<void> {
  const { candidate = null, heldOut = null, manifest, report } = trained;
  await rm(candidateDir(dir), { recursive: true, force: true });
  if (candidate !== null) await writeFiles(candidateDir(dir), candidate);
  await writeSections(dir, trained);
  await writeHeldOut(dir, heldOut, manifest.id);
  await writeReport(dir, report, manifest);
  await writeManifest(dir, manifest);
}

const candidateDir = (dir: string): string => join(dir, "candidate");

/** A snapshot and nothing else. */
async function writeFiles(dir: string, snapshot: SnapshotFiles): Promise<void> {
  await writeSections(dir, snapshot);
  await writeManifest(dir, snapshot.manifest);
}

async function writeSections(dir: string, snapshot: SnapshotFiles): Promise<void> {
  await mkdir(join(dir, "sections"), { recursive: true });
  for (const { name, file } of sectionFiles(snapshot)) await writeFile(sectionPath(dir, name), file);
}

function writeManifest(dir: string, manifest: SnapshotManifest): Promise<void> {
  return writeFile(join(dir, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** As JSON, and a full report as a page too. */
async function writeReport(
  dir: string,
  report: TrainingReport | FullReport,
  { features }: Pick<SnapshotManifest, "features">,
): Promise<void> {
  await writeFile(join(dir, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  const page = join(dir, "report.html");
  if ("heldOut" in report) await writeFile(page, renderReport(report, features));
  else await rm(page, { force: true });
}

/**
 * Puts a snapshot with another ranker into the folder of `before`, whose lists held back and report stay, the report with
 * `adopted` added.
 * @param candidate what `readCandidate` gave, with the same ranker
 */
export async function replaceRanker(
  dir: string,
  before: string,
  after: SnapshotFiles,
  adopted: unknown,
  candidate: SnapshotFiles | null,
): Promise<void> {
  const heldOut = await readHeldOut(dir, before);
  const report = JSON.parse(new TextDecoder().decode(await readOrExplain(join(dir, "report.json")))) as TrainingReport;
  for (const name of ["linear", "onnx", "trees"] as const) {
    const file = after.files[name];
    if (file === undefined) await rm(sectionPath(dir, name), { force: true });
    else await writeFile(sectionPath(dir, name), file);
  }
  if (candidate !== null) {
    await rm(candidateDir(dir), { recursive: true });
    await writeFiles(candidateDir(dir), candidate);
  }
  await writeHeldOut(dir, heldOut, after.manifest.id);
  await writeReport(dir, { ...report, adopted }, after.manifest);
  await writeManifest(dir, candidate === null ? after.manifest : { ...after.manifest, candidate: candidate.manifest });
}

/**
 * Reads and verifies a snapshot.
 * @throws SnapshotError `snapshot_missing` when a file is not there, and what reading the sections throws
 */
export async function readSnapshotDir(dir: string): Promise<Snapshot> {
  const { manifest, files } = await readSnapshotFiles(dir);
  return decodeSnapshot(manifest, files);
}

/** The files of a snapshot as they are, to send them on. @throws as `readSnapshotDir`, without decoding the sections */
export async function readSnapshotFiles(dir: string): Promise<SnapshotFiles> {
  const text = new TextDecoder().decode(await readOrExplain(join(dir, "manifest.json")));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SnapshotError("snapshot_corrupt", `${join(dir, "manifest.json")} is not JSON`, { cause });
  }
  const manifest = readManifest(value);
  const files: Partial<Record<SectionName, Uint8Array<ArrayBuffer>>> = {};
  for (const [name] of sectionsOf(manifest)) {
    const file = await readOrExplain(sectionPath(dir, name));
    files[name] = name === "behaviour" || name === "content" ? inScannableMemory(file) : file;
  }
  return { manifest, files: files as SectionFiles };
}

/**
 * The snapshot of the same recipe that has not learned from the lists held back: what to measure in place of the one in the folder;
 * null where that is the one itself.
 * @param manifest of the folder's snapshot
 * @throws as `readSnapshotFiles`, and `snapshot_corrupt` when it is another than the manifest names
 */
export async function readCandidate(dir: string, { candidate }: SnapshotManifest): Promise<SnapshotFiles | null> {
  if (candidate === undefined) return null;
  const files = await readSnapshotFiles(candidateDir(dir));
  if (files.manifest.id !== candidate.id) {
    const problem = `${candidateDir(dir)} is snapshot ${files.manifest.id}, the manifest names ${candidate.id}`;
    throw new SnapshotError("snapshot_corrupt", problem);
  }
  return files;
}

/** In a buffer of its own: tensors need to start at multiples of 8. */
async function readOrExplain(path: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return Uint8Array.from(await readFile(path));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ENOENT") throw cause;
    throw new SnapshotError("snapshot_missing", `${path} is not there: is this the folder of a snapshot?`, { cause });
  }
}
