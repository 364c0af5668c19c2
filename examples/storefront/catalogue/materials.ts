// What things of the shop are made of and which colours they come in, with what a picture paints them.

/** Hex colours of what is painted or woven. */
export const COLOURS = {
  chalk: "#efe9df",
  oatmeal: "#ddccb0",
  sand: "#cdb184",
  butter: "#ecd07a",
  ochre: "#cf9436",
  rust: "#b0552f",
  terracotta: "#c8775a",
  blush: "#e0b1a3",
  berry: "#9c3f56",
  plum: "#6b4460",
  ink: "#2f3f63",
  sky: "#8fb3cc",
  sea: "#4f8f92",
  sage: "#9bad8c",
  moss: "#66743f",
  forest: "#2f5546",
  slate: "#6c7680",
  charcoal: "#3c3d42",
} as const;

export type Colour = keyof typeof COLOURS;

/** Hex colours of materials that keep their own. */
export const MATERIALS = {
  brass: "#c79f4c",
  steel: "#a9b0b5",
  iron: "#45474b",
  oak: "#c9a06c",
  walnut: "#7b5236",
  ash: "#e0c9a2",
  rattan: "#cfa868",
  seagrass: "#b9a264",
  jute: "#c3a577",
  stone: "#b8b2a8",
  marble: "#e5e1db",
  glass: "#bcd4d2",
  ceramic: "#ded5c7",
  enamel: "#eceae4",
  paper: "#f2ead9",
  linen: "#d8c9ae",
  cotton: "#e9e2d5",
  wool: "#d9cdbb",
  velvet: "#8c7a86",
  boucle: "#eae2d3",
  leather: "#a2683f",
  beeswax: "#e2b653",
} as const;

export type Material = keyof typeof MATERIALS;

/** Painted, glazed, dyed or woven: a thing made of it has its colour all over. */
export const TAKES_COLOUR: ReadonlySet<Material> = new Set<Material>([
  "ceramic",
  "enamel",
  "glass",
  "paper",
  "linen",
  "cotton",
  "wool",
  "velvet",
  "boucle",
  "leather",
  "beeswax",
]);
