// What an edit does to an element while the page streams. Only what is known at its start tag counts, and nothing waits.
import type { ChangeConfig } from "./edit-schema.ts";

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

/** @throws what the element throws */
export function applyChange(element: EditableElement, change: ChangeConfig): void {
  switch (change.action) {
    case "text":
      element.setInnerContent(change.text);
      return;
    case "attribute":
      element.setAttribute(change.name, change.value);
      return;
    case "removeAttribute":
      element.removeAttribute(change.name);
      return;
    case "addClass":
      element.setAttribute("class", [...otherClasses(element, change.class), change.class].join(" "));
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
      element.setInnerContent(change.html, HTML);
      return;
    default:
      element[change.action](change.html, HTML);
  }
}

function otherClasses(element: EditableElement, name: string): string[] {
  return (element.getAttribute("class") ?? "").split(/\s+/).filter((other) => other !== "" && other !== name);
}
