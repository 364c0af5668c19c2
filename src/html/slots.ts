// A slot's attributes as what a decision is asked for. What they say wrong or too much is left out: a page has no one to tell.
import { LIMITS } from "../events/limits.ts";
import { utf8Length } from "../kernels/bytes.ts";
import { readAttributes } from "./attributes.ts";

type OneOrMore = string | readonly string[];

interface SlotFilter {
  readonly category?: OneOrMore | undefined;
  readonly brand?: OneOrMore | undefined;
  readonly tags?: OneOrMore | undefined;
}

/** A placement of POST /v1/decide. */
export interface SlotRequest {
  readonly type: "recommend";
  readonly count: number;
  readonly filter?: SlotFilter;
  readonly exclude?: readonly string[];
  readonly context?: readonly string[];
}

/** What the site's configuration says of a slot; its attributes win. */
export interface SlotDefaults {
  readonly type?: "recommend" | "content" | undefined;
  readonly count?: number | undefined;
  readonly template?: string | undefined;
  readonly filter?: SlotFilter | undefined;
}

export interface Slot {
  readonly placement: string;
  readonly type: "recommend" | "content";
  readonly request: SlotRequest;
  /** Name of the template that it is filled from when it holds none. */
  readonly template: string | null;
}

const DEFAULT_COUNT = 8;

/** @param tag the slot's start tag. @returns null when it names no placement */
export function readSlot(tag: string, defaultsOf: (placement: string) => SlotDefaults | undefined): Slot | null {
  const attributes = readAttributes(tag);
  const placement = attributes.get("data-nowcast")?.trim() ?? "";
  if (!isIdentifier(placement, LIMITS.nameBytes)) return null;
  return slotOf(placement, defaultsOf(placement), attributes);
}

/** A slot that the configuration names, before its page is there. */
export function slotOf(
  placement: string,
  defaults: SlotDefaults = {},
  attributes: ReadonlyMap<string, string> = new Map(),
): Slot {
  const type = attributes.get("data-type") ?? defaults.type;
  const category = attributes.get("data-filter-category");
  const brand = attributes.get("data-filter-brand");
  const filter: SlotFilter = {
    ...defaults.filter,
    ...(category && isIdentifier(category, LIMITS.nameBytes) ? { category } : {}),
    ...(brand && isIdentifier(brand, LIMITS.nameBytes) ? { brand } : {}),
  };
  const exclude = idsOf(attributes.get("data-exclude"), LIMITS.excludeItems);
  const context = idsOf(attributes.get("data-context"), LIMITS.contextItems);
  return {
    placement,
    type: type === "content" ? "content" : "recommend",
    request: {
      type: "recommend",
      count: countOf(attributes.get("data-count")) ?? defaults.count ?? DEFAULT_COUNT,
      ...(Object.values(filter).some((value) => value !== undefined) ? { filter } : {}),
      ...(exclude.length > 0 ? { exclude } : {}),
      ...(context.length > 0 ? { context } : {}),
    },
    template: attributes.get("data-template") ?? defaults.template ?? null,
  };
}

/** Whether two slots ask for the same. */
export function sameRequest(a: SlotRequest, b: SlotRequest): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}

function countOf(text: string | undefined): number | undefined {
  const count = Number(text?.trim() || Number.NaN);
  return Number.isInteger(count) && count >= 1 ? Math.min(count, LIMITS.recommendCount) : undefined;
}

function idsOf(text: string | undefined, limit: number): string[] {
  const ids = (text ?? "").split(",").map((id) => id.trim());
  return ids.filter((id) => isIdentifier(id, LIMITS.itemIdBytes)).slice(0, limit);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what no id may hold
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** Whether it can be the id of an item or the name of a slot, as the API takes them. */
export function isIdentifier(text: string, bytes: number): boolean {
  return text !== "" && utf8Length(text) <= bytes && text.isWellFormed() && !CONTROL.test(text);
}
