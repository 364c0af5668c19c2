// The picture of a product: drawn from its shape, colour and material, in a room whose wall suits it. The same product is
// the same picture, always.

import { hash32 } from "../../../src/kernels/hash.ts";
import { createRandom } from "../../../src/kernels/random.ts";
import { COLOURS, MATERIALS, TAKES_COLOUR } from "../catalogue/materials.ts";
import type { Product } from "../catalogue/products.ts";
import { CHAIRS } from "./chairs.ts";
import { lightness, mix } from "./colour.ts";
import { DECOR } from "./decor.ts";
import type { Drawing, Paint } from "./draw.ts";
import { GARDEN } from "./garden.ts";
import { LAMPS } from "./lamps.ts";
import { RUGS } from "./rugs.ts";
import { SOFAS } from "./sofas.ts";
import { STORAGE } from "./storage.ts";
import { TABLES } from "./tables.ts";
import { TABLEWARE } from "./tableware.ts";
import { TEXTILES } from "./textiles.ts";

export const DRAWINGS: Readonly<Record<string, Drawing>> = {
  ...LAMPS,
  ...CHAIRS,
  ...SOFAS,
  ...TABLES,
  ...RUGS,
  ...TEXTILES,
  ...TABLEWARE,
  ...STORAGE,
  ...DECOR,
  ...GARDEN,
};

/** Pale walls; the one that is furthest from the thing's own colour stands behind it. */
const WALLS = ["#efe7dc", "#e6e9e4", "#e4e8ec", "#f0e4de", "#e9e5ee", "#dfe6e2"] as const;
const ACCENTS = Object.values(COLOURS);

/** @returns a whole SVG document of 400 by 400. @throws Error when nobody draws the shape */
export function drawPicture({ id, shape, colour, material, title }: Product): string {
  const draw = DRAWINGS[shape];
  if (draw === undefined) throw new Error(`no drawing of the shape ${shape}`);
  const random = createRandom(hash32(id));
  const wall = WALLS[random.integer(WALLS.length)] as string;
  const dyed = COLOURS[colour];
  const paint: Paint = {
    main: dyed,
    frame: TAKES_COLOUR.has(material) ? mix(MATERIALS.oak, MATERIALS.walnut, random.next()) : MATERIALS[material],
    accent: accentOf(dyed, random.integer(ACCENTS.length)),
    wall,
  };
  const floor = mix(wall, "#6b5a48", 0.16);
  const light = mix(wall, "#ffffff", 0.55);
  const drawing = draw(paint, (from, to) => from + (to - from) * random.next());
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 400" role="img"><title>${escaped(title)}</title><defs>
<linearGradient id="lit" x1="0" x2="1" y1="0" y2=".35"><stop offset="0" stop-color="#fff" stop-opacity=".26"/><stop offset=".42" stop-color="#fff" stop-opacity="0"/><stop offset=".58" stop-color="#000" stop-opacity="0"/><stop offset="1" stop-color="#000" stop-opacity=".24"/></linearGradient>
<radialGradient id="shadow"><stop offset="0" stop-color="#2a1f14" stop-opacity=".34"/><stop offset=".6" stop-color="#2a1f14" stop-opacity=".16"/><stop offset="1" stop-color="#2a1f14" stop-opacity="0"/></radialGradient>
<radialGradient id="glow"><stop offset="0" stop-color="#fff1c4" stop-opacity=".85"/><stop offset="1" stop-color="#fff1c4" stop-opacity="0"/></radialGradient>
<radialGradient id="room" cx=".28" cy=".2" r="1"><stop offset="0" stop-color="${light}"/><stop offset="1" stop-color="${wall}"/></radialGradient>
</defs><rect width="400" height="400" fill="url(#room)"/>${FLOORLESS.has(shape) ? "" : `<path d="M0 318H400V400H0z" fill="${floor}"/><path d="M0 318H400V322H0z" fill="#000" opacity=".05"/>`}${drawing}</svg>`;
}

/** What hangs, or is seen from above. */
const FLOORLESS = new Set([
  "lamp-pendant",
  "lamp-globe",
  "rug-stripes",
  "rug-checks",
  "rug-diamonds",
  "rug-border",
  "rug-arches",
  "rug-round",
  "hooks",
  "mirror-round",
  "clock",
  "print",
  "curtain",
]);

/** A colour of the shop that is seen on top of `main`. */
function accentOf(main: string, start: number): string {
  for (let i = 0; i < ACCENTS.length; i++) {
    const accent = ACCENTS[(start + i) % ACCENTS.length] as string;
    if (Math.abs(lightness(accent) - lightness(main)) > 0.22) return accent;
  }
  return "#ffffff";
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
