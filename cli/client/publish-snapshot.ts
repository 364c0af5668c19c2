// Puts a trained snapshot into service: the sections that R2 does not have yet, then the manifest, which the server
// loads and checks before it points at it. What was measured in its place goes along, for the comparison with the next one.
import { sectionFiles } from "../../src/training/snapshot-files.ts";
import { readCandidate, readSnapshotFiles } from "../../src/training/snapshot-writer.ts";
import type { Client, Published } from "./client.ts";

export interface PublishOptions {
  /** Of the visitors, in (0, 1]; 1 makes it the champion. */
  readonly share?: number;
  readonly onSection?: (name: string, bytes: number, sent: boolean) => void;
}

/**
 * @param dir as `nowcast train --out` wrote it
 * @throws SnapshotError for a folder that is none; RefusedError with the reason when the server does not take it
 */
export async function publishSnapshot(dir: string, client: Client, options: PublishOptions = {}): Promise<Published> {
  const snapshot = await readSnapshotFiles(dir);
  const { manifest } = snapshot;
  const candidate = await readCandidate(dir, manifest);
  const sections = [
    ...sectionFiles(snapshot),
    ...(candidate === null ? [] : sectionFiles(candidate)).map((each) => ({ ...each, name: `candidate ${each.name}` })),
  ];
  for (const { name, sha256, bytes, file } of sections) {
    const present = await client.hasSection(sha256);
    if (!present) await client.putSection(sha256, file);
    options.onSection?.(name, bytes, !present);
  }
  return client.publish(manifest, options.share ?? 1);
}
