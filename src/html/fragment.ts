// HTML that a configuration puts into pages: checked when it is pushed. It must be whole, so that it can neither swallow the rest of
// the page nor close what it stands in, and it must not run code unless the configuration says that it may. The check is stricter
// than browsers are: what it does not understand is refused.

const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
/** Of elements whose content is no markup those that are taken; the others only where scripts are. */
const RAW = /^(?:textarea|title|style)$/;
/** They run, load or change what the page is. */
const CODE = /^(?:script|iframe|frame|frameset|object|embed|applet|base|meta|link|portal|fencedframe)$/;
/** A parser leaves them or what stands in them out, or takes the rest of the page for text. */
const UNUSABLE = /^(?:plaintext|xmp|noembed|noframes|noscript|html|head|body)$/;
const URL_ATTRIBUTE =
  /(?:^|[-:])(?:href|src|srcset|action|formaction|poster|data|cite|background|ping|longdesc|codebase|to|from|values|by|url)$/;

const TAG =
  /<(\/?)([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[^\s"'<>=/\0]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'=<>`]+))?)*)\s*(\/?)>/y;
const ATTRIBUTES = /([^\s"'<>=/\0]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/g;
const COMMENT = /<!--(?!-?>)(?:(?!--).)*-->/sy;

/**
 * Why the HTML cannot be put into a page, or null when it can.
 * @param allowScripts takes scripts, event handlers, frames and URLs of any scheme
 */
export function fragmentProblem(html: string, allowScripts: boolean): string | null {
  const open: string[] = [];
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at)) {
    COMMENT.lastIndex = at;
    if (COMMENT.test(html)) {
      at = COMMENT.lastIndex;
      continue;
    }
    TAG.lastIndex = at;
    const tag = TAG.exec(html);
    if (tag === null)
      return `is no whole tag at ${JSON.stringify(html.slice(at, at + 30))}; a < in text is written &lt;`;
    at = TAG.lastIndex;
    const [, slash, written = "", attributes = "", selfClosing] = tag;
    const name = written.toLowerCase();
    if (UNUSABLE.test(name)) return `<${name}> cannot stand in an edit`;
    if (slash === "/") {
      const last = open.pop();
      if (last !== name) return `</${name}> closes ${last === undefined ? "nothing" : `<${last}>`} of this HTML`;
      continue;
    }
    if (!allowScripts) {
      if (CODE.test(name)) return `<${name}> needs allowScripts`;
      const problem = attributesProblem(attributes);
      if (problem !== null) return problem;
    }
    if (VOID.test(name) || (selfClosing === "/" && isForeign(open, name))) continue;
    if (!RAW.test(name) && name !== "script" && name !== "iframe") {
      open.push(name);
      continue;
    }
    const end = new RegExp(`</${name}\\s*>`, "iy");
    const close = html.toLowerCase().indexOf(`</${name}`, at);
    end.lastIndex = close;
    if (close < 0 || !end.test(html)) return `<${name}> is not closed`;
    // Of a script `<!--` and `<script` shift its end.
    if (name === "script" && /<!--|<script/i.test(html.slice(at, close)))
      return "a script must not hold <!-- or <script";
    at = end.lastIndex;
  }
  return open.length === 0 ? null : `<${open.at(-1)}> is not closed`;
}

/** Why an element must not get this attribute without `allowScripts`. */
export function attributeProblem(name: string, value: string): string | null {
  const lower = name.toLowerCase();
  if (/^on/.test(lower) || lower === "srcdoc") return `the attribute ${lower} needs allowScripts`;
  if (URL_ATTRIBUTE.test(lower) && hasOtherScheme(value))
    return `a URL of another scheme than http(s), mailto and tel needs allowScripts`;
  if (lower === "style" && /expression\s*\(|javascript:|-moz-binding|behavior\s*:/i.test(value)) {
    return "a style that runs code needs allowScripts";
  }
  return null;
}

/** Why CSS cannot be put into the head, or null when it can. */
export function cssProblem(css: string): string | null {
  return /<\/style|<!--/i.test(css) ? "must not hold </style or <!--" : null;
}

function attributesProblem(attributes: string): string | null {
  for (const [, name = "", double, single, bare] of attributes.matchAll(ATTRIBUTES)) {
    const problem = attributeProblem(name, decoded(double ?? single ?? bare ?? ""));
    if (problem !== null) return problem;
  }
  return null;
}

/** Browsers drop control characters and white space before and within a scheme; a list of URLs (srcset) may hide one. */
function hasOtherScheme(value: string): boolean {
  const text = value.replace(/[\0- ]+/g, " ");
  const candidates = [text.replaceAll(" ", ""), ...text.split(/[ ,]+/)];
  return candidates.some((url) => {
    const scheme = /^([^/?#]*?):/.exec(url)?.[1];
    return scheme !== undefined && !/^(?:https?|mailto|tel)$/i.test(scheme);
  });
}

const NAMED: Readonly<Record<string, string>> = { colon: ":", Tab: "", NewLine: "", amp: "&" };

/** Character references that can write a scheme: numbers, and the names of what stands in one. */
function decoded(value: string): string {
  return value.replace(/&(?:#x([0-9a-f]+);?|#(\d+);?|([A-Za-z]+);)/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) return NAMED[name] ?? whole;
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
  });
}

function isForeign(open: readonly string[], name: string): boolean {
  return name === "svg" || name === "math" || open.includes("svg") || open.includes("math");
}
