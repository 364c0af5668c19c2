// The rungs below the model: an answer without one. By click rate when there are live counts, else as given; what has a fixed
// place has it here too. The same rules hold, as far as what they ask of an item is known without a snapshot.
import { clickRate } from "../catalog/click-rate.ts";
import type { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import { topK } from "../kernels/top-k.ts";
import type { VisitorView } from "../profile/view.ts";
import type { PlacementResult, RankedItem } from "./decision.ts";
import type { Page } from "./page.ts";
import type { PlacementRequest, RankRequest, RecommendRequest } from "./request.ts";
import { admission } from "./rules/admission.ts";
import { arrange, STANDING } from "./rules/arrange.ts";
import { boosted, boostRule } from "./rules/boosts.ts";
import { filterRule } from "./rules/filter.ts";
import { frequencyRule } from "./rules/frequency.ts";
import { ItemFacts } from "./rules/item-facts.ts";

export interface FallbackResult {
  readonly strategy: "popular" | "default";
  readonly items: RankedItem[];
}

/** What is known without a model. */
export interface FallbackInput {
  readonly catalogueOnly?: boolean;
  readonly items: ItemTable;
  readonly view: VisitorView;
  /** Epoch ms. */
  readonly now: number;
}

/** All placements of a request, while there is no snapshot. */
export function decideAllWithoutModel(
  placements: Readonly<Record<string, PlacementRequest>>,
  page: Page,
  input: FallbackInput,
): Record<string, PlacementResult> {
  const facts = new ItemFacts(null, input.items, input.catalogueOnly);
  return Object.fromEntries(
    Object.entries(placements).map(([name, request]) => {
      const result = decideWithoutModel(name, request, page, facts, input);
      if (request.type === "recommend") page.show(result.items.map(({ id }) => hash32(id)));
      return [name, result];
    }),
  );
}

/** The best of a catalogue are arranged by rules, not all of it. */
const MOST_ARRANGED = 1_000;

export function decideWithoutModel(
  name: string,
  request: PlacementRequest,
  page: Page,
  facts: ItemFacts,
  input: FallbackInput,
): FallbackResult {
  return request.type === "rank"
    ? rankGiven(name, request, page, facts, input)
    : recommendPopular(name, request, page, facts, input);
}

function rankGiven(name: string, request: RankRequest, page: Page, facts: ItemFacts, input: FallbackInput) {
  const { items, view, now } = input;
  const given = request.items;
  const slots = Int32Array.from(given, ({ id }) => items.slotOf(id));
  const measured = slots.some((slot) => (items.impressions[slot] ?? 0) > 0);
  const isTired = frequencyRule(page.rulesOf(name).frequencyCap, view, now);
  const rows = given.map(({ id }, row): Row => {
    const slot = slots[row] as number;
    const tired = isTired?.(hash32(id)) ? STANDING.frequency : STANDING.ranked;
    const standing = facts.isAvailable(slot) ? tired : STANDING.unavailable;
    return { id, slot, score: measured ? clickRate(items, slot, 0, 0) : -row, source: "given", standing };
  });
  const ranked = arranged(name, rows, page, facts, {
    count: rows.length,
    keepAll: true,
    scale: measured ? "rate" : "odds",
  });
  return { strategy: measured ? "popular" : "default", items: ranked } as const;
}

function recommendPopular(name: string, request: RecommendRequest, page: Page, facts: ItemFacts, input: FallbackInput) {
  const { items } = input;
  const admit = admission(name, request, page, facts, input);
  const pins = page.pinsOf(name).map(({ id }) => ({ id, slot: items.slotOf(id) }));
  const fixed = pins.filter(({ id, slot }) => facts.isAvailable(slot) && !page.isElsewhere(name, hash32(id)));
  const pinned = new Set(fixed.map(({ id }) => id));
  const boostOf = boostRule(page.rulesOf(name).boosts, facts);
  const slots: number[] = [];
  const scores: number[] = [];
  const fits = filterRule(page.rulesOf(name).filter, facts);
  items.ids.forEach((id, slot) => {
    // Asked first, as hashes of a whole catalogue cost more than all else.
    if (!facts.isAvailable(slot) || fits?.(-1, slot) === false) return;
    const hash = hash32(id);
    if (pinned.has(id) || admit(hash, -1, slot) !== null) return;
    const rate = clickRate(items, slot, 0, 0);
    const boost = boostOf?.(hash, -1, slot);
    slots.push(slot);
    scores.push(boost ? boosted(rate, boost, "rate") : rate);
  });
  const best = Array.from(topK(Float64Array.from(scores), MOST_ARRANGED), (at) => slots[at] as number);
  const row = (id: string, slot: number, source: string): Row => {
    return { id, slot, score: clickRate(items, slot, 0, 0), source, standing: STANDING.ranked };
  };
  const rows = [
    ...fixed.map(({ id, slot }) => row(id, slot, "pinned")),
    ...best.map((slot) => row(items.ids[slot] as string, slot, "popular")),
  ];
  const ranked = arranged(name, rows, page, facts, { count: request.count, keepAll: false, scale: "rate" });
  return { strategy: best.length > 0 ? "popular" : "default", items: ranked } as const;
}

interface Row {
  readonly id: string;
  readonly slot: number;
  readonly score: number;
  readonly source: string;
  /** Of STANDING. */
  readonly standing: number;
}

function arranged(
  name: string,
  rows: readonly Row[],
  page: Page,
  facts: ItemFacts,
  { count, keepAll, scale }: { readonly count: number; readonly keepAll: boolean; readonly scale: "odds" | "rate" },
): RankedItem[] {
  const rules = page.rulesOf(name);
  const boostOf = boostRule(rules.boosts, facts);
  const scores = Float64Array.from(rows, ({ id, slot, score }) => {
    const boost = boostOf?.(hash32(id), -1, slot);
    return boost ? boosted(score, boost, scale) : score;
  });
  const places = new Map(page.pinsOf(name).map(({ id, position }) => [id, position]));
  const pins = rows.flatMap(({ id, standing }, row) => {
    const position = places.get(id);
    if (position === undefined || standing === STANDING.unavailable) return [];
    places.delete(id);
    return { row, position };
  });
  const { rows: shown } = arrange({
    scores,
    standing: Uint8Array.from(rows, ({ standing }) => standing),
    category: Uint32Array.from(rows, ({ slot }) => facts.category(-1, slot)),
    brand: Uint32Array.from(rows, ({ slot }) => facts.brand(-1, slot)),
    // Nothing is known of how alike two items are.
    rules: rules.caps === undefined ? {} : { caps: rules.caps },
    pins: pins.sort((a, b) => a.position - b.position),
    similarity: () => 0,
    count,
    keepAll,
  });
  return shown.map((row, position) => {
    const { id, source } = rows[row] as Row;
    return { id, score: scores[row] as number, position, source };
  });
}
