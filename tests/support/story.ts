// A visitor's story as events: each step happens, then half a minute passes. What is asked of it goes the live way,
// through the fold and the bytes of the decision view.
import type { Event, EventItem } from "../../src/events/event.ts";
import { fold, profileOf } from "../../src/profile/fold.ts";
import { type Intent, type IntentName, intentsOf } from "../../src/profile/intents.ts";
import type { ProfileConfig } from "../../src/profile/profile.ts";
import { emptyState, type ProfileState } from "../../src/profile/state.ts";
import type { VisitorView } from "../../src/profile/view.ts";
import { decodeView, encodeView } from "../../src/profile/view-codec.ts";

export const minutes = (count: number): number => count * 60_000;
export const hours = (count: number): number => count * minutes(60);
export const days = (count: number): number => count * hours(24);

const STEP_MS = 30_000;
const CONFIG: ProfileConfig = {
  sessionTimeoutMs: minutes(30),
  reorderMs: minutes(1),
  maxDwellMs: minutes(5),
  maxTouches: 48,
  maxShown: 256,
  maxCart: 24,
  maxBefore: 5,
  pairHalfLifeMs: 15 * 60_000,
  botEventsPerMinute: 300,
};

export class Story {
  now = Date.parse("2026-11-02T10:00:00Z");
  #seq = 0;
  #state: ProfileState = emptyState();

  wait(ms: number): this {
    this.now += ms;
    return this;
  }

  opens(path = "/"): this {
    return this.#happens("page_view", { context: { url: `https://shop.example${path}` } });
  }
  searches(query: string): this {
    return this.#happens("search", { query });
  }
  seesList(...items: string[]): this {
    return this.#happens("view_item_list", { items: items.map(itemOf) });
  }
  /** One after the other. @param items `lamp-80` is of the category lamp and costs 80; `thing` has neither */
  views(...items: string[]): this {
    for (const item of items) this.#happens("view_item", { items: [itemOf(item)] });
    return this;
  }
  putsIntoCart(item: string): this {
    return this.#happens("add_to_cart", { items: [itemOf(item)] });
  }
  takesOut(item: string): this {
    return this.#happens("remove_from_cart", { items: [itemOf(item)] });
  }
  beginsCheckout(): this {
    return this.#happens("begin_checkout");
  }
  /** Without items, the order does not say what was bought. */
  buys(...items: string[]): this {
    return this.#happens("purchase", { value: 100, ...(items.length > 0 ? { items: items.map(itemOf) } : {}) });
  }

  view(): VisitorView {
    return decodeView(encodeView(profileOf(this.#state, CONFIG), this.now, CONFIG.sessionTimeoutMs));
  }
  intents(): Intent[] {
    return intentsOf(this.view(), this.now);
  }
  intent(name: IntentName): Intent | undefined {
    return this.intents().find((intent) => intent.name === name);
  }
  /** 0 when there is nothing of it. */
  confidence(name: IntentName): number {
    return this.intent(name)?.confidence ?? 0;
  }

  #happens(type: string, fields: Partial<Event> = {}): this {
    const seq = ++this.#seq;
    const event = { id: `e${seq}`, type, ts: this.now, receivedAt: this.now, anonymousId: "v", seq, ...fields };
    this.#state = fold(this.#state, event, CONFIG);
    return this.wait(STEP_MS);
  }
}

function itemOf(id: string): EventItem {
  const [category = "", price] = id.replace(/[a-z]$/, "").split("-");
  return price === undefined ? { id } : { id, category, price: Number(price) };
}
