// The lake of a system under test as files, as `nowcast lake pull` lays them out.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { System } from "./system.ts";

/** Has everything written that waits, and copies it. @returns the keys of the files */
export async function pullInto(dir: string, system: System): Promise<string[]> {
  await system.request("/v1/lake/flush", { method: "POST" });
  const keys: string[] = [];
  for (let cursor: string | null = "0"; cursor !== null; ) {
    const page = await system.request(`/v1/lake/files?cursor=${encodeURIComponent(cursor)}`);
    const listing = (await page.json()) as { files: { key: string }[]; cursor: string | null };
    for (const { key } of listing.files) {
      const file = await system.request(`/v1/lake/file?key=${encodeURIComponent(key)}`);
      await mkdir(dirname(join(dir, key)), { recursive: true });
      await writeFile(join(dir, key), new Uint8Array(await file.arrayBuffer()));
      keys.push(key);
    }
    cursor = listing.cursor;
  }
  return keys;
}
