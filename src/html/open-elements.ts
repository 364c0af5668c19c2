// The elements that are open at a place of a page, by the rules of HTML's tree construction as far as they tell where an
// element ends: end tags that are left out, that are missing, that stand in the wrong order, that close nothing.
import { nameHash, nameSet } from "./tag-names.ts";
import type { TagToken } from "./tokenizer.ts";

/** Deeper than that no browser goes either. */
const MAX_DEPTH = 512;

/** What an element is, as bits: asked for once a tag. */
const Is = {
  void: 1,
  /** Its end tag closes it alone, not what was opened within. */
  formatting: 2,
  /** No end tag reaches an element outside of it, but for the parts of tables and templates. */
  scope: 4,
  tablePart: 8,
  tableScope: 16,
  heading: 32,
  foreign: 64,
  template: 128,
  /** Its start tag ends others. */
  implying: 256,
} as const;

const KINDS = new Map<number, number>();
const [HEADING, TEMPLATE] = [nameHash("h1"), nameHash("template")];

function mark(bit: number, names: string): void {
  for (const name of nameSet(names)) KINDS.set(name, (KINDS.get(name) ?? 0) | bit);
}

mark(Is.void, "area base basefont bgsound br col embed frame hr img input keygen link meta param source track wbr");
mark(Is.formatting, "a b big code em font i nobr s small strike strong tt u");
mark(Is.scope, "applet caption html marquee object table td template th");
mark(Is.tablePart, "caption table tbody td tfoot th thead tr");
mark(Is.tableScope, "html table template");
mark(Is.heading, "h1 h2 h3 h4 h5 h6");
mark(Is.foreign, "svg math");
mark(Is.template, "template");

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

for (const name of IMPLIED.keys()) KINDS.set(name, (KINDS.get(name) ?? 0) | Is.implying);

function impliedEnds(starts: string, closes: string, within: ReadonlySet<number>): [number, ImpliedEnd][] {
  return starts.split(" ").map((start) => [nameHash(start), { closes: nameSet(closes), within }]);
}

export class OpenElements {
  readonly #names = new Int32Array(MAX_DEPTH);
  readonly #kinds = new Int32Array(MAX_DEPTH);
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
    if (((KINDS.get(name) ?? 0) & Is.implying) === 0) return;
    const { closes, within } = IMPLIED.get(name) as ImpliedEnd;
    let lowest = -1;
    for (let at = this.#depth - 1; at >= 0; at--) {
      const open = this.#names[at] as number;
      if (closes.has(open)) lowest = at;
      else if (within.has(open)) break;
      if (lowest >= 0 && closes.size === 1) break;
    }
    if (lowest >= 0) this.#cut(lowest);
  }

  /** @returns whether it has content, and stays open */
  open({ name, isSelfClosing }: TagToken): boolean {
    const kind = KINDS.get(name) ?? 0;
    if (kind & Is.void) return false;
    if (isSelfClosing && (this.#foreign >= 0 || kind & Is.foreign)) return false;
    const depth = this.#depth;
    if (depth === MAX_DEPTH) {
      this.#isTooDeep = true;
      return false;
    }
    if (kind & Is.template && this.#template < 0) this.#template = depth;
    if (kind & Is.foreign && this.#foreign < 0) this.#foreign = depth;
    this.#names[depth] = kind & Is.heading ? HEADING : name;
    this.#kinds[depth] = kind;
    this.#depth = depth + 1;
    return true;
  }

  /** Closes what the end tag closes. @returns place of an element that went from between others, else -1 */
  close(tag: number): number {
    // Well-formed pages close what was opened last.
    const last = this.#depth - 1;
    if (last >= 0 && this.#names[last] === tag) {
      this.#cut(last);
      return -1;
    }
    const kind = KINDS.get(tag) ?? 0;
    const name = kind & Is.heading ? HEADING : tag;
    const scope = name === TEMPLATE ? 0 : kind & Is.tablePart ? Is.tableScope : Is.scope;
    for (let at = last; at >= 0; at--) {
      if (this.#names[at] === name) {
        if (at === last || (kind & Is.formatting) === 0) {
          this.#cut(at);
          return -1;
        }
        this.#names.copyWithin(at, at + 1, this.#depth);
        this.#kinds.copyWithin(at, at + 1, this.#depth);
        this.#depth--;
        if (this.#template > at) this.#template--;
        if (this.#foreign > at) this.#foreign--;
        return at;
      }
      if ((this.#kinds[at] as number) & scope) return -1;
    }
    return -1;
  }

  #cut(depth: number): void {
    this.#depth = depth;
    if (this.#template >= depth) this.#template = -1;
    if (this.#foreign >= depth) this.#foreign = -1;
  }
}
