// What becomes of a slot: its start tag marked, and inside what was decided or what the origin wrote.
import { utf8 } from "../kernels/bytes.ts";
import { readAttributes, withAttributes, withoutAttribute } from "./attributes.ts";
import { childrenOf, TEMPLATE } from "./children.ts";
import { compileTemplate, type ItemFields, type Template } from "./template.ts";

/** Why a slot holds what the origin wrote. */
export type FallbackReason =
  | "timeout"
  | "failed"
  | "empty"
  | "no-consent"
  | "no-template"
  | "template"
  | "duplicate"
  | "limit"
  | "unclosed";

export interface DecidedItem {
  readonly id: string;
  readonly item?: ItemFields | undefined;
}

export interface FillOptions {
  /** Of a page that does not say that it is UTF-8: character references mean the same in all encodings. */
  readonly asciiOnly: boolean;
  readonly locale: string | undefined;
  readonly templates: Readonly<Record<string, string>>;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: false });
const looseDecoder = new TextDecoder();

/** The start tag of a slot that holds what the origin wrote. */
export function fallbackTag(tag: Uint8Array, reason: FallbackReason): Uint8Array {
  return marked(tag, { "data-nowcast-state": "fallback", "data-nowcast-reason": reason });
}

/**
 * A slot with the items in it, each as its template has it.
 * @param content what the origin wrote; @param shown ids of items that the page shows already, to which those shown here are added
 * @returns its start tag and its content, or why it could not be filled
 */
export function fillWithItems(
  tag: Uint8Array,
  content: Uint8Array,
  named: string | null,
  decided: { readonly decisionId: string; readonly items: readonly DecidedItem[]; readonly count: number },
  shown: Set<string>,
  options: FillOptions,
): Uint8Array | FallbackReason {
  const template = templateOf(content, named, options);
  if (typeof template === "string") return template;
  let html = "";
  let position = 0;
  for (const { id, item = {} } of decided.items) {
    if (position >= decided.count) break;
    if (typeof id !== "string" || shown.has(id)) continue;
    const rendered = template.render(id, item, position, options.locale);
    if (rendered === null) continue;
    html += rendered;
    shown.add(id);
    position++;
  }
  if (position === 0) return "empty";
  const start = marked(tag, { "data-nowcast-state": "filled", "data-nowcast-decision": decided.decisionId });
  return concatBytes([start, utf8(options.asciiOnly ? toAscii(html) : html)]);
}

/**
 * A slot with one of the variants that are written in it; what stands beside variants stays.
 * @param choose one of the names
 */
export function fillWithVariant(
  tag: Uint8Array,
  content: Uint8Array,
  choose: (variants: readonly string[]) => string,
): Uint8Array | FallbackReason {
  const variants = childrenOf(content).flatMap((child) => {
    const name = readAttributes(child.tag).get("data-nowcast-variant");
    return name === undefined ? [] : [{ ...child, variant: name }];
  });
  if (variants.length === 0) return "empty";
  const chosen = choose(variants.map(({ variant }) => variant));
  const start = marked(tag, { "data-nowcast-state": "filled", "data-nowcast-chosen": chosen });
  const pieces = [start];
  let at = 0;
  for (const { from, innerFrom, to, variant, tag } of variants) {
    pieces.push(content.subarray(at, from));
    if (variant === chosen) {
      pieces.push(
        bytesOf(withoutAttribute(tag, "hidden"), content.subarray(from, innerFrom)),
        content.subarray(innerFrom, to),
      );
    }
    at = to;
  }
  pieces.push(content.subarray(at));
  return concatBytes(pieces);
}

/** Compiled templates by their source; an error by what is wrong. */
let compiled = new Map<string, Template | Error>();
const MAX_COMPILED = 200;

function templateOf(content: Uint8Array, named: string | null, options: FillOptions): Template | FallbackReason {
  const own = childrenOf(content).find(({ name }) => name === TEMPLATE);
  let source: string | undefined;
  if (own !== undefined) {
    try {
      source = decoder.decode(content.subarray(own.innerFrom, own.innerTo));
    } catch {
      return "template";
    }
  } else if (named !== null && Object.hasOwn(options.templates, named)) source = options.templates[named];
  if (source === undefined) return "no-template";
  let template = compiled.get(source);
  if (template === undefined) {
    try {
      template = compileTemplate(source);
    } catch (error) {
      template = error instanceof Error ? error : new Error(String(error));
      console.warn({ message: "a slot's template is broken", template: source.slice(0, 200), error: template.message });
    }
    if (compiled.size >= MAX_COMPILED) compiled = new Map();
    compiled.set(source, template);
  }
  return template instanceof Error ? "template" : template;
}

/** The tag with attributes; what is not UTF-8 in it stays as it is. */
function marked(tag: Uint8Array, attributes: Readonly<Record<string, string>>): Uint8Array {
  const text = looseDecoder.decode(tag);
  const name = /^<[^\s/>]*/.exec(text)?.[0] ?? "";
  const nameBytes = utf8(name).length;
  return concatBytes([utf8(withAttributes(name, attributes)), tag.subarray(nameBytes)]);
}

function bytesOf(text: string, original: Uint8Array): Uint8Array {
  return looseDecoder.decode(original) === text ? original : utf8(text);
}

export function toAscii(html: string): string {
  return html.replace(/[^\0-\x7f]/gu, (character) => `&#${character.codePointAt(0)};`);
}

export function concatBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0] as Uint8Array;
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
