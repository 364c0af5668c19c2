// The catalogue of the demo shop: some 300 things for the home, made from the kinds of `shelves.ts` with a seed that
// never changes, so that an id is the same product for ever. Shop, brands and products are invented.
import { createRandom, type Random } from "../../../src/kernels/random.ts";
import type { LogItem } from "../../../src/training/log.ts";
import { BRANDS, type Brand, NAMES, type Style } from "./brands.ts";
import { type Colour, type Material, TAKES_COLOUR } from "./materials.ts";
import { type Kind, type Room, SHELVES } from "./shelves.ts";

const SEED = 20_26;
const DAY_MS = 86_400_000;

export interface Product {
  readonly id: string;
  readonly title: string;
  readonly category: string;
  readonly brand: string;
  /** EUR. */
  readonly price: number;
  /** EUR before it was reduced, null when it was not. */
  readonly before: number | null;
  readonly available: boolean;
  /** Days that the shop has had it. */
  readonly daysOld: number;
  readonly shape: string;
  /** EUR that things of its kind usually cost. */
  readonly usualPrice: number;
  readonly colour: Colour;
  readonly material: Material;
  readonly style: Style;
  readonly room: Room;
  readonly tags: readonly string[];
  readonly description: string;
  /** Width, depth and height in cm. */
  readonly size: readonly [number, number, number];
}

/** All products, shelf by shelf. */
export const PRODUCTS: readonly Product[] = createProducts();

const byId = new Map(PRODUCTS.map((product) => [product.id, product]));

export function productOf(id: string): Product | undefined {
  return byId.get(id);
}

function createProducts(): Product[] {
  const random = createRandom(SEED);
  return SHELVES.flatMap(({ category, prefix, kinds }) => {
    const names = [...NAMES] as string[];
    random.shuffle(names);
    let number = 0;
    // Kinds take turns, so that a shelf in its own order is a mixture.
    const turns = Math.max(...kinds.map(({ count }) => count));
    const order = Array.from({ length: turns }, (_, turn) => kinds.filter(({ count }) => turn < count)).flat();
    return order.map((kind) => {
      const id = `${prefix}-${String(++number).padStart(2, "0")}`;
      return createProduct(random, id, category, kind, names[number % names.length] as string);
    });
  });
}

function createProduct(random: Random, id: string, category: string, kind: Kind, name: string): Product {
  const material = pick(random, kind.materials);
  const brand = makerOf(random, material);
  const colour = pick(random, kind.colours);
  const style = pick(random, brand.styles);
  const usual = kind.price * brand.level * 2 ** (0.25 * random.normal());
  const price = rounded(usual);
  const reduced = random.next() < 0.09;
  const daysOld = Math.floor(2 + 420 * random.next() ** 1.6);
  const tags = [...new Set([material, colour, style, kind.room, ...(reduced ? ["sale"] : [])])];
  const size = kind.size.map((cm) =>
    Math.max(1, Math.round(cm * (0.92 + 0.16 * random.next()))),
  ) as unknown as Product["size"];
  return {
    id,
    title: `${name} ${kind.noun}, ${finish(material, colour)}`,
    category,
    brand: brand.name,
    price: reduced ? rounded(usual * 0.75) : price,
    before: reduced ? price : null,
    available: random.next() > 0.04,
    daysOld,
    shape: kind.shape,
    usualPrice: kind.price,
    colour,
    material,
    style,
    room: kind.room,
    tags,
    description: `${kind.about} Made by ${brand.name}, ${finish(material, colour)}.`,
    size,
  };
}

/** Mostly one who prefers the material. */
function makerOf(random: Random, material: Material): Brand {
  const makers = BRANDS.filter(({ prefers }) => prefers.includes(material));
  return pick(random, makers.length > 0 && random.next() < 0.9 ? makers : BRANDS);
}

/** "moss enamel" of what takes a colour, "brass and moss" of what keeps its own. */
function finish(material: Material, colour: Colour): string {
  return TAKES_COLOUR.has(material) ? `${colour} ${material}` : `${material} and ${colour}`;
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.integer(values.length)] as T;
}

/** Prices as shops write them: 18, 64, 129, 890. */
function rounded(price: number): number {
  if (price < 60) return Math.max(6, Math.round(price));
  if (price < 400) return Math.round(price / 5) * 5 - 1;
  return Math.round(price / 10) * 10;
}

/** The products as items, with publication dates counted back from `endTs` (epoch ms): the shop always has new arrivals. */
export function catalogueItems(endTs: number): LogItem[] {
  return PRODUCTS.map((product): LogItem => {
    const { id, title, category, brand, price, available, daysOld, tags, colour, material, style, room, before } =
      product;
    return {
      kind: "item",
      id,
      title,
      category,
      brand,
      price,
      currency: "EUR",
      available,
      publishedAt: endTs - daysOld * DAY_MS,
      url: `/products/${id}`,
      image: `/images/${id}.svg`,
      tags: [...tags],
      attributes: { colour, material, style, room, ...(before === null ? {} : { before }) },
    };
  });
}
