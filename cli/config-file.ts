// A site's configuration as a file: read with the reason when it is none, and given its new version without touching the rest.
import { readFileSync, writeFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { SiteConfigDocument } from "./client/client.ts";

/** @throws Error when the file cannot be read or is no JSON object with a sensible version; without one it is of version 0 */
export function readConfigFile(path: string): SiteConfigDocument {
  let document: unknown;
  try {
    document = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new Error(`${path}: must hold a JSON object`);
  }
  const { version = 0 } = document as { version?: unknown };
  if (!Number.isSafeInteger(version) || (version as number) < 0) {
    throw new Error(`${path}: version: must be a whole number from 0, not ${JSON.stringify(version)}`);
  }
  return { ...document, version: version as number };
}

export function writeConfigFile(path: string, document: object): void {
  writeFileSync(path, `${JSON.stringify(document, null, 2)}\n`);
}

/** The file as its owner wrote it, but for the version. */
export function setFileVersion(path: string, version: number): void {
  const text = readFileSync(path, "utf8");
  const wanted = { ...JSON.parse(text), version };
  const changed = text.replace(/("version"\s*:\s*)\d+/, `$1${version}`);
  if (isDeepStrictEqual(JSON.parse(changed), wanted)) writeFileSync(path, changed);
  else writeConfigFile(path, wanted);
}
