// One visit as a person would make it: look around, compare, buy, abandon, come back for what was left. It does not know
// whether it happens on paper or in a shop: it yields what it does and is told what it then sees, so that the same visit writes a log
// (history.ts) and drives HTTP (browse.ts). Lists are looked through from the top, fewer and fewer of them further down (the
// examination model: Richardson et al., WWW 2007).
import type { Random } from "../../../src/kernels/random.ts";
import { type Product, productOf } from "../catalogue/products.ts";
import { appeal, drawFocus, type Shopper } from "./shopper.ts";

export type Place =
  | { readonly at: "home" }
  | { readonly at: "category"; readonly category: string }
  | { readonly at: "search"; readonly query: string }
  | { readonly at: "product"; readonly id: string }
  | { readonly at: "cart" };

/** A list of products as it stands on a page. */
export interface ShownList {
  readonly placement: string;
  readonly ids: readonly string[];
  /** What clicks on it echo; null where nobody decided. */
  readonly decisionId: string | null;
}

export interface Pick {
  readonly list: ShownList;
  readonly position: number;
}

export type Action =
  | { readonly do: "open"; readonly place: Place; readonly from?: Pick }
  /** The list has come into view. */
  | { readonly do: "look"; readonly list: ShownList }
  | { readonly do: "add"; readonly id: string; readonly quantity: number; readonly from: ShownList | null }
  | { readonly do: "order" };

/** What is on the page after an action; only `open` leads to another one. */
export interface Seen {
  readonly lists: readonly ShownList[];
}

export type Mood = "browse" | "compare" | "buy" | "return";

/** What a shopper takes along from one visit to the next. */
export interface Memory {
  /** Products in the cart. */
  readonly cart: Set<string>;
  /** The best that was seen and not bought. */
  wish: Product | null;
}

export function emptyMemory(): Memory {
  return { cart: new Set(), wish: null };
}

/** How a visit begins: who left something behind comes back for it more often than not. */
export function drawMood(random: Random, memory: Memory): Mood {
  const draw = random.next();
  if ((memory.cart.size > 0 || memory.wish !== null) && draw < 0.6) return "return";
  return draw < 0.75 ? "browse" : "compare";
}

export interface VisitOptions {
  readonly random: Random;
  readonly shopper: Shopper;
  readonly memory: Memory;
  readonly mood: Mood;
  /** Of a product, today. */
  readonly popularity: (id: string) => number;
}

type Doing<T> = Generator<Action, T, Seen>;

/** How far a shopper follows product pages from product pages. */
const MAX_DEPTH = 2;
/** Who wants a product more than this has found what they came for. */
const ENOUGH = 0.35;

export function* visit(options: VisitOptions): Doing<void> {
  yield* new Visit(options).run();
}

class Visit {
  readonly #random: Random;
  readonly #shopper: Shopper;
  readonly #memory: Memory;
  readonly #popularity: (id: string) => number;
  #mood: Mood;
  #focus: string;
  #patience: number;
  #best: Product | null = null;

  constructor({ random, shopper, memory, mood, popularity }: VisitOptions) {
    this.#random = random;
    this.#shopper = shopper;
    this.#memory = memory;
    this.#popularity = popularity;
    this.#mood = mood;
    this.#focus = mood === "return" && memory.wish !== null ? memory.wish.category : drawFocus(random, shopper);
    this.#patience = Math.max(2, shopper.patience - 2 + random.integer(5));
  }

  *run(): Doing<void> {
    if (this.#mood === "return") yield* this.#comeBack();
    while (this.#patience > 0) {
      if (this.#mood === "buy") return yield* this.#buy();
      yield* this.#mood === "browse" ? this.#browse() : this.#compare();
    }
    this.#memory.wish = this.#best ?? this.#memory.wish;
  }

  *#comeBack(): Doing<void> {
    const { cart, wish } = this.#memory;
    if (cart.size > 0) {
      yield* this.#lookThrough((yield* this.#open({ at: "cart" })).lists, 0);
      this.#mood = this.#random.next() < 0.5 ? "buy" : "browse";
    } else if (wish !== null) {
      const { lists } = yield* this.#open({ at: "product", id: wish.id });
      this.#best = wish;
      yield* this.#lookThrough(lists, 1);
      this.#mood = this.#random.next() < 0.4 ? "buy" : "compare";
    }
  }

  *#browse(): Doing<void> {
    const place: Place = this.#random.next() < 0.6 ? { at: "home" } : { at: "category", category: this.#focus };
    const liked = yield* this.#lookThrough((yield* this.#open(place)).lists, 0);
    if (liked !== null && this.#random.next() < 0.5) {
      this.#focus = liked.category;
      this.#mood = "compare";
    } else if (this.#random.next() < 0.2) this.#focus = drawFocus(this.#random, this.#shopper);
  }

  /** Looks at several of a kind until one is good enough. */
  *#compare(): Doing<void> {
    const isSearching = this.#random.next() < 0.25;
    const place: Place = isSearching
      ? { at: "search", query: this.#query() }
      : { at: "category", category: this.#focus };
    yield* this.#lookThrough((yield* this.#open(place)).lists, 0);
    const { price = 0, usualPrice = 1 } = this.#best ?? {};
    const dear = this.#shopper.priceSensitivity * Math.max(0, Math.log2(price / usualPrice) - this.#shopper.priceLevel);
    if (this.#best !== null && this.#wants(this.#best) > ENOUGH && this.#random.next() < 0.7 - 0.3 * dear)
      this.#mood = "buy";
    else if (this.#random.next() < 0.15) this.#mood = "browse";
  }

  /** Into the cart, a look at what goes with it, and to the checkout, or away from it. */
  *#buy(): Doing<void> {
    const { cart } = this.#memory;
    if (this.#best !== null && !cart.has(this.#best.id)) yield* this.#add(this.#best, null);
    if (cart.size === 0) {
      this.#mood = "compare";
      return;
    }
    yield* this.#lookThrough((yield* this.#open({ at: "cart" })).lists, 1);
    const wanted = this.#best === null ? 0.5 : this.#wants(this.#best);
    if (this.#random.next() > 0.3 + 0.5 * wanted) return;
    yield { do: "order" };
    cart.clear();
    this.#memory.wish = null;
  }

  *#open(place: Place, from?: Pick): Doing<Seen> {
    this.#patience--;
    return yield { do: "open", place, ...(from === undefined ? {} : { from }) };
  }

  /** @returns the product that was liked most of those opened, null when none was */
  *#lookThrough(lists: readonly ShownList[], depth: number): Doing<Product | null> {
    let liked: Product | null = null;
    for (const [index, list] of lists.entries()) {
      // Most do not scroll down to the end of a page.
      if (list.ids.length === 0 || (index > 0 && this.#random.next() < 0.35)) continue;
      yield { do: "look", list };
      for (const [position, id] of list.ids.entries()) {
        const product = productOf(id);
        const examined = 1 / (1 + 0.15 * position);
        if (product === undefined || this.#random.next() >= examined * this.#wants(product)) continue;
        yield* this.#lookAt(product, { list, position }, depth);
        if (liked === null || this.#wants(product) > this.#wants(liked)) liked = product;
        if (this.#patience <= 0) return liked;
      }
    }
    return liked;
  }

  *#lookAt(product: Product, from: Pick, depth: number): Doing<void> {
    const { lists } = yield* this.#open({ at: "product", id: product.id }, from);
    const wanted = this.#wants(product);
    if (product.available && !this.#memory.cart.has(product.id) && this.#random.next() < 0.3 * wanted) {
      yield* this.#add(product, from.list);
    } else if (this.#best === null || wanted > this.#wants(this.#best)) this.#best = product;
    if (depth < MAX_DEPTH && this.#random.next() < 0.3) yield* this.#lookThrough(lists, depth + 1);
  }

  *#add(product: Product, from: ShownList | null): Doing<void> {
    yield { do: "add", id: product.id, quantity: this.#random.next() < 0.15 ? 2 : 1, from };
    this.#memory.cart.add(product.id);
  }

  #wants(product: Product): number {
    return appeal(this.#shopper, this.#focus, product, this.#popularity(product.id));
  }

  #query(): string {
    const { likedLooks, likedStyles } = this.#shopper;
    const words = [...likedLooks, ...likedStyles];
    return `${words[this.#random.integer(words.length)] ?? ""} ${this.#focus}`.trim();
  }
}
