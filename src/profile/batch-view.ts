// What the batch layer knows of visitors, as files in R2: a pointer to the version that holds, and the version's shards,
// a visitor a line. A visitor's object reads one shard at the start of a session and finds its own line in it.
//
//   batch/site=default/current.json                     {"version":"…","shards":16,"asOf":1767225600000,"visitors":9000}
//   batch/site=default/2026-11-22-3fa9c1d2e4b5/7.ndjson {"visitor":"default:u:…","asOf":…,"segments":[…],…}
//
// Shards and lines may come from anyone who computes segments; what does not fit the bounds counts as not there.
import { utf8Length } from "../kernels/bytes.ts";
import { hash32 } from "../kernels/hash.ts";
import type { BatchEntry } from "./profile.ts";

/** What a visitor's entry may hold: it lives in their profile and travels in every decision view. */
export const BATCH_LIMITS = {
  segments: 8,
  segmentBytes: 40,
  /** Each of categories and brands. */
  preferences: 8,
  preferenceBytes: 64,
  lineBytes: 1024,
  shards: 4096,
  shardBytes: 4 * 1024 * 1024,
} as const;

/** Which version of the batch view holds. */
export interface BatchPointer {
  readonly version: string;
  readonly shards: number;
  /** Epoch ms: the newest event that the version is made of. */
  readonly asOf: number;
  readonly visitors: number;
}

/** Versions name folders: no dots, no slashes. */
export const BATCH_VERSION = /^[A-Za-z0-9_-]{1,64}$/;

const SHARD_SEED = 0xba7c;

/** @param visitor name of the visitor's object */
export function batchShardOf(visitor: string, shards: number): number {
  return hash32(visitor, SHARD_SEED) % shards;
}

export const batchPrefix = (site: string): string => `batch/site=${site}/`;

export const batchPointerKey = (site: string): string => `${batchPrefix(site)}current.json`;

export const batchVersionPrefix = (site: string, version: string): string => `${batchPrefix(site)}${version}/`;

export function batchShardKey(site: string, version: string, shard: number): string {
  return `${batchVersionPrefix(site, version)}${shard}.ndjson`;
}

/** The pointer that `text` is; null when it is none. */
export function readBatchPointer(text: string): BatchPointer | null {
  const value = parse(text);
  if (!isRecord(value)) return null;
  const { version, shards, asOf, visitors } = value;
  if (typeof version !== "string" || !BATCH_VERSION.test(version)) return null;
  if (!isCount(shards) || shards < 1 || shards > BATCH_LIMITS.shards || !isCount(asOf) || !isCount(visitors))
    return null;
  return { version, shards, asOf, visitors };
}

/** The visitor's line, without its end. The name comes first: that is how it is found. */
export function batchLine(visitor: string, entry: BatchEntry): string {
  return JSON.stringify({ visitor, ...entry });
}

/** What a line says; null when it is none, or beyond the bounds. Fields that it has besides are left out. */
export function parseBatchLine(line: string): { readonly visitor: string; readonly entry: BatchEntry } | null {
  if (utf8Length(line) > BATCH_LIMITS.lineBytes) return null;
  const value = parse(line);
  if (!isRecord(value)) return null;
  const { visitor, asOf, segments, lifetimeValue, categories, brands } = value;
  if (typeof visitor !== "string" || visitor === "" || !isCount(asOf)) return null;
  if (typeof lifetimeValue !== "number" || !Number.isFinite(lifetimeValue)) return null;
  if (!areSegments(segments) || !arePreferences(categories) || !arePreferences(brands)) return null;
  return { visitor, entry: { asOf, segments, lifetimeValue, categories, brands } };
}

/**
 * The entry of `visitor` (name of the object) in the text of their shard; null when there is none. Never throws: a line that
 * is broken is passed over, and the search goes on. No line but the visitor's own is parsed.
 */
export function findBatchEntry(shard: string, visitor: string): BatchEntry | null {
  const start = `{"visitor":${JSON.stringify(visitor)},`;
  for (let at = shard.indexOf(start); at >= 0; at = shard.indexOf(start, at + start.length)) {
    if (at > 0 && shard.charCodeAt(at - 1) !== 0x0a) continue;
    const end = shard.indexOf("\n", at);
    const found = parseBatchLine(end < 0 ? shard.slice(at) : shard.slice(at, end));
    // A line may say its name twice, and JSON takes the last.
    if (found?.visitor === visitor) return found.entry;
  }
  return null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isText = (value: unknown, bytes: number): value is string =>
  typeof value === "string" && value !== "" && value.isWellFormed() && utf8Length(value) <= bytes;

function areSegments(value: unknown): value is string[] {
  return (
    Array.isArray(value) &&
    value.length <= BATCH_LIMITS.segments &&
    value.every((segment) => isText(segment, BATCH_LIMITS.segmentBytes))
  );
}

function arePreferences(value: unknown): value is [string, number][] {
  return (
    Array.isArray(value) &&
    value.length <= BATCH_LIMITS.preferences &&
    value.every(
      (entry: unknown) =>
        Array.isArray(entry) &&
        entry.length === 2 &&
        isText(entry[0], BATCH_LIMITS.preferenceBytes) &&
        typeof entry[1] === "number" &&
        entry[1] >= 0 &&
        entry[1] <= 1,
    )
  );
}
