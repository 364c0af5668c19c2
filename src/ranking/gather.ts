// The candidates of all placements of a request, one after the other in one pool: those given, those that rules name, those
// that sources find.
import type { ItemTable } from "../catalog/item-table.ts";
import type { Evidence } from "../features/evidence.ts";
import { finalize32 } from "../kernels/hash.ts";
import { holdsLast } from "../kernels/held-shapes.ts";
import type { VisitorView } from "../profile/view.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import type { DroppedItem } from "./decision.ts";
import { codesOf, type ItemCodes } from "./item-codes.ts";
import type { Page } from "./page.ts";
import { Pool } from "./pool.ts";
import type { PlacementRequest, RecommendRequest } from "./request.ts";
import { Retrieval } from "./retrieve.ts";
import { admission } from "./rules/admission.ts";
import { hashesOf } from "./rules/filter.ts";
import type { ItemFacts } from "./rules/item-facts.ts";

/** How many items a decision looks at; docs/ranking.md tells what more of them cost and bring. */
export interface CandidateLimits {
  /** Of a recommend placement, for each item that it shows; as many as the model scores at least. */
  readonly perShown: number;
  /** Of one request, shared by its recommend placements. */
  readonly perRequest: number;
  /** What the linear pass leaves of a placement for the model, and of all recommend placements together. */
  readonly scored: number;
  readonly scoredPerRequest: number;
}

export const CANDIDATE_LIMITS: CandidateLimits = {
  perShown: 10,
  perRequest: 1_000,
  scored: 200,
  scoredPerRequest: 600,
};
/** Of what is scored, where many long lists are to be filled: as many rows as may be given to be ranked. */
const MOST_SCORED = 2_000;
/** So many times what is shown are looked for where filters are narrow: there is to be a choice, and room for caps. */
const SPARE = 10;
/** Of the items that sources found and rules kept out, the first are told. */
const MOST_DROPPED = 50;

export interface GatherInput {
  readonly placements: Readonly<Record<string, PlacementRequest>>;
  readonly snapshot: Snapshot;
  readonly items: ItemTable;
  readonly view: VisitorView;
  readonly evidence: Evidence;
  readonly page: Page;
  readonly facts: ItemFacts;
  /** Epoch ms. */
  readonly now: number;
  /** What is drawn at random depends on it; by default on the visitor's state and the time. */
  readonly seed?: number | undefined;
  readonly explain: boolean;
  readonly limits?: CandidateLimits | undefined;
}

/** The candidates from … to − 1 of the pool are those of a placement. */
export interface PoolSpan {
  readonly name: string;
  readonly request: PlacementRequest;
  readonly from: number;
  readonly to: number;
  /** How many the cascade leaves of them at most. */
  readonly keep: number;
  /** What rules kept out, when it is to be explained. */
  readonly dropped: readonly DroppedItem[];
}

export interface Gathered {
  readonly pool: Pool;
  readonly spans: readonly PoolSpan[];
}

export function gather(input: GatherInput): Gathered {
  const { snapshot, items, view, now, limits = CANDIDATE_LIMITS } = input;
  const { perShown, perRequest, scored, scoredPerRequest } = limits;
  const requests = Object.entries(input.placements);
  const recommends = requests.filter(([, { type }]) => type === "recommend").length;
  const pool = new Pool(snapshot);
  let finder: Finder | null = null;
  let wanted = 0;
  const spans = requests.map(([name, request]): PoolSpan => {
    const from = pool.count;
    if (request.type === "rank") {
      pool.addGiven(request, items);
      return { name, request, from, to: pool.count, keep: scored, dropped: [] };
    }
    finder ??= new Finder(input, seedOf(view, now));
    // Whatever the placements before take, enough is left.
    wanted += request.count;
    const most = Math.floor(perRequest / recommends);
    const limit = Math.max(wanted, Math.min(most, Math.max(scored, request.count * perShown)));
    const dropped = finder.addTo(pool, name, request, limit, wanted);
    const room = Math.max(request.count, Math.floor(MOST_SCORED / recommends));
    const keep = Math.min(room, Math.max(wanted, Math.min(scored, Math.floor(scoredPerRequest / recommends))));
    return { name, request, from, to: pool.count, keep, dropped };
  });
  return { pool, spans };
}

const hold = holdsLast();

class Finder {
  readonly #input: GatherInput;
  readonly #codes: ItemCodes;
  readonly #retrieval: Retrieval;

  constructor(input: GatherInput, seed: number) {
    const { snapshot, items, view, evidence, now } = input;
    this.#input = input;
    this.#codes = codesOf(snapshot, items);
    const codes = this.#codes;
    this.#retrieval = new Retrieval({ snapshot, items, codes, view, evidence, now, seed: input.seed ?? seed });
  }

  /** @param wanted how many it takes to fill the list. @returns what rules kept out, when it is to be explained */
  addTo(pool: Pool, name: string, request: RecommendRequest, limit: number, wanted: number): DroppedItem[] {
    const { items, page, facts, explain } = this.#input;
    const codes = this.#codes;
    const admit = admission(name, request, page, facts, this.#input);
    const pinned = new Set<number>();
    for (const { id } of page.pinsOf(name)) {
      if (!facts.isAvailable(items.slotOf(id))) continue;
      pinned.add(codes.codeOf(id));
      pool.addPinned(id, items);
    }
    const dropped = new Map<number, DroppedItem>();
    const allowed = (code: number): boolean => {
      const rule = admit(codes.hashOf(code), codes.indexOf(code), codes.slotOf(code));
      if (rule === null) return pinned.size === 0 || !pinned.has(code);
      if (explain && dropped.size < MOST_DROPPED) dropped.set(code, { id: codes.idOf(code), rule });
      return false;
    };
    const { filter } = page.rulesOf(name);
    const about = new Set((request.context ?? []).map((id) => codes.codeOf(id)));
    about.delete(-1);
    const asked = { page: [...about], categories: filter?.category === undefined ? [] : hashesOf(filter.category) };
    pool.addFound(this.#retrieval.find(asked, limit, wanted * SPARE, allowed), codes);
    hold(this, allowed, admit);
    return [...dropped.values()];
  }
}

function seedOf({ seq, firstAt }: VisitorView, now: number): number {
  return finalize32(finalize32(seq ^ firstAt) ^ now);
}
