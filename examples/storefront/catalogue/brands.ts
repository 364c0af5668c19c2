// The makers that the shop sells. Invented, all of them: each has a style, a price level and materials that it prefers.
import type { Material } from "./materials.ts";

export const STYLES = ["minimal", "vintage", "rustic", "playful", "nordic", "industrial"] as const;
export type Style = (typeof STYLES)[number];

export interface Brand {
  readonly name: string;
  readonly styles: readonly Style[];
  /** Factor on the usual price of a thing. */
  readonly level: number;
  readonly prefers: readonly Material[];
}

export const BRANDS: readonly Brand[] = [
  {
    name: "Aldervik",
    styles: ["vintage", "industrial"],
    level: 1.35,
    prefers: ["brass", "walnut", "leather", "velvet"],
  },
  { name: "Fennbrook", styles: ["nordic", "minimal"], level: 1.15, prefers: ["oak", "ash", "wool", "linen"] },
  { name: "Kiln Yard", styles: ["rustic", "minimal"], level: 1, prefers: ["ceramic", "stone"] },
  { name: "Marlow Loom", styles: ["rustic", "nordic"], level: 1.2, prefers: ["linen", "wool", "cotton", "jute"] },
  { name: "Marrowby", styles: ["playful"], level: 0.75, prefers: ["ash", "paper", "cotton"] },
  { name: "Ostrel", styles: ["minimal", "nordic"], level: 0.8, prefers: ["cotton", "steel", "glass", "boucle"] },
  { name: "Quillon", styles: ["industrial", "rustic"], level: 0.9, prefers: ["iron", "enamel", "rattan", "seagrass"] },
  { name: "Sorrelby", styles: ["playful", "vintage"], level: 0.7, prefers: ["paper", "velvet", "enamel"] },
  { name: "Tessaly", styles: ["minimal", "vintage"], level: 1.55, prefers: ["marble", "glass", "boucle", "brass"] },
  { name: "Wren & Hollow", styles: ["nordic", "rustic"], level: 0.95, prefers: ["oak", "rattan", "beeswax", "jute"] },
];

/** First halves of product names: places and plain words, none of a person. */
export const NAMES = [
  "Harbour",
  "Birch",
  "Meadow",
  "Lantern",
  "Pebble",
  "Orchard",
  "Ferry",
  "Willow",
  "Tide",
  "Quarry",
  "Heron",
  "Clover",
  "Ember",
  "Foundry",
  "Gable",
  "Hazel",
  "Inlet",
  "Juniper",
  "Kestrel",
  "Larder",
  "Mill",
  "Nettle",
  "Otter",
  "Parlour",
  "Quill",
  "Reed",
  "Saddle",
  "Thistle",
  "Umber",
  "Vale",
  "Wharf",
  "Yarrow",
  "Acorn",
  "Bramble",
  "Cove",
  "Drift",
  "Elm",
  "Fable",
  "Grove",
  "Hollow",
  "Isle",
  "Jetty",
  "Knoll",
  "Linden",
  "Moor",
  "North",
  "Olive",
  "Plume",
  "Ridge",
  "Sorrel",
  "Tansy",
  "Upland",
  "Verge",
  "Weir",
  "Alder",
  "Beacon",
  "Copse",
  "Dune",
  "Estuary",
  "Fen",
] as const;
