// The batch view of a lake: for each visitor segments, lifetime value and long-term preferences, cut into shards as their
// objects read them (src/profile/batch-view.ts). Equal lakes give equal bytes. One summary a visitor is held in memory.
import { utf8, utf8Length } from "../kernels/bytes.ts";
import { sha256Hex } from "../kernels/digest.ts";
import { BATCH_LIMITS, type BatchPointer, batchLine, batchShardOf } from "../profile/batch-view.ts";
import type { BatchEntry } from "../profile/profile.ts";
import type { LakeVisitor } from "./lake-log.ts";
import { lifetimeValue, purchasingOf } from "./lifetime-value.ts";
import type { LogItem } from "./log.ts";
import { PriceLevels } from "./price-levels.ts";
import { bigSpenderRevenue, segmentsOf } from "./segment-rules.ts";
import { addSummary, summarize, type VisitorSummary } from "./visitor-summary.ts";

/** Visitors of a shard, about: it is read whole at the start of a session. */
const VISITORS_A_SHARD = 512;
/** A smaller share of the interactions is chance, not taste. */
const MIN_SHARE = 0.02;

export interface BatchView {
  readonly pointer: BatchPointer;
  /** NDJSON, by number. */
  readonly shards: readonly string[];
  /** How many visitors each segment has. */
  readonly segments: Readonly<Record<string, number>>;
}

export interface BatchViewOptions {
  /** The catalogue: categories, brands and prices that events leave out. */
  readonly items: ReadonlyMap<string, LogItem>;
  readonly sessionTimeoutMs: number;
}

/** Bots are left out; null when nobody else is there. An anonymous visitor who logged in counts as part of the user. */
export async function batchViewOf(
  visitors: AsyncIterable<LakeVisitor> | Iterable<LakeVisitor>,
  { items, sessionTimeoutMs }: BatchViewOptions,
): Promise<BatchView | null> {
  const summaries = await summariesOf(visitors, { items, sessionTimeoutMs });
  if (summaries.size === 0) return null;
  let asOf = 0;
  for (const { lastAt } of summaries.values()) asOf = Math.max(asOf, lastAt);
  const everybody = purchasingOf(summaries.values(), asOf);
  const bigSpender = bigSpenderRevenue(summaries.values());
  const counts: Record<string, number> = {};
  const lines = Array.from({ length: shardsFor(summaries.size) }, (): string[] => []);
  for (const visitor of [...summaries.keys()].sort()) {
    const summary = summaries.get(visitor) as VisitorSummary;
    const segments = segmentsOf(summary, asOf, bigSpender);
    for (const segment of segments) counts[segment] = (counts[segment] ?? 0) + 1;
    const entry: BatchEntry = {
      asOf,
      segments,
      lifetimeValue: Math.round(100 * lifetimeValue(summary, everybody, asOf)) / 100,
      categories: preferencesOf(summary.categories),
      brands: preferencesOf(summary.brands),
    };
    lines[batchShardOf(visitor, lines.length)]?.push(`${fittingLine(visitor, entry)}\n`);
  }
  const shards = lines.map((shard) => shard.join(""));
  const digest = await sha256Hex(utf8(shards.join("\n")));
  const version = `${new Date(asOf).toISOString().slice(0, 10)}-${digest.slice(0, 12)}`;
  return { pointer: { version, shards: shards.length, asOf, visitors: summaries.size }, shards, segments: counts };
}

async function summariesOf(
  visitors: AsyncIterable<LakeVisitor> | Iterable<LakeVisitor>,
  { items, sessionTimeoutMs }: BatchViewOptions,
): Promise<Map<string, VisitorSummary>> {
  const options = { items, sessionTimeoutMs, priceLevels: new PriceLevels(items.values()) };
  const summaries = new Map<string, VisitorSummary>();
  const mergedInto = new Map<string, string>();
  for await (const { visitor, events } of visitors) {
    const summary = summarize(events, options);
    if (summary !== null) summaries.set(visitor, summary);
    for (const { system } of events) if (system?.kind === "merge") mergedInto.set(system.from, visitor);
  }
  for (const [from, into] of mergedInto) {
    const part = summaries.get(from);
    if (part === undefined) continue;
    const whole = summaries.get(into);
    if (whole === undefined) summaries.set(into, part);
    else addSummary(whole, part, sessionTimeoutMs);
    summaries.delete(from);
  }
  return summaries;
}

/** A power of two, so that a growing site keeps the number for long. */
function shardsFor(visitors: number): number {
  let shards = 1;
  while (shards * VISITORS_A_SHARD < visitors && shards < BATCH_LIMITS.shards) shards *= 2;
  return shards;
}

/** Shares of the whole, largest first, of equal ones by name. A name that is too long to be kept cannot be cut: it is a key. */
function preferencesOf(weights: ReadonlyMap<string, number>): [string, number][] {
  const strongest = [...weights].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const sum = strongest.reduce((total, [, weight]) => total + weight, 0);
  return strongest
    .map(([name, weight]): [string, number] => [name, Math.round((1000 * weight) / sum) / 1000])
    .filter(([name, share]) => share >= MIN_SHARE && utf8Length(name) <= BATCH_LIMITS.preferenceBytes)
    .slice(0, BATCH_LIMITS.preferences);
}

/** Drops the weakest preferences until the line fits: names may be of many bytes. */
function fittingLine(visitor: string, entry: BatchEntry): string {
  const line = batchLine(visitor, entry);
  if (utf8Length(line) <= BATCH_LIMITS.lineBytes) return line;
  const { categories, brands } = entry;
  const isWeaker = (categories.at(-1)?.[1] ?? 2) <= (brands.at(-1)?.[1] ?? 2);
  return fittingLine(visitor, {
    ...entry,
    categories: isWeaker ? categories.slice(0, -1) : categories,
    brands: isWeaker ? brands : brands.slice(0, -1),
  });
}
