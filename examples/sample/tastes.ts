// What the simulated shoppers of the sample want, hidden from everything but the simulator: a favourite category, tags,
// a price level, and one intent a session. Nowcast has to find it again in their clicks.
import type { Random } from "../../src/kernels/random.ts";
import type { LogItem } from "../../src/training/log.ts";

export interface Shopper {
  readonly anonymousId: string;
  readonly favouriteCategory: string;
  readonly secondCategory: string;
  readonly likedTags: ReadonlySet<string>;
  /** EUR that feels right; half or double of it feels equally wrong. */
  readonly usualPrice: number;
  /** How easily this shopper clicks, added to every appeal. */
  readonly eagerness: number;
}

/** @returns `count` shoppers drawn from `random`, with tastes over the categories and tags of `items` */
export function createShoppers(random: Random, items: readonly LogItem[], count: number): Shopper[] {
  const categories = [...new Set(items.map((item) => item.category ?? ""))];
  const tags = [...new Set(items.flatMap((item) => item.tags ?? []))];
  return Array.from({ length: count }, (_, index): Shopper => {
    const mixedCategories = [...categories];
    random.shuffle(mixedCategories);
    const mixedTags = [...tags];
    random.shuffle(mixedTags);
    return {
      anonymousId: `shopper-${String(index + 1).padStart(3, "0")}`,
      favouriteCategory: mixedCategories[0] ?? "",
      secondCategory: mixedCategories[1] ?? "",
      likedTags: new Set(mixedTags.slice(0, 3)),
      usualPrice: 50 * 2 ** (0.7 * random.normal()),
      eagerness: 0.4 * random.normal(),
    };
  });
}

/** What a session is about: mostly the favourite category, now and then any other. */
export function drawIntent(random: Random, shopper: Shopper, categories: readonly string[]): string {
  const draw = random.next();
  if (draw < 0.55) return shopper.favouriteCategory;
  if (draw < 0.8) return shopper.secondCategory;
  return categories[random.integer(categories.length)] ?? shopper.favouriteCategory;
}

/** Probability in (0, 1) that the shopper, having looked at the item, wants to see more of it. */
export function appeal(shopper: Shopper, intent: string, item: LogItem): number {
  const category =
    item.category === shopper.favouriteCategory ? 1.1 : item.category === shopper.secondCategory ? 0.5 : 0;
  const tags = (item.tags ?? []).filter((tag) => shopper.likedTags.has(tag)).length;
  const doublings = Math.abs(Math.log2((item.price ?? shopper.usualPrice) / shopper.usualPrice));
  const session = item.category === intent ? 0.9 : 0;
  const logit = -3.1 + shopper.eagerness + category + session + 0.9 * tags - 0.45 * doublings;
  return 1 / (1 + Math.exp(-logit));
}
