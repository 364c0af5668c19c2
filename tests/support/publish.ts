// Publishes a snapshot as `nowcast publish` does: sections under their hash, then the manifest.
import { expect } from "vitest";
import { SECTIONS } from "../../src/snapshot/manifest.ts";
import type { SnapshotFiles } from "../../src/training/snapshot-files.ts";
import type { System } from "./system.ts";

/** @returns the version that now ranks */
export async function publish(system: System, { manifest, files }: SnapshotFiles): Promise<string> {
  for (const name of SECTIONS) {
    const path = `/v1/snapshots/sections/${manifest.sections[name].sha256}`;
    const { status } = await system.request(path, { method: "PUT", body: files[name] });
    expect(status).toBe(201);
  }
  const response = await system.request("/v1/snapshots", { json: { manifest } });
  const answer = (await response.json()) as { version: string };
  expect(answer).toMatchObject({ version: expect.any(String) });
  return answer.version;
}
