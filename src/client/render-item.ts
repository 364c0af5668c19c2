// A slot's `<template>`, filled with an item on the page itself: fields are set as text and as values of attributes on cloned
// nodes, so that nothing of the catalogue is ever parsed as HTML. Fields and their meaning are those of src/html/template.ts.
// What the middleware takes is a little more: here fields stand in text and in few attributes, and a template with an element
// that loads or runs what it names is refused.

/** What a template may show of an item. What is not known is absent. */
export interface ShownItem {
  readonly [field: string]: unknown;
}

const FIELD = /\{\{\s*([\w.-]+)\s*\}\}/g;
const ATTRIBUTE = /^(href|src|alt|title|class|(data|aria)-.+)$/;
const URL_ATTRIBUTE = /(href|src|url)$/;
/** NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT. */
const ELEMENTS_AND_TEXT = 5;
const REFUSED = "script,style,iframe,base,link,embed";

/**
 * @param position of the item, from 0
 * @returns the nodes; null when the item lacks a title, URL or picture that the template shows
 * @throws Error when a field stands where it may not
 */
export function renderItem(
  { content }: HTMLTemplateElement,
  id: string,
  item: ShownItem,
  position: number,
): DocumentFragment | null {
  const { price, currency } = item;
  const style = currency ? { style: "currency", currency } : {};
  const money = new Intl.NumberFormat(document.documentElement.lang || [], style as Intl.NumberFormatOptions);
  const shown: ShownItem = { ...item, id, position, money: price === undefined ? "" : money.format(price as number) };
  let isWhole = true;
  const filled = (text: string, isUrl?: boolean): string =>
    text.replace(FIELD, (_, field: string, at: number) => {
      // A field of a field: attributes.NAME.
      const value = field.split(".").reduce((of: unknown, name) => (of as ShownItem | undefined)?.[name], shown);
      if (!value && /^(title|url|image)$/.test(field)) isWhole = false;
      const plain = `${value ?? ""}`;
      return isUrl && at > 0 && !/url|image/.test(field) ? encodeURIComponent(plain) : plain;
    });

  const link = document.createElement("a");
  const nodes = content.cloneNode(true) as DocumentFragment;
  const root = nodes.firstElementChild as HTMLElement | null;
  if (!root || nodes.querySelector(REFUSED)) throw new Error("template");
  const walker = document.createTreeWalker(nodes, ELEMENTS_AND_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node.nodeValue) node.nodeValue = filled(node.nodeValue);
    for (const attribute of (node as Element).attributes ?? []) {
      const { name, value } = attribute;
      const isUrl = URL_ATTRIBUTE.test(name);
      const next = filled(value, isUrl);
      if (next === value) continue;
      if (!ATTRIBUTE.test(name)) throw new Error(name);
      // A link reads a URL as the browser would follow it.
      link.href = next;
      attribute.value = isUrl && !/^http/.test(link.protocol) ? "#" : next;
    }
  }
  Object.assign(root.dataset, { nowcastItem: id, nowcastPosition: position });
  return isWhole ? nodes : null;
}
