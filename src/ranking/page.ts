// The placements of one request are shown together: an item is recommended in one of them only. Those given to be ranked and
// those with a fixed place belong to their placement from the start; the others to the first that shows them.
import type { PlacementRequest } from "./request.ts";
import type { Pin, PlacementRules } from "./rules/rule-schema.ts";

/** A site's rules by the name of the placement. */
export type RuleDefaults = Readonly<Record<string, PlacementRules>>;

export class Page {
  readonly #rules = new Map<string, PlacementRules>();
  readonly #pins = new Map<string, readonly Pin[]>();
  /** Id → the recommend placement that it has a place in. */
  readonly #reserved = new Map<string, string>();
  readonly #taken = new Set<string>();

  constructor(placements: Readonly<Record<string, PlacementRequest>>, defaults: RuleDefaults = {}) {
    for (const request of Object.values(placements)) {
      if (request.type === "rank") for (const { id } of request.items) this.#taken.add(id);
    }
    for (const [name, request] of Object.entries(placements)) {
      const rules = rulesOf(request, Object.hasOwn(defaults, name) ? defaults[name] : undefined);
      const pins = (rules.pins ?? []).filter(({ id }) => this.#reserve(id, name, request));
      this.#rules.set(name, rules);
      this.#pins.set(
        name,
        pins.toSorted((a, b) => a.position - b.position),
      );
    }
  }

  /** The request's rules over the site's defaults. */
  rulesOf(placement: string): PlacementRules {
    return this.#rules.get(placement) ?? {};
  }

  /** By rising position, without those that belong to another placement or that the placement leaves out. */
  pinsOf(placement: string): readonly Pin[] {
    return this.#pins.get(placement) ?? [];
  }

  /** Whether the page shows the item somewhere else than in this recommend placement. */
  isElsewhere(placement: string, id: string): boolean {
    return this.#taken.has(id) || (this.#reserved.get(id) ?? placement) !== placement;
  }

  /** Notes what a recommend placement shows. */
  show(ids: Iterable<string>): void {
    for (const id of ids) this.#taken.add(id);
  }

  #reserve(id: string, placement: string, request: PlacementRequest): boolean {
    if (request.type === "rank") return true;
    if (this.isElsewhere(placement, id) || request.exclude?.includes(id) || request.context?.includes(id)) return false;
    this.#reserved.set(id, placement);
    return true;
  }
}

function rulesOf(request: PlacementRequest, defaults: PlacementRules | undefined): PlacementRules {
  const own: PlacementRules = {};
  for (const rule of ["filter", "pins", "boosts", "caps", "diversity", "frequencyCap"] as const) {
    const value = rule in request ? request[rule as keyof PlacementRequest] : undefined;
    if (value !== undefined) Object.assign(own, { [rule]: value });
  }
  const filter =
    defaults?.filter === undefined && own.filter === undefined ? {} : { ...defaults?.filter, ...own.filter };
  return { ...defaults, ...own, ...(Object.keys(filter).length > 0 ? { filter } : {}) };
}
