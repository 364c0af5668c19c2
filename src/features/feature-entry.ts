// What of a feature must be the same where it is served as where it was trained. Name and version say what its author
// declares; the digest says what it was made with: the columns and the parameters of a factory, such as the values of a
// one-hot, which no version tells apart.
import { hash32 } from "../kernels/hash.ts";
import type { FeatureEntry } from "../snapshot/manifest.ts";
import type { Feature } from "./feature.ts";

/** The feature as it stands in a manifest. */
export function entryOf(feature: Feature): FeatureEntry {
  const { name, version, columns } = feature;
  return { name, version, width: columns.length, digest: digestOf(feature) };
}

/** 16 hexadecimal digits of columns and parameters. Against mistakes, not against forgery. */
export function digestOf({ columns, parameters }: Feature): string {
  const text = JSON.stringify([columns, inOrder(parameters)]);
  return [0, 1].map((seed) => hash32(text, seed).toString(16).padStart(8, "0")).join("");
}

/** The same value with the keys of objects in order: how somebody wrote them down does not matter. */
function inOrder(value: unknown): unknown {
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== "object" || value === null) return value ?? null;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, inOrder(each)]));
}

/** The first name that stands twice. */
export function repeatedName(features: readonly { readonly name: string }[]): string | undefined {
  const seen = new Set<string>();
  return features.find(({ name }) => seen.size === seen.add(name).size)?.name;
}
