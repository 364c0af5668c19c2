// What simulated shoppers want, hidden from everything but the simulator: categories, styles, colours and materials that
// they like, what they are used to pay and how much that matters. Nowcast has to find it again in what they do.
import type { Random } from "../../../src/kernels/random.ts";
import { STYLES } from "../catalogue/brands.ts";
import { COLOURS, MATERIALS } from "../catalogue/materials.ts";
import type { Product } from "../catalogue/products.ts";
import { SHELVES } from "../catalogue/shelves.ts";

export interface Shopper {
  readonly anonymousId: string;
  readonly favouriteCategory: string;
  readonly secondCategory: string;
  readonly likedStyles: ReadonlySet<string>;
  /** Colours and materials. */
  readonly likedLooks: ReadonlySet<string>;
  /** Doublings of what a thing of its kind usually costs: -1 buys at half of it. */
  readonly priceLevel: number;
  /** How much a price away from that level puts off, and a reduced one attracts; 0.1 to 1.5. */
  readonly priceSensitivity: number;
  /** How easily this shopper clicks, added to every appeal. */
  readonly eagerness: number;
  /** Pages of a visit before it gets boring, in the middle. */
  readonly patience: number;
}

const CATEGORIES = SHELVES.map(({ category }) => category);
const LOOKS = [...Object.keys(COLOURS), ...Object.keys(MATERIALS)];

/** @returns `count` shoppers; the first ones are the same however many there are */
export function createShoppers(random: Random, count: number): Shopper[] {
  return Array.from({ length: count }, (_, index): Shopper => {
    const categories = shuffled(random, CATEGORIES);
    return {
      anonymousId: `shopper-${String(index + 1).padStart(3, "0")}`,
      favouriteCategory: categories[0] ?? "",
      secondCategory: categories[1] ?? "",
      likedStyles: new Set(shuffled(random, STYLES).slice(0, 2)),
      likedLooks: new Set(shuffled(random, LOOKS).slice(0, 9)),
      priceLevel: 0.5 * random.normal(),
      priceSensitivity: 0.1 + 1.4 * random.next() ** 1.5,
      eagerness: 0.4 * random.normal(),
      patience: 4 + random.integer(6),
    };
  });
}

function shuffled<T>(random: Random, values: readonly T[]): T[] {
  const mixed = [...values];
  random.shuffle(mixed);
  return mixed;
}

/** What a visit is about: mostly the favourite category, now and then any other. */
export function drawFocus(random: Random, shopper: Shopper): string {
  const draw = random.next();
  if (draw < 0.5) return shopper.favouriteCategory;
  if (draw < 0.75) return shopper.secondCategory;
  return CATEGORIES[random.integer(CATEGORIES.length)] ?? shopper.favouriteCategory;
}

/**
 * Probability in (0, 1) that the shopper, having looked at the product, wants to see more of it.
 * @param popularity of the product these days, about -2 to 3
 */
export function appeal(shopper: Shopper, focus: string, product: Product, popularity: number): number {
  const { category, style, colour, material, price, usualPrice, before } = product;
  const { favouriteCategory, secondCategory, likedStyles, likedLooks, priceLevel, priceSensitivity, eagerness } =
    shopper;
  const liked = category === favouriteCategory ? 1 : category === secondCategory ? 0.45 : 0;
  const looks = Number(likedLooks.has(colour)) + Number(likedLooks.has(material));
  const offLevel = Math.abs(Math.log2(price / usualPrice) - priceLevel);
  const logit =
    -3.4 +
    eagerness +
    liked +
    (category === focus ? 1.1 : 0) +
    (likedStyles.has(style) ? 0.8 : 0) +
    0.7 * looks +
    0.35 * popularity -
    priceSensitivity * offLevel +
    (before === null ? 0 : 0.6 * priceSensitivity);
  return 1 / (1 + Math.exp(-logit));
}
