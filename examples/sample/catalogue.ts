// The catalogue of the sample shop: lamps, textiles and things for the home. Shop, brands and products are invented.
import type { LogItem } from "../../src/training/log.ts";

const DAY_MS = 86_400_000;

/** title, brand, price in EUR, tags, days since publication; `null` in place of the days: sold out. */
type Row = readonly [title: string, brand: string, price: number, tags: string, daysOld: number | null];

const SHELVES: Readonly<Record<string, { readonly prefix: string; readonly rows: readonly Row[] }>> = {
  lamps: {
    prefix: "lamp",
    rows: [
      ["Harbour Pendant", "Aldervik", 129, "brass pendant vintage", 410],
      ["Paper Moon Shade", "Sorrelby", 39, "paper pendant minimal", 380],
      ["Little Owl Night Light", "Marrowby", 24, "ceramic kids", 300],
      ["Reading Crane", "Aldervik", 89, "brass desk vintage", 260],
      ["Slate Table Lamp", "Tessaly", 74, "stone desk minimal", 210],
      ["Birch Floor Lamp", "Fennbrook", 179, "oak floor minimal", 190],
      ["Clip Lamp Nine", "Sorrelby", 29, "metal desk colour", 150],
      ["Lantern for the Porch", "Quillon", 59, "metal outdoor vintage", 120],
      ["Globe String Lights", "Quillon", 34, "glass outdoor colour", 75],
      ["Amber Glass Pendant", "Tessaly", 149, "glass pendant vintage", 32],
      ["Bedside Pebble", "Tessaly", 64, "stone minimal", 9],
      ["Tripod Floor Lamp", "Fennbrook", 219, "oak floor", null],
    ],
  },
  textiles: {
    prefix: "textile",
    rows: [
      ["Washed Linen Throw", "Marlow Loom", 69, "linen minimal", 400],
      ["Checked Wool Blanket", "Marlow Loom", 119, "wool rustic", 350],
      ["Velvet Cushion, Moss", "Sorrelby", 32, "velvet colour", 310],
      ["Velvet Cushion, Rust", "Sorrelby", 32, "velvet colour", 310],
      ["Striped Hammam Towel", "Ostrel", 28, "cotton colour", 240],
      ["Waffle Towel Set", "Ostrel", 44, "cotton minimal", 200],
      ["Linen Curtain, Pair", "Marlow Loom", 98, "linen minimal", 160],
      ["Patchwork Quilt", "Marlow Loom", 189, "cotton rustic handmade", 110],
      ["Fox Children's Blanket", "Marrowby", 42, "cotton kids", 80],
      ["Jute Runner", "Fennbrook", 54, "jute rustic", 45],
      ["Picnic Blanket", "Quillon", 48, "wool outdoor", 12],
    ],
  },
  tableware: {
    prefix: "table",
    rows: [
      ["Speckled Breakfast Bowl", "Kiln Yard", 18, "ceramic handmade", 420],
      ["Dinner Plate, Chalk", "Kiln Yard", 22, "ceramic minimal", 420],
      ["Tall Mug, Ink", "Kiln Yard", 19, "ceramic colour", 330],
      ["Ribbed Water Glasses, Four", "Tessaly", 36, "glass vintage", 280],
      ["Oak Serving Board", "Fennbrook", 45, "oak rustic", 230],
      ["Brass Cake Server", "Aldervik", 34, "brass vintage", 170],
      ["Linen Napkins, Six", "Marlow Loom", 42, "linen minimal", 140],
      ["Enamel Picnic Plates, Four", "Quillon", 38, "metal outdoor colour", 90],
      ["Bear Bowl and Spoon", "Marrowby", 21, "ceramic kids", 60],
      ["Carafe with a Cork", "Tessaly", 47, "glass minimal", 20],
      ["Teapot, Ash Glaze", "Kiln Yard", 79, "ceramic handmade", 5],
    ],
  },
  storage: {
    prefix: "store",
    rows: [
      ["Seagrass Basket, Large", "Fennbrook", 49, "jute rustic", 390],
      ["Seagrass Basket, Small", "Fennbrook", 29, "jute rustic", 390],
      ["Stacking Crate, Yellow", "Sorrelby", 17, "metal colour", 320],
      ["Oak Wall Hooks, Three", "Fennbrook", 39, "oak minimal", 250],
      ["Brass Key Tray", "Aldervik", 31, "brass vintage", 220],
      ["Toy Chest on Wheels", "Marrowby", 95, "oak kids", 180],
      ["Felt Letter Holder", "Ostrel", 26, "wool minimal", 130],
      ["Wire Bread Bin", "Quillon", 44, "metal vintage", 100],
      ["Ladder Shelf", "Fennbrook", 159, "oak minimal", 50],
      ["Apothecary Jars, Three", "Tessaly", 33, "glass vintage", 15],
    ],
  },
  garden: {
    prefix: "garden",
    rows: [
      ["Terracotta Pot, Wide", "Kiln Yard", 27, "ceramic outdoor rustic", 370],
      ["Glazed Pot, Sea Green", "Kiln Yard", 41, "ceramic outdoor colour", 290],
      ["Brass Plant Mister", "Aldervik", 36, "brass vintage", 240],
      ["Watering Can, Long Neck", "Quillon", 39, "metal outdoor minimal", 205],
      ["Hanging Planter", "Ostrel", 25, "cotton handmade", 165],
      ["Folding Garden Chair", "Quillon", 89, "oak outdoor", 115],
      ["Kneeling Cushion", "Marlow Loom", 29, "cotton outdoor colour", 85],
      ["Child's Rake and Spade", "Marrowby", 23, "metal outdoor kids", 55],
      ["Bird Bath, Stone", "Tessaly", 139, "stone outdoor", 25],
      ["Herb Trough", "Fennbrook", 52, "oak outdoor rustic", 7],
    ],
  },
  decor: {
    prefix: "decor",
    rows: [
      ["Round Mirror, Oak", "Fennbrook", 119, "oak minimal", 360],
      ["Arched Mirror, Brass", "Aldervik", 189, "brass vintage", 270],
      ["Bud Vase Trio", "Kiln Yard", 37, "ceramic handmade", 235],
      ["Tall Vase, Smoke", "Tessaly", 58, "glass minimal", 195],
      ["Beeswax Candles, Six", "Ostrel", 22, "rustic handmade", 155],
      ["Candlestick, Twisted", "Aldervik", 28, "brass vintage", 105],
      ["Paper Garland", "Sorrelby", 14, "paper colour kids", 70],
      ["Wall Clock, Plain", "Sorrelby", 49, "metal minimal", 40],
      ["Animal Alphabet Print", "Marrowby", 27, "paper kids", 18],
      ["Woven Wall Hanging", "Marlow Loom", 84, "cotton handmade", 3],
    ],
  },
};

/**
 * The items of the sample shop, in shelf order; the same every time, with publication dates counted back from `endTs`
 * so that the shop always has new arrivals.
 * @param endTs epoch ms
 */
export function sampleCatalogue(endTs: number): LogItem[] {
  return Object.entries(SHELVES).flatMap(([category, { prefix, rows }]) =>
    rows.map(([title, brand, price, tags, daysOld], row): LogItem => {
      const id = `${prefix}-${String(row + 1).padStart(2, "0")}`;
      return {
        kind: "item",
        id,
        title,
        category,
        brand,
        price,
        currency: "EUR",
        available: daysOld !== null,
        publishedAt: endTs - (daysOld ?? 500) * DAY_MS,
        url: `/products/${id}`,
        tags: tags.split(" "),
      };
    }),
  );
}
