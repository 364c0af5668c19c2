// What the shop has on its shelves: ten categories, and in each the kinds of things that are made in many variants.
import type { Colour, Material } from "./materials.ts";

export interface Kind {
  /** Names the drawing in `pictures`. */
  readonly shape: string;
  /** How the thing is called: "Pendant Lamp". */
  readonly noun: string;
  /** Usual price in EUR. */
  readonly price: number;
  /** How many of it the shop has. */
  readonly count: number;
  readonly materials: readonly Material[];
  readonly colours: readonly Colour[];
  readonly room: Room;
  /** Width, depth and height in cm. */
  readonly size: readonly [width: number, depth: number, height: number];
  /** What it is good for, one sentence. */
  readonly about: string;
}

export const ROOMS = ["living room", "bedroom", "kitchen", "kids", "outdoor", "office"] as const;
export type Room = (typeof ROOMS)[number];

export interface Shelf {
  readonly category: string;
  readonly title: string;
  /** Of the ids: `lamp-01`. */
  readonly prefix: string;
  readonly about: string;
  readonly kinds: readonly Kind[];
}

const SOFT: readonly Colour[] = ["chalk", "oatmeal", "sand", "blush", "sky", "sage", "slate"];
const DEEP: readonly Colour[] = ["ink", "forest", "plum", "rust", "moss", "charcoal", "berry", "sea"];
const BRIGHT: readonly Colour[] = ["butter", "ochre", "terracotta", "sea", "berry", "sky", "moss"];
const ALL: readonly Colour[] = [...SOFT, ...DEEP, "butter", "ochre", "terracotta"];

type Row = readonly [
  shape: string,
  noun: string,
  price: number,
  count: number,
  materials: readonly Material[],
  colours: readonly Colour[],
  room: Room,
  size: readonly [number, number, number],
  about: string,
];

function shelf(category: string, title: string, prefix: string, about: string, rows: readonly Row[]): Shelf {
  const kinds = rows.map(
    ([shape, noun, price, count, materials, colours, room, size, text]): Kind => ({
      shape,
      noun,
      price,
      count,
      materials,
      colours,
      room,
      size,
      about: text,
    }),
  );
  return { category, title, prefix, about, kinds };
}

// biome-ignore format: a table reads as one
export const SHELVES: readonly Shelf[] = [
  shelf("lamps", "Lamps", "lamp", "Light to read, eat and fall asleep by.", [
    ["lamp-table", "Table Lamp", 79, 8, ["ceramic", "stone", "glass", "brass"], [...SOFT, "ochre", "rust"], "living room", [28, 28, 46], "A warm pool of light for a sideboard or a bedside."],
    ["lamp-mushroom", "Mushroom Lamp", 69, 5, ["enamel", "glass", "steel"], BRIGHT, "bedroom", [24, 24, 34], "Glows all over, and dims down to a night light."],
    ["lamp-floor", "Floor Lamp", 179, 5, ["oak", "brass", "iron"], SOFT, "living room", [40, 40, 156], "Stands where no table does and lights the whole corner."],
    ["lamp-arc", "Arc Lamp", 229, 3, ["brass", "steel", "iron"], [...DEEP, "chalk"], "living room", [110, 36, 190], "Reaches over the sofa and leaves the floor free."],
    ["lamp-pendant", "Pendant Lamp", 119, 7, ["brass", "enamel", "iron", "rattan"], ALL, "kitchen", [38, 38, 30], "Hangs low over the table and lights faces, not ceilings."],
    ["lamp-globe", "Globe Pendant", 99, 4, ["glass", "paper", "brass"], ["chalk", "butter", "blush", "sky"], "living room", [35, 35, 35], "A soft moon for the hallway or above the stairs."],
    ["lamp-desk", "Reading Lamp", 89, 5, ["iron", "brass", "steel"], [...DEEP, "chalk", "ochre"], "office", [18, 44, 52], "Two joints and a firm foot: the light goes where the page is."],
  ]),
  shelf("chairs", "Chairs", "chair", "Seats that people do not get up from.", [
    ["chair-dining", "Dining Chair", 139, 8, ["oak", "walnut", "ash"], ALL, "kitchen", [48, 52, 80], "Curved where the back is, light enough to lift with one hand."],
    ["chair-spindle", "Spindle Chair", 159, 5, ["oak", "ash", "walnut"], ["chalk", "charcoal", "forest", "ochre", "sky"], "kitchen", [50, 50, 86], "Turned spindles after a very old pattern."],
    ["chair-arm", "Armchair", 449, 7, ["boucle", "velvet", "linen", "leather"], [...DEEP, ...SOFT], "living room", [76, 80, 78], "Deep, round and generous: a whole evening's chair."],
    ["chair-stool", "Stool", 79, 6, ["oak", "ash", "iron", "walnut"], BRIGHT, "kitchen", [38, 38, 46], "For the counter, the shoes, the highest shelf."],
    ["chair-rocking", "Rocking Chair", 289, 3, ["ash", "oak", "walnut"], ["chalk", "oatmeal", "sage", "ink"], "bedroom", [62, 90, 98], "Slow curves and a high back for long nights and short naps."],
  ]),
  shelf("sofas", "Sofas", "sofa", "Places for two, for five, for a Sunday.", [
    ["sofa-two", "Two-Seat Sofa", 890, 8, ["linen", "velvet", "boucle", "wool"], ALL, "living room", [156, 88, 78], "Fits behind a small window and holds two and a cat."],
    ["sofa-three", "Three-Seat Sofa", 1290, 7, ["linen", "velvet", "leather", "boucle"], ALL, "living room", [218, 92, 78], "Long enough to lie down, firm enough to sit up."],
    ["sofa-day", "Daybed", 690, 4, ["oak", "walnut", "linen"], [...SOFT, "ink", "forest"], "living room", [196, 84, 62], "A sofa by day and a bed for whoever missed the train."],
    ["sofa-pouf", "Pouf", 119, 6, ["wool", "cotton", "leather", "boucle"], ALL, "living room", [56, 56, 38], "A footrest, a seat, a small table with a tray on it."],
  ]),
  shelf("tables", "Tables", "table", "What everybody sits around.", [
    ["table-round", "Round Dining Table", 649, 6, ["oak", "walnut", "marble", "ash"], ["chalk", "charcoal", "sand"], "kitchen", [120, 120, 74], "No corners and no head: four sit easily, six gladly."],
    ["table-long", "Dining Table", 849, 6, ["oak", "walnut", "ash"], ["chalk", "charcoal", "sand"], "kitchen", [200, 90, 74], "Eight chairs, one long evening."],
    ["table-coffee", "Coffee Table", 289, 7, ["oak", "walnut", "glass", "marble", "stone"], ["chalk", "charcoal", "forest", "rust"], "living room", [90, 60, 38], "Low, with room below for what is being read."],
    ["table-side", "Side Table", 129, 6, ["iron", "brass", "oak", "marble", "rattan"], BRIGHT, "bedroom", [40, 40, 52], "For one lamp, one book and one glass."],
    ["table-desk", "Writing Desk", 429, 5, ["oak", "walnut", "ash", "steel"], ["chalk", "sage", "ink", "charcoal"], "office", [120, 60, 75], "A drawer for the cables, legs that do not wobble."],
  ]),
  shelf("rugs", "Rugs", "rug", "Something soft to land on.", [
    ["rug-stripes", "Striped Rug", 219, 6, ["wool", "cotton", "jute"], ALL, "living room", [170, 240, 1], "Flat-woven and reversible, so it has two lives."],
    ["rug-checks", "Checked Rug", 199, 5, ["wool", "cotton"], [...BRIGHT, "charcoal", "ink"], "living room", [140, 200, 1], "Squares with soft edges, tufted by the row."],
    ["rug-diamonds", "Berber Rug", 389, 6, ["wool"], ["charcoal", "rust", "ink", "forest", "ochre", "berry"], "living room", [170, 240, 3], "High pile, drawn lines, never quite symmetrical."],
    ["rug-border", "Bordered Rug", 179, 6, ["jute", "wool", "seagrass"], ALL, "living room", [160, 230, 1], "A quiet field and one line around it."],
    ["rug-arches", "Arches Rug", 149, 4, ["cotton", "wool"], BRIGHT, "kids", [120, 180, 1], "Hills, or rainbows, depending on who plays on them."],
    ["rug-round", "Round Rug", 129, 4, ["jute", "cotton", "seagrass"], ALL, "bedroom", [150, 150, 1], "Braided from the middle outwards."],
  ]),
  shelf("textiles", "Textiles", "textile", "Linen, wool and cotton for sofas, beds and baths.", [
    ["cushion", "Cushion", 36, 12, ["velvet", "linen", "cotton", "wool"], ALL, "living room", [50, 50, 14], "With a filling of feathers that keeps the dent of a head."],
    ["throw", "Throw", 89, 8, ["wool", "linen", "cotton"], ALL, "living room", [130, 170, 1], "Washed until it is as soft as it will ever get."],
    ["towels", "Towel Set", 44, 6, ["cotton", "linen"], [...SOFT, "ochre", "forest", "terracotta"], "bedroom", [70, 140, 1], "Two large, two small; dries quickly and does not fluff."],
    ["curtain", "Curtain Pair", 98, 5, ["linen", "cotton", "velvet"], [...SOFT, "ink", "rust"], "bedroom", [140, 250, 1], "Lets the morning in, keeps the street out."],
  ]),
  shelf("tableware", "Tableware", "dish", "For every day, and good enough for guests.", [
    ["mug", "Mug", 19, 7, ["ceramic", "enamel"], ALL, "kitchen", [9, 9, 10], "Holds a third of a litre and fits two hands."],
    ["bowl", "Bowl", 18, 6, ["ceramic", "stone", "enamel"], ALL, "kitchen", [16, 16, 7], "Breakfast, soup, keys by the door."],
    ["plates", "Dinner Plates", 64, 6, ["ceramic", "enamel", "stone"], ALL, "kitchen", [27, 27, 9], "Four of them, stacked and glazed by hand."],
    ["teapot", "Teapot", 69, 5, ["ceramic", "enamel", "iron"], [...DEEP, "chalk", "butter"], "kitchen", [24, 15, 15], "Pours without a drop, to the last cup."],
    ["glasses", "Glasses", 36, 4, ["glass"], ["sky", "sage", "butter", "blush"], "kitchen", [8, 8, 12], "Four, mouth-blown and ribbed, no two quite alike."],
    ["carafe", "Carafe", 47, 4, ["glass", "ceramic"], ["sky", "chalk", "moss", "ink"], "kitchen", [11, 11, 28], "With a cork, for water or for wine."],
  ]),
  shelf("storage", "Storage", "store", "A place for everything that has none.", [
    ["basket", "Basket", 42, 8, ["seagrass", "rattan", "jute"], ["sand", "charcoal", "rust", "chalk", "forest"], "living room", [40, 40, 36], "For blankets, toys, laundry, firewood."],
    ["shelf-ladder", "Ladder Shelf", 189, 5, ["oak", "walnut", "ash", "iron"], BRIGHT, "living room", [70, 36, 180], "Leans on the wall and carries more than it seems to."],
    ["sideboard", "Sideboard", 749, 6, ["oak", "walnut", "rattan", "ash"], ["chalk", "forest", "ink", "sand"], "living room", [160, 42, 72], "Long and low, doors that close without a sound."],
    ["boxes", "Storage Boxes", 39, 5, ["paper", "linen", "steel"], ALL, "office", [30, 22, 30], "Three sizes, one inside the other until needed."],
    ["hooks", "Wall Hooks", 39, 5, ["oak", "brass", "iron", "ash"], BRIGHT, "living room", [60, 8, 14], "Four pegs for coats, bags and the dog's lead."],
  ]),
  shelf("decor", "Decor", "decor", "Mirrors, clocks, vases: what makes it yours.", [
    ["mirror-round", "Round Mirror", 129, 5, ["oak", "brass", "iron", "rattan"], SOFT, "bedroom", [70, 3, 70], "Doubles the window opposite."],
    ["mirror-arch", "Arched Mirror", 199, 4, ["brass", "iron", "oak"], SOFT, "living room", [60, 3, 150], "From the floor up, for the whole of you."],
    ["clock", "Wall Clock", 59, 5, ["oak", "enamel", "steel", "brass"], [...BRIGHT, "chalk", "charcoal"], "office", [30, 5, 30], "Sweeps, does not tick."],
    ["vase", "Vase", 48, 9, ["ceramic", "glass", "stone"], ALL, "living room", [16, 16, 27], "Narrow at the neck: three stems are enough."],
    ["candles", "Candle Trio", 26, 4, ["beeswax", "brass", "ceramic"], ["butter", "chalk", "berry", "moss"], "living room", [20, 8, 26], "Burn for nine hours each, and smell of very little."],
    ["print", "Art Print", 45, 7, ["paper", "oak", "iron"], ALL, "living room", [50, 2, 70], "On heavy paper, framed and ready to hang."],
  ]),
  shelf("garden", "Garden", "garden", "Balcony, terrace, windowsill.", [
    ["pot", "Plant Pot", 34, 8, ["ceramic", "stone", "enamel"], ALL, "outdoor", [26, 26, 24], "With a hole, a saucer and room for roots."],
    ["trough", "Herb Trough", 52, 4, ["oak", "steel", "iron"], ["chalk", "sage", "ink", "terracotta"], "outdoor", [80, 22, 20], "Basil, thyme, chives, and one of them survives."],
    ["can", "Watering Can", 39, 5, ["steel", "brass", "enamel"], [...BRIGHT, "forest", "chalk"], "outdoor", [34, 16, 28], "A long neck for the pots at the back."],
    ["chair-garden", "Folding Chair", 89, 5, ["iron", "oak", "rattan"], [...BRIGHT, "forest", "chalk"], "outdoor", [44, 50, 82], "Lives outside, folds flat, forgives rain."],
    ["lantern", "Lantern", 46, 5, ["iron", "brass", "rattan"], ["charcoal", "forest", "chalk", "rust"], "outdoor", [18, 18, 34], "For a candle, a porch, an August."],
  ]),
];
