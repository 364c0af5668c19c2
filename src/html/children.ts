// The elements directly inside a slot, found in its complete content: its template, or its variants.
import { OpenElements } from "./open-elements.ts";
import { nameHash } from "./tag-names.ts";
import { Tokenizer } from "./tokenizer.ts";

export interface Child {
  readonly name: number;
  /** Its start tag. */
  readonly tag: string;
  /** Of the whole element, in bytes. */
  readonly from: number;
  readonly to: number;
  /** Of what it holds. */
  readonly innerFrom: number;
  readonly innerTo: number;
}

export const TEMPLATE = nameHash("template");
const decoder = new TextDecoder();

export function childrenOf(content: Uint8Array): Child[] {
  const children: Child[] = [];
  const open = new OpenElements();
  let current: Omit<Child, "to" | "innerTo"> | null = null;
  const end = (innerTo: number, to: number): void => {
    if (current === null || open.depth > 0) return;
    children.push({ ...current, innerTo, to });
    current = null;
  };
  const tokenizer = new Tokenizer((bytes, from, to, tag) => {
    if (tag.isEnd) {
      open.close(tag.name);
      end(from, to);
      return;
    }
    open.endImplied(tag.name);
    end(from, from);
    const isOutermost = open.depth === 0;
    const hasContent = open.open(tag);
    if (!isOutermost) return;
    current = { name: tag.name, tag: decoder.decode(bytes.subarray(from, to)), from, innerFrom: to };
    if (!hasContent) end(to, to);
  });
  tokenizer.read(content, 0);
  // The end of the slot ends what has no end tag.
  if (open.depth > 0 && current !== null) {
    children.push({ ...(current as Omit<Child, "to" | "innerTo">), innerTo: content.length, to: content.length });
  }
  return children;
}
