// Copies the lake to a folder: Parquet tables and the epochs of item statistics, under the names that they have in R2.
// Files of the lake never change, so what is there with its full size is left alone.
import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { dirname, isAbsolute, join, normalize, sep } from "node:path";
import type { Client, LakeFile } from "./client.ts";

export interface PullCounts {
  files: number;
  fetched: number;
  bytes: number;
}

export interface PullOptions {
  /** Downloads at a time, 4 by default. */
  readonly concurrency?: number;
  readonly onProgress?: (counts: Readonly<PullCounts>) => void;
}

/** @throws RefusedError, UnreachableError, and Error of the file system; what was fetched before stays */
export async function pullLake(out: string, client: Client, options: PullOptions = {}): Promise<PullCounts> {
  const { concurrency = 4, onProgress } = options;
  const counts: PullCounts = { files: 0, fetched: 0, bytes: 0 };
  let cursor: string | null = null;
  do {
    const page = await client.lakeFiles(cursor);
    const waiting = page.files.values();
    const worker = async (): Promise<void> => {
      for (const file of waiting) {
        if (await fetchFile(out, file, client)) {
          counts.fetched++;
          counts.bytes += file.bytes;
        }
        counts.files++;
        onProgress?.(counts);
      }
    };
    await Promise.all(Array.from({ length: concurrency }, worker));
    cursor = page.cursor;
  } while (cursor !== null);
  return counts;
}

/** @returns false when the file was there already */
async function fetchFile(out: string, { key, bytes }: LakeFile, client: Client): Promise<boolean> {
  const path = join(out, pathOf(key));
  const present = await stat(path).catch(() => null);
  if (present?.size === bytes) return false;
  const content = await client.lakeFile(key);
  await mkdir(dirname(path), { recursive: true });
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
  return true;
}

/** The server names files; it must not name any outside the folder. */
function pathOf(key: string): string {
  const path = normalize(key);
  if (isAbsolute(path) || path.split(sep).includes("..")) throw new Error(`the lake lists a file named ${key}`);
  return path;
}
