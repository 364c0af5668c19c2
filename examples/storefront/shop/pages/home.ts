// The front page: a hero that Nowcast may choose, a shelf for the visitor, the categories, what is new.
import { html } from "hono/html";
import { PRODUCTS } from "../../catalogue/products.ts";
import { SHELVES } from "../../catalogue/shelves.ts";
import { bestsellers } from "../bestsellers.ts";
import { type Html, shelf, slot } from "../card.ts";
import type { Page } from "../layout.ts";

interface Hero {
  /** Name of the variant: the category that it is about. */
  readonly category: string;
  readonly title: string;
  readonly text: string;
  readonly call: string;
  /** Three products, the first large. */
  readonly pictures: readonly [string, string, string];
}

/** The first is what everybody gets who is not known. */
const HEROES: readonly Hero[] = [
  {
    category: "sofas",
    title: "The long way home ends here.",
    text: "Deep seats, honest wood, cloth that may be lived in: the autumn collection.",
    call: "See the sofas",
    pictures: ["sofa-01", "rug-03", "chair-03"],
  },
  {
    category: "lamps",
    title: "It gets dark early. Good.",
    text: "Pendants, mushrooms and reading lamps that make an evening of it.",
    call: "See the lamps",
    pictures: ["lamp-02", "lamp-05", "lamp-07"],
  },
  {
    category: "chairs",
    title: "Sit down, stay longer.",
    text: "Spindles, armchairs and stools for every table and every back.",
    call: "See the chairs",
    pictures: ["chair-02", "chair-03", "chair-04"],
  },
  {
    category: "rugs",
    title: "Something soft to land on.",
    text: "Flat-woven, tufted, braided: rugs that a room is drawn around.",
    call: "See the rugs",
    pictures: ["rug-03", "rug-01", "rug-06"],
  },
  {
    category: "tableware",
    title: "Set for Tuesday.",
    text: "Stoneware and glass for every day, good enough for guests.",
    call: "See the tableware",
    pictures: ["dish-04", "dish-01", "dish-02"],
  },
  {
    category: "garden",
    title: "A chair in the last sun.",
    text: "Pots, lanterns and folding chairs for whatever you call a garden.",
    call: "See the garden",
    pictures: ["garden-01", "garden-04", "garden-05"],
  },
];

export function homePage(): Page {
  const newest = PRODUCTS.filter(({ available }) => available).toSorted((a, b) => a.daysOld - b.daysOld);
  return {
    title: "Things for the home",
    content: html`
<section class="hero" data-nowcast="hero" data-type="content" aria-label="This week">${HEROES.map(hero)}</section>
<section class="row"><h2>For you</h2>${slot({ placement: "home", count: 8, fallback: bestsellers(8) })}</section>
<section class="row"><h2>Shop by room and whim</h2><ul class="tiles">${SHELVES.map(
      ({ category, title, prefix }) =>
        html`<li><a href="/c/${category}"><img src="/images/${prefix}-0${category === "rugs" ? 3 : 1}.svg" alt="" width="400" height="400" loading="lazy"><span>${title}</span></a></li>`,
    )}</ul></section>
<section class="row"><h2>New this month</h2>${shelf(newest.slice(0, 4))}</section>`,
  };
}

function hero({ category, title, text, call, pictures }: Hero, index: number): Html {
  const [first, second, third] = pictures;
  return html`<div class="hero-card" data-nowcast-variant="${category}"${index === 0 ? "" : html` hidden`}><div class="hero-text"><h1>${title}</h1><p>${text}</p><a class="button" href="/c/${category}">${call}</a></div><div class="hero-pictures"><img src="/images/${first}.svg" alt="" width="400" height="400"><img src="/images/${second}.svg" alt="" width="400" height="400"><img src="/images/${third}.svg" alt="" width="400" height="400"></div></div>`;
}
