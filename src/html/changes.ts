// What an edit does to an element while the page streams. Only what is known at its start tag counts, and nothing waits.
import type { ChangeConfig } from "./edit-schema.ts";
import { toAscii } from "./fill.ts";

/** HTMLRewriter's element, as far as edits need it. */
export interface EditableElement {
  getAttribute(name: string): string | null;
  setAttribute(name: string, value: string): unknown;
  removeAttribute(name: string): unknown;
  setInnerContent(content: string, options?: { html: boolean }): unknown;
  before(content: string, options?: { html: boolean }): unknown;
  after(content: string, options?: { html: boolean }): unknown;
  prepend(content: string, options?: { html: boolean }): unknown;
  append(content: string, options?: { html: boolean }): unknown;
  replace(content: string, options?: { html: boolean }): unknown;
  remove(): unknown;
}

const HTML = { html: true };
/** `hidden` alone gives way to any `display` of the site's own, and a strict policy takes no style attribute: hence a style sheet. */
export const HIDING_CSS = "[data-nowcast-hidden]{display:none!important}";

/**
 * @param isAscii whatever is put in is written in ASCII: the page's encoding is not known
 * @throws what the element throws
 */
export function applyChange(element: EditableElement, change: ChangeConfig, isAscii = false): void {
  const written = isAscii ? toAscii : (html: string): string => html;
  switch (change.action) {
    case "text":
      element.setInnerContent(written(escapeText(change.text)), HTML);
      return;
    case "attribute":
      // The rewriter escapes quotation marks alone.
      element.setAttribute(change.name, written(change.value.replaceAll("&", "&amp;")));
      return;
    case "removeAttribute":
      element.removeAttribute(change.name);
      return;
    case "addClass":
      element.setAttribute("class", [...otherClasses(element, change.class), written(change.class)].join(" "));
      return;
    case "removeClass":
      element.setAttribute("class", otherClasses(element, change.class).join(" "));
      return;
    case "hide":
      element.setAttribute("hidden", "");
      element.setAttribute("data-nowcast-hidden", "");
      return;
    case "remove":
      element.remove();
      return;
    case "html":
      element.setInnerContent(written(change.html), HTML);
      return;
    default:
      element[change.action](written(change.html), HTML);
  }
}

/** A style sheet of ASCII alone: CSS has escapes of its own. */
export function toAsciiCss(css: string): string {
  return css.replace(/[^\0-\x7f]/gu, (character) => `\\${character.codePointAt(0)?.toString(16)} `);
}

function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

function otherClasses(element: EditableElement, name: string): string[] {
  return (element.getAttribute("class") ?? "").split(/\s+/).filter((other) => other !== "" && other !== name);
}
