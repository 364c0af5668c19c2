// The manifest of a snapshot: what it is made of, by hash, and which features its ranker was trained on.
import * as z from "zod";
import { utf8 } from "../kernels/bytes.ts";
import { sha256Hex } from "../kernels/digest.ts";
import { MOST_ITEMS } from "./neighbour-table.ts";

export const SNAPSHOT_FORMAT = 3;

/**
 * The sections that every snapshot has. Each is a file of its own in R2 under its sha256, so that versions share what is
 * equal.
 */
export const SECTIONS = [
  "catalogue",
  "popularity",
  "behaviour",
  "content",
  "taste",
  "neighbours",
  "linear",
  "onnx",
] as const;
export type RequiredSection = (typeof SECTIONS)[number];
/** There when something needs them: `attributes` and `sessions` features of the snapshot, `trees` its ranker. */
export const OPTIONAL_SECTIONS = ["attributes", "sessions", "trees"] as const;
export type OptionalSection = (typeof OPTIONAL_SECTIONS)[number];
export type SectionName = RequiredSection | OptionalSection;

/**
 * What ranks after the linear first pass: nothing else, trees, the sum of both, or a model trained elsewhere that only ONNX
 * can run.
 */
export const RANKERS = ["linear", "trees", "linear+trees", "onnx"] as const;
export type Ranker = (typeof RANKERS)[number];

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in lower-case hexadecimal");

const sectionSchema = z.object({ sha256: sha256Schema, bytes: z.int().min(1) });

const indexSchema = z
  .object({
    lists: z.int().min(1),
    probes: z.int().min(1),
    /** Share of the 100 nearest items that a query finds, on average over queries that probes were not chosen on. */
    recall: z.number().min(0).max(1),
  })
  .refine(({ lists, probes }) => probes <= lists, "probes must not be above lists");

const versionSchema = z.object({
  format: z.literal(SNAPSHOT_FORMAT),
  /** Digest over the sections and the features: the same training gives the same id. */
  id: z.string().regex(/^[0-9a-f]{16}$/),
  items: z.int().min(1).max(MOST_ITEMS),
  vectorDimensions: z.int().min(1),
  contentDimensions: z.int().min(1),
  tasteDimensions: z.int().min(1),
  neighbours: z.int().min(1),
  /** The columns of the ranker's matrix, in order. */
  features: z
    .array(
      z.object({
        name: z.string(),
        version: z.int(),
        width: z.int().min(1),
        /** Of its columns and parameters; snapshots of older builds have none. */
        digest: z
          .string()
          .regex(/^[0-9a-f]{16}$/)
          .optional(),
      }),
    )
    .min(1),
  /** SHA-256 of `features`; see featureHash. */
  featureHash: sha256Schema.optional(),
  /** Where vectors stand by lists of an inverted file: how many, and how many of them a query asks. */
  index: z.object({ behaviour: indexSchema.optional(), content: indexSchema.optional() }).optional(),
  sections: z.object({
    catalogue: sectionSchema,
    popularity: sectionSchema,
    behaviour: sectionSchema,
    content: sectionSchema,
    taste: sectionSchema,
    neighbours: sectionSchema,
    linear: sectionSchema,
    onnx: sectionSchema,
    attributes: sectionSchema.optional(),
    sessions: sectionSchema.optional(),
    trees: sectionSchema.optional(),
  }),
  /** `linear` when left out. */
  ranker: z.enum(RANKERS).optional(),
  training: z.object({
    /** Epoch ms of the newest event that was learned from. */
    until: z.number(),
    events: z.int(),
    queries: z.int(),
    seed: z.int(),
  }),
});

export const manifestSchema = versionSchema
  .extend({
    /**
     * The same recipe without the newest part of the log, which was held back: what a comparison measures in place of this
     * snapshot, which has learned from that part too. Left out where nothing was held back, or this is what was measured.
     */
    candidate: versionSchema.optional(),
  })
  .meta({ id: "SnapshotManifest" });

export type SnapshotManifest = z.infer<typeof manifestSchema>;
export type FeatureEntry = SnapshotManifest["features"][number];

/** The sections that a snapshot has, in their order. */
export function sectionsOf({
  sections,
}: Pick<SnapshotManifest, "sections">): [SectionName, z.infer<typeof sectionSchema>][] {
  const present: [SectionName, z.infer<typeof sectionSchema>][] = SECTIONS.map((name) => [name, sections[name]]);
  for (const name of OPTIONAL_SECTIONS) {
    const section = sections[name];
    if (section !== undefined) present.push([name, section]);
  }
  return present;
}

/** SHA-256 of the list of features: two builds with the same hash fill the same columns. */
export function featureHash(entries: readonly FeatureEntry[]): Promise<string> {
  return sha256Hex(utf8(entries.map(lineOf).join("\n")));
}

/** A feature as it goes into digests; one without a digest of its own as it always did. */
export function lineOf({ name, version, width, digest }: FeatureEntry): string {
  return `${name}@${version}:${width}${digest === undefined ? "" : `#${digest}`}`;
}

/** Where a snapshot stands in R2. */
export const manifestKey = (site: string, version: string): string => `snapshots/site=${site}/${version}/manifest.json`;
export const sectionKey = (sha256: string): string => `snapshots/sections/${sha256}`;
/** The KV key of the pointer that isolates poll. A deployment writes it empty at first, since KV caches a miss. */
export const pointerKey = (site: string): string => `pointer:${site}`;

/** What the pointer says: which version ranks. Empty before the first publication. */
export interface ModelPointer {
  readonly champion: string | null;
  /** Version that takes the given share of visitors instead of the champion. */
  readonly challengers: readonly { readonly version: string; readonly share: number }[];
}

export const EMPTY_POINTER: ModelPointer = { champion: null, challengers: [] };
