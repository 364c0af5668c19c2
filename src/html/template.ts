// Templates of items: HTML with fields such as `{{title}}`, compiled once, rendered for an item. What comes from the catalogue
// is data and stays data: it is escaped, a URL is http(s), relative or `#`, and where escaping would not help (script, style,
// event handlers, names) a field is refused. The contexts are those of the HTML standard's tokenizer; the idea is OWASP's
// (https://cheatsheetseries.owasp.org/cheatsheets/Cross_Site_Scripting_Prevention_Cheat_Sheet.html).
// Imports nothing: the browser's script carries it too.

/** What a template may show of an item. What is not known is absent. */
export interface ItemFields {
  readonly title?: string | undefined;
  readonly url?: string | undefined;
  readonly image?: string | undefined;
  readonly price?: number | undefined;
  readonly currency?: string | undefined;
  readonly brand?: string | undefined;
  readonly category?: string | undefined;
  readonly attributes?: Readonly<Record<string, unknown>> | undefined;
}

export interface Template {
  /** The fields that it shows. */
  readonly fields: readonly string[];
  /**
   * @param position of the item, from 0; @param locale of {{money}}, a BCP 47 tag
   * @returns HTML; null when the item lacks a title, URL or picture that the template shows
   */
  readonly render: (id: string, item: ItemFields, position: number, locale?: string) => string | null;
}

/** Names a field; `start` when it stands where a URL begins. */
interface FieldPart {
  readonly field: string;
  readonly start: boolean;
}
type Value = readonly (string | FieldPart)[];
/** Literal HTML, a field, the value of a URL attribute, or (null) the place of the item's own attributes. */
type Part = string | FieldPart | { readonly url: Value } | null;

const FIELD = /\{\{\s*([\w.-]+)\s*\}\}/y;
const KNOWN = /^(?:id|position|title|url|image|price|money|brand|category|attributes\.[\w-]+)$/;
/** An item without one of these would be a card without a name, a link to nowhere or a broken picture. */
const NEEDED = /^(?:title|url|image)$/;
const URL_ATTRIBUTE =
  /(?:^|[-:])(?:href|src|srcset|action|formaction|poster|data|cite|background|ping|longdesc|codebase|url)$/i;
const CODE_ATTRIBUTE = /^on|^(?:style|srcdoc)$/i;
/** Elements whose attributes load or run what they name. */
const CODE_ELEMENT = /^(?:script|style|iframe|frame|object|embed|applet|base|meta|link|animate.*|set)$/i;
const RAW_ELEMENT = /^(?:script|style|xmp|iframe|noembed|noframes|noscript|plaintext)$/i;

const escapeHtml = (text: string): string =>
  text.replace(/[&<>"'`]/g, (found) => `&#${found.charCodeAt(0)};`).replaceAll("\0", "");

/** The URL when it is http(s) or relative, as a browser reads it, else `#`; of a list (srcset) each one must be. */
export function safeUrl(url: string): string {
  for (const one of url.split(/[\s,]+/)) {
    const scheme = /^([^/?#]*?):/.exec(one.replace(/[\0- ]/g, ""))?.[1];
    if (scheme !== undefined && !/^https?$/i.test(scheme)) return "#";
  }
  const joined = /^([^/?#]*?):/.exec(url.replace(/[\0- ]/g, ""))?.[1];
  return joined === undefined || /^https?$/i.test(joined) ? url : "#";
}

/** @throws RangeError that says what is wrong with it */
export function compileTemplate(source: string): Template {
  const parts: Part[] = [];
  const fields = new Set<string>();
  let at = 0;
  let isRooted = false;

  const refuse = (why: string): never => {
    throw new RangeError(`template: ${why}`);
  };
  const matched = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(source);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  /** Literals and fields of a text. */
  const partsOf = (text: string): (string | FieldPart)[] => {
    const value: (string | FieldPart)[] = [];
    let from = 0;
    for (let open = text.indexOf("{{"); open >= 0; open = text.indexOf("{{", from)) {
      FIELD.lastIndex = open;
      const field = FIELD.exec(text)?.[1] ?? refuse(`${text.slice(open, open + 40)} is no field`);
      if (!KNOWN.test(field)) refuse(`there is no field {{${field}}}`);
      const before = text.slice(from, open);
      value.push(before, { field, start: /(?:^|[\s,])$/.test(text.slice(0, open)) });
      fields.add(field);
      from = FIELD.lastIndex;
    }
    value.push(text.slice(from));
    return value;
  };
  const noField = (text: string, where: string): string =>
    text.includes("{{") ? refuse(`no field may stand in ${where}`) : text;

  const attribute = (element: string): void => {
    const name = (matched(/[^\s/>][^\s/>=]*/y) as RegExpExecArray)[0];
    noField(name, "the name of an attribute");
    parts.push(name);
    if (matched(/\s*=\s*/y) === null) return;
    const [, double, single, bare] =
      matched(/"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)/y) ?? refuse(`${name}= has no value`);
    const text = (double ?? single ?? bare ?? "").replaceAll('"', "&quot;");
    const value = partsOf(text);
    if (value.length > 1) {
      if (CODE_ATTRIBUTE.test(name)) refuse(`no field may stand in ${name}="…"`);
      if (CODE_ELEMENT.test(element)) refuse(`no field may stand in <${element} …>`);
    }
    parts.push('="', ...(URL_ATTRIBUTE.test(name) && value.length > 1 ? [{ url: value }] : value), '"');
  };

  while (at < source.length) {
    const text = matched(/[^<]+/y)?.[0];
    if (text !== undefined) parts.push(...partsOf(text));
    if (at >= source.length) break;
    if (matched(/<!--/y) !== null) {
      // A comment is not for visitors.
      if (matched(/[\s\S]*?-->/y) === null) refuse("a comment is not closed");
      continue;
    }
    const tag = matched(/<(\/?)([a-zA-Z][^\s/>]*)/y);
    if (tag === null) {
      const declaration = matched(/<[!?/][^>]*>?/y)?.[0];
      if (declaration !== undefined) parts.push(noField(declaration, "a declaration"));
      else {
        // What comes next may be a field: it must not become the name of an element.
        at++;
        parts.push("&lt;");
      }
      continue;
    }
    const [start, slash, element = ""] = tag;
    parts.push(noField(start, "the name of an element"));
    if (slash === "" && !isRooted) {
      isRooted = true;
      parts.push(null);
    }
    for (;;) {
      parts.push(matched(/[\s/]*/y)?.[0] ?? "");
      if (at >= source.length) refuse(`<${element} is not closed`);
      if (matched(/>/y) !== null) break;
      attribute(element);
    }
    parts.push(">");
    if (slash === "" && RAW_ELEMENT.test(element)) {
      const inside = matched(new RegExp(`[\\s\\S]*?(?=</${element}[\\s/>])`, "iy"))?.[0];
      parts.push(noField(inside ?? refuse(`<${element}> is not closed`), `<${element}>`));
    }
  }
  if (!isRooted) refuse("it has no element");
  const needed = [...fields].filter((field) => NEEDED.test(field));

  return {
    fields: [...fields],
    render(id, item, position, locale) {
      const of = ({ field }: FieldPart): string => fieldOf(field, id, item, position, locale);
      if (needed.some((field) => of({ field, start: true }) === "")) return null;
      let html = "";
      for (const part of parts) {
        if (typeof part === "string") html += part;
        else if (part === null) html += ` data-nowcast-item="${escapeHtml(id)}" data-nowcast-position="${position}"`;
        else if ("field" in part) html += escapeHtml(of(part));
        else html += urlValue(part.url, of);
      }
      return html;
    },
  };
}

/** Literals of a URL attribute are the template's own HTML; fields past its start are parts of the URL, not URLs. */
function urlValue(value: Value, of: (part: FieldPart) => string): string {
  let html = "";
  let plain = "";
  for (const part of value) {
    const isUrl = typeof part !== "string" && (part.start || /^(?:url|image)$/.test(part.field));
    const text = typeof part === "string" ? part : isUrl ? of(part) : encodePart(of(part));
    plain += text;
    html += typeof part === "string" ? part : escapeHtml(text);
  }
  return safeUrl(plain) === "#" ? "#" : html;
}

function encodePart(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    // Half of a surrogate pair.
    return "";
  }
}

function fieldOf(field: string, id: string, item: ItemFields, position: number, locale: string | undefined): string {
  if (field === "id") return id;
  if (field === "position") return String(position);
  if (field === "money") return moneyOf(item, locale);
  const isAttribute = field.startsWith("attributes.");
  const holder = (isAttribute ? item.attributes : item) as Readonly<Record<string, unknown>> | undefined;
  const name = isAttribute ? field.slice(11) : field;
  const value = holder && Object.hasOwn(holder, name) ? holder[name] : undefined;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

const formats = new Map<string, Intl.NumberFormat>();

function moneyOf({ price, currency }: ItemFields, locale: string | undefined): string {
  if (typeof price !== "number") return "";
  try {
    const key = `${locale} ${currency}`;
    let format = formats.get(key);
    if (format === undefined) {
      if (formats.size > 50) formats.clear();
      format = new Intl.NumberFormat(locale, currency ? { style: "currency", currency } : {});
      formats.set(key, format);
    }
    return format.format(price);
  } catch {
    // A language or a currency that nobody knows.
    return `${price} ${currency ?? ""}`.trim();
  }
}
