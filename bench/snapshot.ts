// A snapshot of random vectors for speed measurements: the sizes of a real catalogue, no taste in it.
import { readFileSync } from "node:fs";
import { features as registry } from "../nowcast.config.ts";
import type { Feature } from "../src/features/feature.ts";
import { FeatureSet } from "../src/features/feature-set.ts";
import { createRandom, type Random } from "../src/kernels/random.ts";
import { scannableBuffer } from "../src/kernels/row-scan.ts";
import { normalizeAt } from "../src/kernels/vectors.ts";
import { RULE_REQUIREMENTS } from "../src/ranking/rules/item-facts.ts";
import { decodeSnapshot, type Snapshot } from "../src/snapshot/snapshot.ts";
import type { TreeEnsemble } from "../src/snapshot/tree-ensemble.ts";
import { attributesOf } from "../src/training/attributes.ts";
import { sessionTables } from "../src/training/session-tables.ts";
import type { LogSession } from "../src/training/sessions.ts";
import { encodeSnapshot, type SnapshotFiles } from "../src/training/snapshot-files.ts";

export function benchItemId(index: number): string {
  return `sku-${index}`;
}

/** As wide as `nowcast train` makes them by default, as TASTE_DIMENSIONS is always. */
const BEHAVIOUR_DIMENSIONS = 32;
const CONTENT_DIMENSIONS = 64;
const TASTE_DIMENSIONS = 16;
/** Epoch ms. */
const LAST_SESSION_AT = 1_732_280_000_000;

/** Rows of length 1 in clusters of very different sizes, each at a distance of its own from its centre: as items are. */
export function clusteredRows(count: number, dimensions: number, random: Random): Float32Array {
  const clusters = Math.ceil(count / 500);
  const centres = Float32Array.from({ length: clusters * dimensions }, () => random.normal());
  const matrix = new Float32Array(count * dimensions);
  for (let row = 0; row < count; row++) {
    const cluster = Math.floor(clusters * random.next() ** 2);
    const spread = 0.6 + 0.8 * random.next();
    for (let i = 0, at = row * dimensions; i < dimensions; i++, at++) {
      matrix[at] = (centres[cluster * dimensions + i] as number) + spread * random.normal();
    }
    normalizeAt(matrix, row * dimensions, dimensions);
  }
  return matrix;
}

/**
 * @param items at least neighbours + 1
 * @param options.trees of the ranker, which is linear without
 * @param options.sessions of the past that vote on what comes next; none by default
 */
export function randomSnapshot(
  items: number,
  neighbours: number,
  seed: number,
  features: readonly Feature[] = registry,
  options: {
    readonly indexFrom?: number;
    readonly trees?: (columns: number) => TreeEnsemble;
    readonly sessions?: number;
    readonly vectorDimensions?: number;
    readonly contentDimensions?: number;
  } = {},
): Promise<SnapshotFiles> {
  const random = createRandom(seed);
  const ids = Array.from({ length: items }, (_, i) => benchItemId(i));
  const rows = (dimensions: number): Float32Array => clusteredRows(items, dimensions, random);
  const set = new FeatureSet(features);
  const word = (): string => `word${random.integer(2_000)}`;
  const described = ids.map((_, i) => ({
    title: `${word()} ${word()} ${word()} ${word()}`,
    brand: `brand-${i % 50}`,
    tags: [`tag-${i % 7}`, `tag-${i % 31}`, `tag-${i % 101}`],
  }));
  const nothing = new Float64Array(items).fill(Number.NaN);
  const linear = {
    mean: new Float32Array(set.width),
    scale: new Float32Array(set.width).fill(1),
    weight: Float32Array.from({ length: set.width }, () => random.normal()),
  };
  const indexOf = new Map(ids.map((id, index) => [id, index]));
  const { sessions = 0, vectorDimensions = BEHAVIOUR_DIMENSIONS, contentDimensions = CONTENT_DIMENSIONS } = options;
  return encodeSnapshot(
    {
      catalogue: {
        ids,
        indexOf,
        described,
        categories: ids.map((_, i) => `category-${i % 20}`),
        price: Float64Array.from(ids, () => 5 + random.integer(200)),
        publishedAt: nothing,
      },
      behaviour: {
        vectors: rows(vectorDimensions),
        neighbours: {
          k: neighbours,
          ids: Int32Array.from({ length: items * neighbours }, () => random.integer(items)),
          weights: Float32Array.from({ length: items * neighbours }, (_, at) => 1 / (1 + (at % neighbours))),
        },
        popularity: Float32Array.from(ids, (_, i) => 1 / (i + 1)),
      },
      content: rows(contentDimensions),
      appeal: Float32Array.from(ids, () => random.normal()),
      taste: {
        dimensions: TASTE_DIMENSIONS,
        vectors: rows(TASTE_DIMENSIONS),
        popularVariance: 1,
        activityVariance: 1,
      },
      sessions: sessions === 0 ? null : sessionTables(randomSessions(sessions, ids, random), indexOf),
      attributes: attributesOf(described, [...set.requirements(), ...RULE_REQUIREMENTS]),
    },
    options.trees === undefined
      ? { kind: "linear", linear }
      : { kind: "linear+trees", linear, trees: options.trees(set.width) },
    set.entries(),
    { until: 0, events: 0, queries: 0, seed },
    options,
  );
}

/** Two to six touches each, of items that stand near each other, some ten times as often met as others. */
function randomSessions(count: number, ids: readonly string[], random: Random): LogSession[] {
  return Array.from({ length: count }, (_, visitor): LogSession => {
    const first = Math.floor(ids.length * random.next() ** 2);
    const steps = Array.from({ length: 2 + random.integer(5) }, (_, step) => ({
      position: visitor * 8 + step,
      at: LAST_SESSION_AT - (count - visitor) * 1_000 + step * 30_000,
      items: [ids[(first + random.integer(100)) % ids.length] as string],
    }));
    return { visitor, steps };
  });
}

/** As an isolate holds it: vectors in the memory of the scan in WebAssembly. */
export async function decodeForScan({ manifest, files }: SnapshotFiles): Promise<Snapshot> {
  const scan = new WebAssembly.Module(readFileSync(new URL("../src/kernels/simd.wasm", import.meta.url)));
  const place = (file: Uint8Array): Uint8Array<ArrayBuffer> => {
    const into = scannableBuffer(scan, file.length);
    into.set(file);
    return into;
  };
  return decodeSnapshot(manifest, { ...files, behaviour: place(files.behaviour), content: place(files.content) });
}
