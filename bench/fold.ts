// The fold alone: events a second in one isolate, and what a profile and its view take after ever more of them.
import { profile as config } from "../nowcast.config.ts";
import type { AcceptedEvent } from "../src/events/event.ts";
import { createRandom, type Random } from "../src/kernels/random.ts";
import { fold } from "../src/profile/fold.ts";
import { emptyState, type ProfileState } from "../src/profile/state.ts";
import { encodeState } from "../src/profile/state-codec.ts";
import { encodeViewOf } from "../src/profile/view-codec.ts";

const T0 = 1_732_280_000_000;
const ITEMS = 10_000;

export interface FoldSpeed {
  /** Median of the rounds. */
  readonly eventsPerSecond: number;
  readonly events: number;
}

export interface Sizes {
  readonly events: number;
  readonly profileBytes: number;
  readonly viewBytes: number;
}

/**
 * What a shop sees: of ten events three pages, two lists of 24, two items, a click, a search, and something in the cart,
 * ten seconds apart, with an hour's pause after every fifty.
 */
export function typicalEvents(count: number, seed = 1): AcceptedEvent[] {
  const random = createRandom(seed);
  let at = T0;
  return Array.from({ length: count }, (_, i) => {
    at += i % 50 === 49 ? 3_600_000 : 10_000;
    return {
      id: `event-${i}`,
      seq: i + 1,
      ts: at,
      receivedAt: at + 150,
      ...EVENTS[i % EVENTS.length]?.(random),
    } as AcceptedEvent;
  });
}

const item = (random: Random) => {
  const index = random.integer(ITEMS);
  return {
    id: `item-${index}`,
    category: `category-${index % 40}`,
    brand: `brand-${index % 90}`,
    price: 5 + (index % 400),
  };
};
const page = () => ({
  type: "page_view",
  context: { url: "https://shop.example/lamps", referrer: "https://www.google.com/", country: "DE" },
});
const list = (random: Random) => ({
  type: "view_item_list",
  placement: "home",
  items: Array.from({ length: 24 }, () => ({ id: `item-${random.integer(ITEMS)}` })),
});
const view = (random: Random) => ({ type: "view_item", items: [item(random)] });
const EVENTS: readonly ((random: Random) => object)[] = [
  page,
  list,
  (random) => ({ type: "select_item", items: [item(random)] }),
  view,
  page,
  (random) => ({ type: "search", query: `word${random.integer(50)} lamp` }),
  list,
  view,
  (random) => ({ type: "add_to_cart", items: [item(random)] }),
  page,
];

export function measureFold(rounds = 7, count = 100_000): FoldSpeed {
  const events = typicalEvents(count);
  const speeds = Array.from({ length: rounds }, () => {
    let state = emptyState();
    const startedAt = performance.now();
    for (const event of events) state = fold(state, event, config);
    return (count / (performance.now() - startedAt)) * 1000;
  });
  return { eventsPerSecond: speeds.toSorted((a, b) => a - b)[rounds >> 1] as number, events: count };
}

export function measureSizes(counts: readonly number[]): Sizes[] {
  const events = typicalEvents(Math.max(...counts));
  const sizes: Sizes[] = [];
  let state: ProfileState = emptyState();
  for (const event of events) {
    state = fold(state, event, config);
    if (!counts.includes(event.seq)) continue;
    const viewBytes = encodeViewOf(state, event.receivedAt, config).length;
    sizes.push({ events: event.seq, profileBytes: encodeState(state).length, viewBytes });
  }
  return sizes;
}
