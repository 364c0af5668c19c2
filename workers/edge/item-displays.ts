// What pages show of items, as far as this isolate knows it. A decision reads what is missing once a shard, within a budget;
// what is old is shown as it is and read again behind the answer. Bounded: what was asked for longest ago goes.
import { items as config, freshness } from "../../nowcast.config.ts";
import { DISPLAY_FIELDS, type Display, type DisplayField } from "../../src/catalog/display.ts";
import { byItemShard, itemShardName } from "../../src/catalog/item-shard.ts";
import { type Timer, withinBudget } from "../../src/telemetry/budget.ts";

/** The objects of items, or doubles. */
export interface ItemObjects {
  getByName(name: string): { displaysOf(ids: readonly string[]): Promise<(string | null)[]> };
}

export interface DisplayPorts {
  readonly objects: ItemObjects;
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly clock: () => number;
  readonly timer: Timer;
}

interface Held {
  /** Null: there is no such item. */
  readonly display: Display | null;
  readonly length: number;
  readonly readAt: number;
  isRefreshing: boolean;
}

/** Characters of JSON that an isolate holds: some 20,000 items of an ordinary shop. */
const MAX_LENGTH = 6_000_000;
/** What an entry takes besides. */
const ENTRY_LENGTH = 200;

export class ItemDisplays {
  readonly #held = new Map<string, Held>();
  #length = 0;

  /** What is known of the items once the budget is over, by their ids; what is not known is absent. */
  async displaysOf(
    site: string,
    ids: readonly string[],
    budgetMs: number,
    ports: DisplayPorts,
  ): Promise<ReadonlyMap<string, Display>> {
    const now = ports.clock();
    const missing: string[] = [];
    const old: string[] = [];
    for (const id of ids) {
      const held = this.#held.get(keyOf(site, id));
      if (held === undefined) missing.push(id);
      else if (!held.isRefreshing && now - held.readAt > freshness.displayMs) {
        held.isRefreshing = true;
        old.push(id);
      }
    }
    if (old.length > 0) ports.waitUntil(this.#read(site, old, ports));
    if (missing.length > 0) {
      const reading = this.#read(site, missing, ports);
      ports.waitUntil(reading);
      await withinBudget(reading, budgetMs, ports.timer);
    }
    const displays = new Map<string, Display>();
    for (const id of ids) {
      const display = this.#touch(keyOf(site, id))?.display;
      if (display) displays.set(id, display);
    }
    return displays;
  }

  /** One call a shard. What fails is as it was. */
  async #read(site: string, ids: readonly string[], { objects, clock }: DisplayPorts): Promise<void> {
    const byShard = byItemShard(new Set(ids), (id) => id, config.shards);
    await Promise.all(
      [...byShard].map(async ([shard, own]) => {
        try {
          const found = await objects.getByName(itemShardName(site, shard)).displaysOf(own);
          own.forEach((id, i) => {
            this.#put(keyOf(site, id), found[i] ?? null, clock());
          });
        } catch (error) {
          console.error({ message: "what pages show of items could not be read", site, shard, error: String(error) });
          for (const id of own) {
            const held = this.#held.get(keyOf(site, id));
            if (held !== undefined) held.isRefreshing = false;
          }
        }
      }),
    );
  }

  #touch(key: string): Held | undefined {
    const held = this.#held.get(key);
    if (held === undefined) return undefined;
    this.#held.delete(key);
    this.#held.set(key, held);
    return held;
  }

  #put(key: string, json: string | null, readAt: number): void {
    const before = this.#held.get(key);
    if (before !== undefined) {
      this.#held.delete(key);
      this.#length -= before.length;
    }
    const length = (json?.length ?? 0) + ENTRY_LENGTH;
    const display = json === null ? null : (JSON.parse(json) as Display);
    this.#held.set(key, { display, length, readAt, isRefreshing: false });
    this.#length += length;
    for (const [oldest, { length }] of this.#held) {
      if (this.#length <= MAX_LENGTH) break;
      this.#held.delete(oldest);
      this.#length -= length;
    }
  }
}

/** The fields that were asked for, of what is known. */
export function pickFields(display: Display, fields: readonly DisplayField[]): Display {
  if (fields.length === DISPLAY_FIELDS.length) return display;
  return Object.fromEntries(fields.flatMap((field) => (display[field] === undefined ? [] : [[field, display[field]]])));
}

function keyOf(site: string, id: string): string {
  return `${site}\n${id}`;
}
