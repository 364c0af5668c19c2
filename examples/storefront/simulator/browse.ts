// Simulated shoppers in a real shop, over HTTP: the visits of `visit.ts` in browsers of `browser.ts`. With the same seed the same
// people come, so the shop through Nowcast and the shop alone can be compared by what they click.
import { createRandom } from "../../../src/kernels/random.ts";
import { Browser } from "./browser.ts";
import { createPopularity } from "./popularity.ts";
import type { PageList, ReadPage } from "./read-page.ts";
import { createShoppers, type Shopper } from "./shopper.ts";
import { type Action, drawMood, emptyMemory, type Place, type Seen, type ShownList, visit } from "./visit.ts";

export interface BrowseOptions {
  /** Of the shop. */
  readonly url: string;
  readonly visitors: number;
  readonly seed: number;
  /** Browsers at a time, 4 by default. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

export interface PlacementReport {
  /** Lists that came into view, and the items on them. */
  lists: number;
  items: number;
  /** Of these lists, how many Nowcast had filled. */
  filled: number;
  clicks: number;
}

export interface BrowseReport {
  visitors: number;
  visits: number;
  pages: number;
  events: number;
  orders: number;
  /** Why slots showed the origin's content, by reason. */
  readonly fallbacks: Record<string, number>;
  readonly placements: Record<string, PlacementReport>;
}

const DAYS = 14;
/** Set apart from those who wrote the history with the same seed. */
const STREAM = 7_919;

/** @throws Error when the shop, or Nowcast in front of it, does not do what it should */
export async function browse(options: BrowseOptions): Promise<BrowseReport> {
  const { url, visitors, seed, concurrency = 4, signal, onProgress } = options;
  const report: BrowseReport = {
    visitors: 0,
    visits: 0,
    pages: 0,
    events: 0,
    orders: 0,
    fallbacks: {},
    placements: {},
  };
  const popularity = createPopularity(seed, DAYS);
  const shoppers = createShoppers(createRandom(seed), visitors).entries();
  const work = async (): Promise<void> => {
    for (const [index, shopper] of shoppers) {
      const day = (index / visitors) * DAYS;
      const browser = new Browser({ url, name: `sim${seed}-${index + 1}`, ...(signal ? { signal } : {}) });
      await new Shopping(browser, report).live(shopper, seed * 1_000_003 + STREAM + index, (id) => popularity(id, day));
      report.visitors++;
      report.pages += browser.pages;
      report.events += browser.events;
      onProgress?.(report.visitors);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return report;
}

class Shopping {
  readonly #browser: Browser;
  readonly #report: BrowseReport;

  constructor(browser: Browser, report: BrowseReport) {
    this.#browser = browser;
    this.#report = report;
  }

  /** One to three visits. */
  async live(shopper: Shopper, seed: number, popularity: (id: string) => number): Promise<void> {
    const random = createRandom(seed);
    const memory = emptyMemory();
    const visits = 1 + random.integer(3);
    for (let index = 0; index < visits; index++) {
      this.#report.visits++;
      const doing = visit({ random, shopper, memory, mood: drawMood(random, memory), popularity });
      for (let next = doing.next(); !next.done; ) next = doing.next(await this.#happen(next.value));
      await this.#browser.flush();
    }
  }

  async #happen(action: Action): Promise<Seen> {
    switch (action.do) {
      case "open":
        return this.#open(action);
      case "look": {
        const { placement, decisionId, ids } = action.list;
        const counts = this.#countsOf(placement);
        counts.lists++;
        counts.items += ids.length;
        if (decisionId === null) break;
        counts.filled++;
        this.#browser.track({
          type: "view_item_list",
          decisionId,
          placement,
          position: 0,
          items: ids.map((id) => ({ id })),
        });
        break;
      }
      case "add":
        await this.#browser.post("/cart", { id: action.id, quantity: String(action.quantity) });
        break;
      case "order":
        await this.#browser.open("/checkout");
        await this.#browser.post("/checkout", {});
        this.#report.orders++;
    }
    return { lists: [] };
  }

  async #open({ place, from }: Extract<Action, { do: "open" }>): Promise<Seen> {
    if (from !== undefined && place.at === "product") {
      const { list, position } = from;
      this.#countsOf(list.placement).clicks++;
      const { placement, decisionId } = list;
      if (decisionId !== null) {
        this.#browser.track({ type: "select_item", decisionId, placement, position, items: [{ id: place.id }] });
      }
    }
    const page = await this.#browser.open(pathOf(place));
    return { lists: this.#listsOf(page) };
  }

  #listsOf({ lists }: ReadPage): ShownList[] {
    for (const { fallback } of lists) {
      if (fallback !== null) this.#report.fallbacks[fallback] = (this.#report.fallbacks[fallback] ?? 0) + 1;
    }
    return lists.map(({ placement, ids, decisionId }: PageList) => ({ placement, ids, decisionId }));
  }

  #countsOf(placement: string): PlacementReport {
    this.#report.placements[placement] ??= { lists: 0, items: 0, filled: 0, clicks: 0 };
    return this.#report.placements[placement];
  }
}

function pathOf(place: Place): string {
  switch (place.at) {
    case "home":
      return "/";
    case "category":
      return `/c/${place.category}`;
    case "search":
      return `/search?q=${encodeURIComponent(place.query)}`;
    case "product":
      return `/products/${place.id}`;
    case "cart":
      return "/cart";
  }
}
