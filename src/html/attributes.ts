// The attributes of a start tag, read as the HTML standard's tokenizer reads them.

const ATTRIBUTE = /[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]*)))?/;

/** Lower-case name → value, the first of a name. @param tag from `<` to `>` */
export function readAttributes(tag: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  const pattern = new RegExp(ATTRIBUTE, "y");
  pattern.lastIndex = /^<[^\s/>]*/.exec(tag)?.[0].length ?? 0;
  for (let found = pattern.exec(tag); found !== null; found = pattern.exec(tag)) {
    const [, name = "", double, single, bare = ""] = found;
    const lower = name.toLowerCase();
    if (!attributes.has(lower)) attributes.set(lower, decodeReferences(double ?? single ?? bare));
  }
  return attributes;
}

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

/** Character references that serializers write; any other stays as it is. */
export function decodeReferences(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|(amp|lt|gt|quot|apos));/g, (all, decimal, hex, name) => {
    if (name !== undefined) return NAMED[name] ?? all;
    const code = decimal === undefined ? Number.parseInt(hex, 16) : Number(decimal);
    const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
    return isCharacter ? String.fromCodePoint(code) : "\ufffd";
  });
}

/** For a value between double quotes. */
export function escapeAttribute(value: string): string {
  return value.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A start tag with more attributes, before its own: of two of a name the first counts. */
export function withAttributes(tag: string, attributes: Readonly<Record<string, string>>): string {
  const name = /^<[^\s/>]*/.exec(tag)?.[0] ?? "";
  const added = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeAttribute(value)}"`);
  return name + added.join("") + tag.slice(name.length);
}

/** A start tag without an attribute. */
export function withoutAttribute(tag: string, name: string): string {
  const pattern = new RegExp(ATTRIBUTE, "y");
  pattern.lastIndex = /^<[^\s/>]*/.exec(tag)?.[0].length ?? 0;
  for (let found = pattern.exec(tag); found !== null; found = pattern.exec(tag)) {
    if (found[1]?.toLowerCase() === name) return tag.slice(0, found.index) + tag.slice(pattern.lastIndex);
  }
  return tag;
}
