// What a feature is filled from, made by hand for tests: a view of any shape, candidates by id, and the columns by name.
import { ItemTable } from "../../src/catalog/item-table.ts";
import { contextOf } from "../../src/features/context.ts";
import { gatherEvidence } from "../../src/features/evidence.ts";
import type { Feature, FeatureInput } from "../../src/features/feature.ts";
import { hash32 } from "../../src/kernels/hash.ts";
import type { Touch } from "../../src/profile/profile.ts";
import { type SessionView, UNKNOWN_VISITOR, type VisitorView } from "../../src/profile/view.ts";
import { resolveCandidates, spanOf } from "../../src/ranking/candidates.ts";
import type { Snapshot } from "../../src/snapshot/snapshot.ts";

export const NOW = 1_732_280_000_000;

export interface InputParts {
  readonly snapshot: Snapshot;
  readonly ids: readonly string[];
  readonly view?: VisitorView;
  readonly items?: ItemTable;
  readonly context?: unknown;
  readonly placement?: string;
  readonly query?: string;
  readonly relevance?: readonly number[];
  readonly now?: number;
}

/** One placement with the given items. */
export function featureInput(parts: InputParts): FeatureInput {
  const {
    snapshot,
    ids,
    view = UNKNOWN_VISITOR,
    items = new ItemTable(),
    context,
    placement = "home",
    now = NOW,
  } = parts;
  const request = parts.query === undefined ? {} : { query: parts.query };
  const list = ids.map((id, position) => ({
    id,
    source: "given",
    position,
    relevance: parts.relevance?.[position] ?? 0,
  }));
  const candidates = resolveCandidates(list, snapshot, items, [spanOf(placement, request, context, 0, ids.length)]);
  const evidence = gatherEvidence(view, snapshot, items, now);
  return { snapshot, items, candidates, view, context: contextOf(context, view), evidence, now };
}

/** Column without the feature's name → value, one record a candidate. A cell that is not written is NaN. */
export function columnsOf(feature: Feature, input: FeatureInput): Record<string, number>[] {
  const width = feature.columns.length;
  const { count } = input.candidates;
  // Room around the columns, which must stay as it is.
  const stride = width + 2;
  const out = new Float32Array(count * stride).fill(Number.NaN);
  feature.fill(input, out, 1, stride);
  return Array.from({ length: count }, (_, row) => {
    const cells = out.subarray(row * stride, (row + 1) * stride);
    if (!Number.isNaN(cells[0]) || !Number.isNaN(cells[width + 1])) throw new Error("wrote outside of its columns");
    return Object.fromEntries(
      feature.columns.map((name, column) => [name.slice(feature.name.length + 1), cells[column + 1] as number]),
    );
  });
}

const WEIGHTS = { view: 0.5, click: 1, cart: 2, uncart: -1, purchase: 1 };

export function touch(itemId: string, change: Partial<Touch> & { readonly ageMs?: number } = {}): Touch {
  const { ageMs = 0, ...rest } = change;
  const kind = rest.kind ?? "click";
  return { itemId, kind, at: NOW - ageMs, weight: WEIGHTS[kind], category: 0, price: 0, ...rest };
}

/** A visitor who is known, with what `change` says. */
export function viewWith(change: Partial<VisitorView>): VisitorView {
  return { ...UNKNOWN_VISITOR, seq: 1, sessions: 1, firstAt: NOW, lastAt: NOW, ...change };
}

export function sessionWith(change: Partial<SessionView>): SessionView {
  return {
    id: NOW,
    startedAt: NOW,
    lastAt: NOW,
    events: 1,
    pageViews: 0,
    itemViews: 0,
    lists: 0,
    clicks: 0,
    searches: 0,
    carts: 0,
    checkouts: 0,
    purchases: 0,
    dwellMs: 0,
    longestDwellMs: 0,
    revenue: 0,
    referrer: "unknown",
    device: "unknown",
    country: 0,
    city: 0,
    utcOffsetMinutes: null,
    campaignSource: 0,
    campaignMedium: 0,
    terms: new Uint32Array(0),
    ...change,
  };
}

/** Counts of a family at time `NOW`: the same for each half-life. */
export function familyOf(counts: Readonly<Record<string, number>>) {
  const values = () => Float32Array.from(Object.values(counts));
  const keys = Uint32Array.from(Object.keys(counts), (key) => hash32(key));
  return { keys, day: values(), week: values(), month: values() };
}

/** Puts landmarks one half-life before `NOW`, where no profile would have them: counts are worth half of what they say. */
export const HALF_OF_COUNTS: VisitorView["periods"] = [
  NOW / (32 * 86_400_000) - 1 / 32,
  NOW / (7 * 32 * 86_400_000) - 1 / 32,
  NOW / (30 * 32 * 86_400_000) - 1 / 32,
];
