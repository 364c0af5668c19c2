// Puts what a page shows of items beside the items of a decision, where the request asks for it.
import { budgets } from "../../nowcast.config.ts";
import type { Display, DisplayField } from "../../src/catalog/display.ts";
import type { PlacementResult, RankedItem } from "../../src/ranking/decision.ts";
import { runtimeTimer } from "../../src/telemetry/budget.ts";
import type { EdgeContext } from "./context.ts";
import { ItemDisplays, pickFields } from "./item-displays.ts";

const displays = new ItemDisplays();

type Requests = Readonly<Record<string, { readonly itemFields?: readonly DisplayField[] | undefined }>>;
type Results = Readonly<Record<string, PlacementResult>>;

export interface ShownItem extends RankedItem {
  readonly item?: Display;
}
export interface ShownPlacement extends PlacementResult {
  readonly items: readonly ShownItem[];
}

/** Most do not: what was decided then goes out as the text that it came as. */
export function asksForFields(requests: Requests): boolean {
  return Object.values(requests).some(({ itemFields }) => itemFields !== undefined && itemFields.length > 0);
}

/** The same as `withItemFields`, of results as JSON. */
export async function shownWithFields(c: EdgeContext, requests: Requests, results: string): Promise<string> {
  return JSON.stringify(await withItemFields(c, requests, JSON.parse(results) as Results));
}

/** What pages show of an item; undefined where nothing is known, or could not be read in time. */
export async function displayOf(c: EdgeContext, id: string): Promise<Display | undefined> {
  return (await displaysOf(c, [id])).get(id);
}

function displaysOf(c: EdgeContext, ids: readonly string[]): Promise<ReadonlyMap<string, Display>> {
  return displays.displaysOf(c.get("credential").site, ids, budgets.itemFieldsMs, {
    objects: c.env.ITEM_STATS,
    waitUntil: (work) => c.executionCtx.waitUntil(work),
    clock: Date.now,
    timer: runtimeTimer,
  });
}

/** The results with `item` on each item of which something is known. What could not be read in time is left out. */
export async function withItemFields(
  c: EdgeContext,
  requests: Requests,
  results: Results,
): Promise<Readonly<Record<string, ShownPlacement>>> {
  const ids: string[] = [];
  for (const [name, { items }] of Object.entries(results)) {
    if (requests[name]?.itemFields?.length) for (const { id } of items) ids.push(id);
  }
  if (ids.length === 0) return results;
  const known = await displaysOf(c, ids);
  const shown = ([name, result]: [string, PlacementResult]) => {
    const fields = requests[name]?.itemFields;
    if (!fields?.length) return [name, result] as const;
    const items = result.items.map((ranked) => {
      const display = known.get(ranked.id);
      return display === undefined ? ranked : { ...ranked, item: pickFields(display, fields) };
    });
    return [name, { ...result, items }] as const;
  };
  return Object.fromEntries(Object.entries(results).map(shown));
}
