// The simulated history that `npm start` seeds itself with. SIMULATED: no person did any of this. The shop of those days did not
// personalize: its lists are drawn at random, so that every product was seen and a model may learn from what was clicked.
import { createRandom, type Random } from "../../../src/kernels/random.ts";
import type { LogEvent, LogRecord } from "../../../src/training/log.ts";
import { catalogueItems, PRODUCTS, type Product, productOf } from "../catalogue/products.ts";
import { search } from "../shop/search.ts";
import { createPopularity } from "./popularity.ts";
import { createShoppers, type Shopper } from "./shopper.ts";
import { type Action, drawMood, emptyMemory, type Place, type Seen, type ShownList, visit } from "./visit.ts";

const DAY_MS = 86_400_000;
/** No visit lasts longer; what is begun within it may take a moment more. */
const LONGEST_VISIT_MS = 85 * 60_000;
const VISIT_ROOM_MS = 90 * 60_000;
const SHOP = "https://fernhall.example";
const HOME_ITEMS = 12;
const SHELF_ITEMS = 12;
const BESIDE_ITEMS = 4;

export interface SimulateOptions {
  readonly seed: number;
  /** Epoch ms; nothing happens after it. */
  readonly endTs: number;
  /** 200 by default. */
  readonly shoppers?: number;
  /** Length of the history, 14 by default, at least 1. */
  readonly days?: number;
}

/** The items first, then every shopper's events in time order: equal options, equal log, to the byte. @throws RangeError when days < 1 */
export function simulateLog(options: SimulateOptions): LogRecord[] {
  const { seed, endTs, shoppers: count = 200, days = 14 } = options;
  if (!(days >= 1)) throw new RangeError(`days must be at least 1, not ${days}`);
  const popularity = createPopularity(seed, Math.ceil(days));
  const events = createShoppers(createRandom(seed), count).flatMap((shopper) => {
    // A stream of its own for each shopper: adding one leaves the others as they are.
    const random = createRandom(seed * 1_000_003 + Number(shopper.anonymousId.slice("shopper-".length)));
    const history = new History(random, shopper, `sim${seed}`);
    const memory = emptyMemory();
    const visits = 2 + random.integer(4);
    const slotMs = (days * DAY_MS) / visits;
    for (let index = 0; index < visits; index++) {
      const startTs = Math.floor(endTs - (visits - index) * slotMs + random.next() * (slotMs - VISIT_ROOM_MS));
      const day = days - (endTs - startTs) / DAY_MS;
      const mood = drawMood(random, memory);
      history.begin(startTs, endTs);
      history.play(visit({ random, shopper, memory, mood, popularity: (id) => popularity(id, day) }));
    }
    return history.events;
  });
  return [...catalogueItems(endTs), ...events.sort((a, b) => a.ts - b.ts)];
}

/** A line of the cart, and the list that it came from. */
interface Line {
  readonly product: Product;
  quantity: number;
  readonly decisionId: string | null;
}

/** One shopper in the shop of before: shows lists, and writes down what happens. */
class History {
  readonly events: LogEvent[] = [];
  readonly #random: Random;
  readonly #shopper: Shopper;
  readonly #prefix: string;
  readonly #cart = new Map<string, Line>();
  #onSale: readonly Product[] = [];
  #ts = 0;
  #lists = 0;
  #orders = 0;

  constructor(random: Random, shopper: Shopper, prefix: string) {
    this.#random = random;
    this.#shopper = shopper;
    this.#prefix = prefix;
  }

  begin(startTs: number, endTs: number): void {
    this.#ts = startTs;
    const daysAgo = (endTs - startTs) / DAY_MS;
    this.#onSale = PRODUCTS.filter(({ available, daysOld }) => available && daysOld >= daysAgo);
  }

  play(doing: Generator<Action, void, Seen>): void {
    const end = this.#ts + LONGEST_VISIT_MS;
    for (let next = doing.next(); !next.done && this.#ts < end; ) next = doing.next(this.#happen(next.value));
  }

  #happen(action: Action): Seen {
    switch (action.do) {
      case "open":
        return { lists: this.#open(action) };
      case "look": {
        const { placement, decisionId, ids } = action.list;
        this.#log({
          type: "view_item_list",
          decisionId: decisionId ?? "",
          placement,
          items: ids.map((id) => ({ id })),
        });
        break;
      }
      case "add":
        this.#add(action);
        break;
      case "order":
        this.#order();
    }
    return { lists: [] };
  }

  #open({ place, from }: Extract<Action, { do: "open" }>): ShownList[] {
    if (place.at === "product") {
      const product = productOf(place.id) as Product;
      const line = lineOf(product);
      if (from) {
        const { decisionId, placement } = from.list;
        this.#log({
          type: "select_item",
          decisionId: decisionId ?? "",
          placement,
          position: from.position,
          items: [line],
        });
      }
      this.#log({ type: "view_item", items: [line], context: { url: `${SHOP}/products/${place.id}` } });
    } else if (place.at === "search") this.#log({ type: "search", query: place.query });
    else {
      const path = { home: "/", cart: "/cart", category: `/c/${place.at === "category" ? place.category : ""}` }[
        place.at
      ];
      this.#log({ type: "page_view", context: { url: SHOP + path } });
    }
    return this.#listsOf(place);
  }

  #listsOf(place: Place): ShownList[] {
    const mixed = [...this.#onSale];
    this.#random.shuffle(mixed);
    switch (place.at) {
      case "home":
        return [this.#list("home", mixed.slice(0, HOME_ITEMS))];
      case "category":
        return [
          this.#list("category", mixed.filter(({ category }) => category === place.category).slice(0, SHELF_ITEMS)),
        ];
      case "search": {
        const onSale = new Set(this.#onSale);
        const found = search(place.query).filter((product) => onSale.has(product));
        return [this.#list("search", (found.length > 0 ? found : mixed).slice(0, SHELF_ITEMS))];
      }
      case "product": {
        const { category, id } = productOf(place.id) as Product;
        const others = mixed.filter((product) => product.id !== id);
        return [
          this.#list("product", others.filter((product) => product.category !== category).slice(0, BESIDE_ITEMS)),
          this.#list("similar", others.filter((product) => product.category === category).slice(0, BESIDE_ITEMS)),
        ];
      }
      case "cart":
        return [this.#list("cart", mixed.filter(({ id }) => !this.#cart.has(id)).slice(0, BESIDE_ITEMS))];
    }
  }

  #list(placement: string, products: readonly Product[]): ShownList {
    const decisionId = `${this.#prefix}-list-${this.#shopper.anonymousId}-${++this.#lists}`;
    return { placement, decisionId, ids: products.map(({ id }) => id) };
  }

  #add({ id, quantity, from }: Extract<Action, { do: "add" }>): void {
    const product = productOf(id) as Product;
    const decisionId = from?.decisionId ?? null;
    const line = this.#cart.get(id);
    if (line) line.quantity += quantity;
    else this.#cart.set(id, { product, quantity, decisionId });
    this.#log({
      type: "add_to_cart",
      ...(decisionId === null ? {} : { decisionId }),
      items: [{ ...lineOf(product), quantity }],
      value: product.price * quantity,
      currency: "EUR",
    });
  }

  /** One order for the whole cart. It carries a list id only when everything in it came from that list. */
  #order(): void {
    const lines = [...this.#cart.values()];
    this.#cart.clear();
    if (lines.length === 0) return;
    const lists = [...new Set(lines.map(({ decisionId }) => decisionId))];
    const only = lists.length === 1 ? lists[0] : null;
    this.#log({
      type: "purchase",
      orderId: `${this.#prefix}-${this.#shopper.anonymousId}-order-${++this.#orders}`,
      value: lines.reduce((sum, { product, quantity }) => sum + product.price * quantity, 0),
      currency: "EUR",
      items: lines.map(({ product, quantity }) => ({ ...lineOf(product), quantity })),
      ...(only ? { decisionId: only } : {}),
    });
  }

  /** Gives the event an id and the visit's next moment. */
  #log(event: Omit<LogEvent, "kind" | "id" | "ts" | "anonymousId">): void {
    const { anonymousId } = this.#shopper;
    const id = `${this.#prefix}-${anonymousId}-${String(this.events.length + 1).padStart(4, "0")}`;
    this.events.push({ kind: "event", id, ts: this.#ts, anonymousId, ...event });
    this.#ts += 1500 + this.#random.integer(25_000);
  }
}

function lineOf({ id, price, category }: Product) {
  return { id, price, category };
}
