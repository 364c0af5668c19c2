// Publishes a snapshot as `nowcast publish` does: sections under their hash, then the manifest.
import { expect } from "vitest";
import { type SnapshotFiles, sectionFiles } from "../../src/training/snapshot-files.ts";
import type { System } from "./system.ts";

/** @returns the version that now ranks */
export async function publish(system: System, { manifest, files }: SnapshotFiles): Promise<string> {
  for (const { sha256, file } of sectionFiles({ manifest, files })) {
    const path = `/v1/snapshots/sections/${sha256}`;
    const { status } = await system.request(path, { method: "PUT", body: file });
    expect(status).toBe(201);
  }
  const response = await system.request("/v1/snapshots", { json: { manifest } });
  const answer = (await response.json()) as { version: string };
  expect(answer).toMatchObject({ version: expect.any(String) });
  return answer.version;
}
