// Which items may be recommended in a placement at all, before anything is scored. Made once a placement; the model and what
// serves without one ask the same.
import { hash32 } from "../../kernels/hash.ts";
import type { VisitorView } from "../../profile/view.ts";
import type { Page } from "../page.ts";
import type { RecommendRequest } from "../request.ts";
import { filterRule } from "./filter.ts";
import { frequencyRule } from "./frequency.ts";
import type { ItemFacts } from "./item-facts.ts";

/** In the order in which the rules hold. */
export type Rejection = "unavailable" | "filter" | "exclude" | "elsewhere" | "frequency";

/** Of an item by its index in the snapshot and its slot in the live table; null when it may be shown. */
export type Admission = (id: string, index: number, slot: number) => Rejection | null;

export function admission(
  name: string,
  request: Pick<RecommendRequest, "exclude" | "context">,
  page: Page,
  facts: ItemFacts,
  { view, now }: { readonly view: VisitorView; readonly now: number },
): Admission {
  const { filter, frequencyCap } = page.rulesOf(name);
  const fits = filterRule(filter, facts);
  const excluded = new Set([...(request.exclude ?? []), ...(request.context ?? [])]);
  const isTired = frequencyRule(frequencyCap, view, now);
  return (id, index, slot) => {
    if (!facts.isAvailable(slot)) return "unavailable";
    if (fits !== null && !fits(index, slot)) return "filter";
    if (excluded.has(id)) return "exclude";
    if (page.isElsewhere(name, id)) return "elsewhere";
    return isTired?.(hash32(id)) ? "frequency" : null;
  };
}
