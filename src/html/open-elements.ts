// The elements that are open at a place of a page, by the rules of HTML's tree construction as far as they tell where an
// element ends: end tags that are left out, that are missing, that stand in the wrong order, that close nothing.
import { nameHash, nameSet } from "./tag-names.ts";
import type { TagToken } from "./tokenizer.ts";

/** Deeper than that no browser goes either. */
const MAX_DEPTH = 512;

const VOID = nameSet(
  "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr",
);
/** Their end tags close them alone, not what was opened within. */
const FORMATTING = nameSet("a b big code em font i nobr s small strike strong tt u");
/** An end tag does not reach an element outside of these. */
const SCOPE = nameSet("applet caption html marquee object table td template th");
const TABLE_PARTS = nameSet("caption table tbody td tfoot th thead tr");
const TABLE_SCOPE = nameSet("html table template");
const HEADINGS = nameSet("h1 h2 h3 h4 h5 h6");
const FOREIGN = nameSet("svg math");
const HEADING = nameHash("h1");
const TEMPLATE = nameHash("template");

/** A start tag that ends an open element without an end tag: which ones, and what it does not look beyond. */
interface ImpliedEnd {
  readonly closes: ReadonlySet<number>;
  readonly within: ReadonlySet<number>;
}

const TABLE_END: ReadonlySet<number> = nameSet("table template");
const IMPLIED: ReadonlyMap<number, ImpliedEnd> = new Map<number, ImpliedEnd>([
  ...impliedEnds("li", "li", nameSet("ul ol menu")),
  ...impliedEnds("dt dd", "dt dd", nameSet("dl")),
  ...impliedEnds("option optgroup", "option", nameSet("select datalist")),
  ...impliedEnds("td th", "td th", nameSet("tr table template")),
  ...impliedEnds("tr", "tr td th", TABLE_END),
  ...impliedEnds("tbody thead tfoot", "tbody thead tfoot tr td th", TABLE_END),
  ...impliedEnds(
    "address article aside blockquote details div dl fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr " +
      "main menu nav ol p pre section table ul",
    "p",
    nameSet("applet button caption html marquee object table td template th"),
  ),
]);

function impliedEnds(starts: string, closes: string, within: ReadonlySet<number>): [number, ImpliedEnd][] {
  return starts.split(" ").map((start) => [nameHash(start), { closes: nameSet(closes), within }]);
}

export class OpenElements {
  readonly #names = new Int32Array(MAX_DEPTH);
  #depth = 0;
  #isTooDeep = false;
  /** Outermost place of a kind that no slot may stand in; -1 when there is none. */
  #template = -1;
  #foreign = -1;

  get depth(): number {
    return this.#depth;
  }

  /** Where an element ends is no longer known. */
  get isTooDeep(): boolean {
    return this.#isTooDeep;
  }

  /** Within a template, or within svg or math. */
  get isInert(): boolean {
    return this.#template >= 0 || this.#foreign >= 0;
  }

  /** Elements that the start tag ends because their end tags were left out. To be called before `open`. */
  endImplied(name: number): void {
    const implied = IMPLIED.get(name);
    if (implied === undefined) return;
    let lowest = -1;
    for (let at = this.#depth - 1; at >= 0; at--) {
      const open = this.#names[at] as number;
      if (implied.closes.has(open)) lowest = at;
      else if (implied.within.has(open)) break;
      if (lowest >= 0 && implied.closes.size === 1) break;
    }
    if (lowest >= 0) this.#cut(lowest);
  }

  /** @returns whether it has content, and stays open */
  open({ name, isSelfClosing }: TagToken): boolean {
    if (VOID.has(name) || (isSelfClosing && (this.#foreign >= 0 || FOREIGN.has(name)))) return false;
    if (this.#depth === MAX_DEPTH) {
      this.#isTooDeep = true;
      return false;
    }
    if (name === TEMPLATE && this.#template < 0) this.#template = this.#depth;
    if (FOREIGN.has(name) && this.#foreign < 0) this.#foreign = this.#depth;
    this.#names[this.#depth++] = HEADINGS.has(name) ? HEADING : name;
    return true;
  }

  /** Closes what the end tag closes. @returns place of an element that went from between others, else -1 */
  close(tag: number): number {
    const name = HEADINGS.has(tag) ? HEADING : tag;
    const scope = TABLE_PARTS.has(name) ? TABLE_SCOPE : name === TEMPLATE ? null : SCOPE;
    for (let at = this.#depth - 1; at >= 0; at--) {
      const open = this.#names[at] as number;
      if (open === name) {
        if (!FORMATTING.has(name) || at === this.#depth - 1) {
          this.#cut(at);
          return -1;
        }
        this.#names.copyWithin(at, at + 1, this.#depth);
        this.#depth--;
        if (this.#template > at) this.#template--;
        if (this.#foreign > at) this.#foreign--;
        return at;
      }
      if (scope?.has(open)) return -1;
    }
    return -1;
  }

  #cut(depth: number): void {
    this.#depth = depth;
    if (this.#template >= depth) this.#template = -1;
    if (this.#foreign >= depth) this.#foreign = -1;
  }
}
