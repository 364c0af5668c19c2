// Which items may be recommended in a placement at all, before anything is scored. Made once a placement; the model and what
// serves without one ask the same.
import { hash32 } from "../../kernels/hash.ts";
import { HashCounts } from "../../kernels/hash-counts.ts";
import type { VisitorView } from "../../profile/view.ts";
import type { Page } from "../page.ts";
import type { RecommendRequest } from "../request.ts";
import { filterRule } from "./filter.ts";
import { frequencyRule } from "./frequency.ts";
import type { ItemFacts } from "./item-facts.ts";

/** In the order in which the rules hold. */
export type Rejection = "unavailable" | "unlisted" | "filter" | "exclude" | "elsewhere" | "frequency";

/**
 * Of an item by the hash32 of its id, its index in the snapshot and its slot in the live table; null when it may be shown.
 */
export type Admission = (hash: number, index: number, slot: number) => Rejection | null;

export function admission(
  name: string,
  { exclude = [], context = [] }: Pick<RecommendRequest, "exclude" | "context">,
  page: Page,
  facts: ItemFacts,
  { view, now }: { readonly view: VisitorView; readonly now: number },
): Admission {
  const { filter, frequencyCap } = page.rulesOf(name);
  const fits = filterRule(filter, facts);
  const excluded = new HashCounts(exclude.length + context.length);
  for (const id of exclude) excluded.set(hash32(id), 1);
  for (const id of context) excluded.set(hash32(id), 1);
  const isTired = frequencyRule(frequencyCap, view, now);
  return (hash, index, slot) => {
    if (!facts.isAvailable(slot)) return "unavailable";
    if (!facts.isListed(index, slot)) return "unlisted";
    if (fits !== null && !fits(index, slot)) return "filter";
    if (excluded.has(hash)) return "exclude";
    if (page.isElsewhere(name, hash)) return "elsewhere";
    return isTired?.(hash) ? "frequency" : null;
  };
}
