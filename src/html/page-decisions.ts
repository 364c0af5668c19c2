// The decisions of one page: one for all slots that are known before the origin answers, another for those that the page
// turns out to have besides. None is waited for beyond its budget.

import { LIMITS } from "../events/limits.ts";
import type { InBudget, Timer } from "../telemetry/budget.ts";
import { withinBudget } from "../telemetry/budget.ts";
import type { DecidedItem, FallbackReason } from "./fill.ts";
import { type Slot, type SlotRequest, sameRequest } from "./slots.ts";

/** What POST /v1/decide answers, as far as a page needs it. */
export interface PageDecision {
  readonly decisionId: string;
  readonly placements: Readonly<Record<string, { readonly items: readonly DecidedItem[] }>>;
}

export type SlotRequests = Readonly<Record<string, SlotRequest>>;

export interface PageDecisionPorts {
  /** One decision for all of them. */
  readonly decide: (placements: SlotRequests) => Promise<PageDecision>;
  readonly timer: Timer;
  /** Epoch ms. */
  readonly clock: () => number;
  /** Milliseconds that a decision may take from its start, and that all slots of a page wait together. */
  readonly budgetMs: number;
}

interface Call {
  readonly placements: SlotRequests;
  readonly deadline: number;
  readonly work: Promise<PageDecision>;
  /** Null while it is under way. */
  result: InBudget<PageDecision> | null;
}

export type SlotDecision =
  | { readonly decisionId: string; readonly items: readonly DecidedItem[] }
  | { readonly missed: FallbackReason };

export class PageDecisions {
  readonly #ports: PageDecisionPorts;
  readonly #calls = new Map<string, Call>();
  readonly #used = new Set<string>();
  #asked = 0;
  #items = 0;
  /** How long slots have waited so far. */
  #waitedMs = 0;

  constructor(ports: PageDecisionPorts) {
    this.#ports = ports;
  }

  /** Whether any of them has not been asked for. */
  lacks(slots: readonly Slot[]): boolean {
    return slots.some((slot) => this.#isNew(slot));
  }

  #isNew({ placement, type, request }: Slot): boolean {
    if (type !== "recommend" || this.#used.has(placement)) return false;
    const known = this.#calls.get(placement)?.placements[placement];
    return known === undefined || !sameRequest(known, request);
  }

  /** Asks for what has not been asked for yet, in one call. Of two that differ the first is what is expected, the last what is there. */
  ask(slots: readonly Slot[]): void {
    const wanted = new Map<string, SlotRequest>();
    for (const slot of slots) {
      if (this.#isNew(slot)) wanted.set(slot.placement, slot.request);
    }
    const room = LIMITS.placementsPerRequest - this.#asked;
    const taken = [...wanted].slice(0, room);
    this.#asked += taken.length;
    if (taken.length > 0) this.#start(Object.fromEntries(taken));
  }

  #start(placements: Record<string, SlotRequest>): void {
    const { decide, clock, budgetMs } = this.#ports;
    const wanted = withRoom(placements, this.#items);
    const work = started(() => decide(wanted));
    const call: Call = { placements, deadline: clock() + budgetMs, work, result: null };
    work.then(
      (value) => {
        call.result = { value };
      },
      (cause) => {
        call.result = { missed: "failed", cause };
      },
    );
    for (const [placement, { count }] of Object.entries(placements)) {
      this.#calls.set(placement, call);
      this.#items += count;
    }
  }

  /** Whether the slot's decision is there, or will not come: `of` then answers without waiting. */
  isSettled(slot: Slot): boolean {
    const call = this.#calls.get(slot.placement);
    return call === undefined || call.result !== null || this.#isLate(call);
  }

  /** Whether the slot's decision will not come. */
  hasMissed(slot: Slot): boolean {
    const call = this.#calls.get(slot.placement);
    if (call === undefined) return true;
    return call.result === null ? this.#isLate(call) : "missed" in call.result;
  }

  #isLate(call: Call): boolean {
    return this.#ports.clock() >= call.deadline;
  }

  /** What was decided for a slot, waited for within what is left of the budget. Once: a page shows a placement once. */
  async of({ placement, request }: Slot): Promise<SlotDecision> {
    if (this.#used.has(placement)) return { missed: "duplicate" };
    this.#used.add(placement);
    const call = this.#calls.get(placement);
    if (call === undefined) return { missed: "limit" };
    const asked = call.placements[placement];
    if (asked === undefined || !sameRequest(asked, request)) return { missed: "limit" };
    const result = call.result ?? (await this.#wait(call));
    if ("missed" in result) return { missed: result.missed };
    return readDecision(result.value, placement);
  }

  /** However many calls a page makes, it waits for all of them together no longer than one may take. */
  async #wait(call: Call): Promise<InBudget<PageDecision>> {
    const { clock, timer, budgetMs } = this.#ports;
    const from = clock();
    const leftMs = Math.min(call.deadline - from, budgetMs - this.#waitedMs);
    if (leftMs <= 0) return { missed: "timeout" };
    const result = await withinBudget(call.work, leftMs, timer);
    this.#waitedMs += clock() - from;
    return result;
  }
}

/** A call does not know what others before it on the page bring: it asks for so many more that all of those may be left out. */
function withRoom(placements: SlotRequests, items: number): SlotRequests {
  if (items === 0) return placements;
  const larger = ([placement, request]: [string, SlotRequest]) => {
    const count = Math.min(request.count + items, LIMITS.recommendCount);
    return [placement, { ...request, count }] as const;
  };
  return Object.fromEntries(Object.entries(placements).map(larger));
}

/** An answer that is none must not break a page. */
function readDecision(decision: PageDecision, placement: string): SlotDecision {
  const items = decision?.placements?.[placement]?.items;
  if (!Array.isArray(items) || typeof decision.decisionId !== "string") return { missed: "failed" };
  return { decisionId: decision.decisionId, items };
}

async function started<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
