// Selectors of edits: the part of CSS that a streaming rewriter can follow, because it looks at nothing that comes later in the page
// (HTMLRewriter's, https://developers.cloudflare.com/workers/runtime-apis/html-rewriter/#selectors). Checked when a configuration
// is pushed, so that no page ever meets one that cannot be used.

const NAME = String.raw`-?(?:[_a-zA-Z]|[^\x00-\x7f])(?:[\w-]|[^\x00-\x7f])*`;
const TYPE = new RegExp(String.raw`(?:\*|${NAME})`, "yu");
const CLASS_OR_ID = new RegExp(`[.#]${NAME}`, "yu");
const ATTRIBUTE = new RegExp(
  String.raw`\[\s*${NAME}\s*(?:[~|^$*]?=\s*(?:"[^"\\\n]*"|'[^'\\\n]*'|${NAME})\s*(?:[is]\s*)?)?\]`,
  "yu",
);
const PSEUDO =
  /:(?:first-child|first-of-type|nth-(?:child|of-type)\(\s*(?:odd|even|[+-]?\d{1,4}|[+-]?\d{0,4}n(?:\s*[+-]\s*\d{1,4})?)\s*\))/y;
const NOT = /:not\(\s*/y;
const COMBINATOR = /\s*>\s*|\s+/y;

/** Why the text is no selector that edits can use, or null when it is one. */
export function selectorProblem(selector: string): string | null {
  const text = selector.trim();
  if (text === "") return "must name an element";
  for (let at = 0; ; ) {
    const end = compound(text, at, true);
    if (end === at) return problemAt(text, at);
    if (end === text.length) return null;
    const next = match(COMBINATOR, text, end);
    if (next === end) return problemAt(text, end);
    at = next;
  }
}

/** One element's conditions from `at` on. @returns their end; `at` when there are none */
function compound(text: string, at: number, mayNegate: boolean): number {
  let end = match(TYPE, text, at);
  for (;;) {
    const next = simple(text, end, mayNegate);
    if (next === end) return end;
    end = next;
  }
}

function simple(text: string, at: number, mayNegate: boolean): number {
  for (const form of [CLASS_OR_ID, ATTRIBUTE, PSEUDO]) {
    const end = match(form, text, at);
    if (end > at) return end;
  }
  const open = mayNegate ? match(NOT, text, at) : at;
  if (open === at) return at;
  const inner = compound(text, open, false);
  const close = match(/\s*\)/y, text, inner);
  return inner === open || close === inner ? at : close;
}

function match(form: RegExp, text: string, at: number): number {
  form.lastIndex = at;
  return form.test(text) ? form.lastIndex : at;
}

const TAKEN =
  "takes element, .class, #id, [attribute=value], :not(), :first-child, :nth-child(), :first-of-type, :nth-of-type(), descendants and >";

function problemAt(text: string, at: number): string {
  const rest = text.slice(at, at + 20).trim();
  const what = rest === "" ? "ends too early" : `cannot be used from ${JSON.stringify(rest)} on`;
  return `${what}: a selector ${TAKEN}`;
}
