// The placements of one request are shown together: an item is recommended in one of them only. Those given to be ranked and
// those with a fixed place belong to their placement from the start; the others to the first that shows them. Items are known
// by the hash32 of their ids here: of two with one hash, one may be left out.
import { hash32 } from "../kernels/hash.ts";
import { HashCounts } from "../kernels/hash-counts.ts";
import type { PlacementRequest } from "./request.ts";
import type { Pin, PlacementRules } from "./rules/rule-schema.ts";

/** A site's rules by the name of the placement. */
export type RuleDefaults = Readonly<Record<string, PlacementRules>>;

/** Shown whatever other placements hold: in a list to be ranked, or in a placement that has been decided. */
const EVERYWHERE = -1;

export class Page {
  readonly #rules = new Map<string, PlacementRules>();
  readonly #pins = new Map<string, readonly Pin[]>();
  /** Placement → its number, from 1. */
  readonly #numbers = new Map<string, number>();
  /** Hash → number of the placement that the item has a place in, or EVERYWHERE. */
  readonly #owners: HashCounts;

  constructor(placements: Readonly<Record<string, PlacementRequest>>, defaults: RuleDefaults = {}) {
    const requests = Object.entries(placements);
    const given = requests.reduce((sum, [, each]) => sum + (each.type === "rank" ? each.items.length : each.count), 0);
    this.#owners = new HashCounts(given);
    // Nothing to remember for a single list.
    if (requests.length > 1) {
      for (const [, request] of requests)
        if (request.type === "rank") this.show(request.items.map(({ id }) => hash32(id)));
    }
    for (const [name, request] of requests) {
      this.#numbers.set(name, this.#numbers.size + 1);
      const rules = rulesOf(request, Object.hasOwn(defaults, name) ? defaults[name] : undefined);
      const pins = (rules.pins ?? []).filter((pin) => this.#reserve(pin, name, request));
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

  /** Whether the page shows the item somewhere else than in this recommend placement. @param hash hash32 of the id */
  isElsewhere(placement: string, hash: number): boolean {
    const owner = this.#owners.get(hash);
    return owner !== 0 && owner !== this.#numbers.get(placement);
  }

  /** Notes what a placement shows. @param hashes hash32 of the ids */
  show(hashes: Iterable<number>): void {
    for (const hash of hashes) this.#owners.set(hash, EVERYWHERE);
  }

  #reserve({ id, position }: Pin, placement: string, request: PlacementRequest): boolean {
    if (request.type === "rank") return true;
    // A site's pins may stand behind the end of a shorter list.
    if (position >= request.count) return false;
    const hash = hash32(id);
    if (this.isElsewhere(placement, hash) || request.exclude?.includes(id) || request.context?.includes(id))
      return false;
    this.#owners.set(hash, this.#numbers.get(placement) as number);
    return true;
  }
}

function rulesOf(request: PlacementRequest, defaults: PlacementRules | undefined): PlacementRules {
  const own: PlacementRules = {};
  for (const rule of ["filter", "pins", "boosts", "caps", "diversity", "frequencyCap"] as const) {
    const value = rule in request ? request[rule as keyof PlacementRequest] : undefined;
    if (value !== undefined) Object.assign(own, { [rule]: value });
  }
  if (defaults === undefined) return own;
  const filter = { ...defaults.filter, ...own.filter };
  return { ...defaults, ...own, ...(Object.keys(filter).length > 0 ? { filter } : {}) };
}
