// HTML that the configuration takes for edits, as a browser reads it: it ends where it ends, and runs nothing.
import fc from "fast-check";
import { expect, test } from "vitest";
import { fragmentProblem } from "../../src/html/fragment.ts";
import { describeInBrowser, useBrowser } from "../support/browser.ts";

const NAMES =
  "a b p div span ul li table tr td form button select option svg path title style textarea h1 nobr template details math mi".split(
    " ",
  );
const ATTRIBUTES = [
  "",
  ' class="x"',
  " hidden",
  " href='/x'",
  " href=javascript:x",
  ' href="java\tscript:x"',
  " href='&#106;avascript:x'",
  " href='&#x6a avascript&colon;x'",
  " src=data:text/html,x",
  " onclick=x",
  ' title=">"',
  " title='<b'",
  " xlink:href='javascript:x'",
  " style='background:url(javascript:x)'",
  " srcset='/a 1x, javascript:x 2x'",
  "/onload=x",
  ' a="b"onclick=x',
];
const TEXTS = [
  "x",
  " ",
  "&lt;",
  "&amp;",
  "<!-- c -->",
  "<",
  ">",
  "<br>",
  "<img src=/a>",
  "<script></script>",
  "</p>",
  "<!--",
  "-->",
];

const attribute = fc.constantFrom(...ATTRIBUTES);
const { node } = fc.letrec<{ node: string }>((tie) => ({
  node: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constantFrom(...TEXTS),
    fc
      .tuple(fc.constantFrom(...NAMES), attribute, fc.array(tie("node"), { maxLength: 3 }))
      .map(([name, given, children]) => `<${name}${given}>${children.join("")}</${name}>`),
  ),
}));

describeInBrowser("HTML that is taken", () => {
  const browser = useBrowser();

  test("stays in its place and runs nothing", async () => {
    const taken = fc
      .sample(
        fc.array(node, { minLength: 1, maxLength: 3 }).map((nodes) => nodes.join("")),
        { numRuns: 20_000, seed: 42 },
      )
      .filter((html) => fragmentProblem(html, false) === null);
    expect(taken.length).toBeGreaterThan(2000);
    const page = await browser.newPage();
    const wrong = await page.evaluate((fragments) => {
      const problemOf = (html: string): string | null => {
        const parsed = new DOMParser().parseFromString(
          `<!doctype html><body><div id="place">${html}</div><p id="end">end</p></body>`,
          "text/html",
        );
        const end = parsed.getElementById("end");
        if (end === null) return "swallows the page";
        if (end.parentElement !== parsed.body || end.innerHTML !== "end") return "reaches beyond its place";
        for (const element of parsed.querySelectorAll("*")) {
          if (/^(script|iframe|object|embed|base|meta|link)$/.test(element.localName)) return element.localName;
          for (const { name, value } of element.attributes) {
            if (/^on/i.test(name)) return name;
            const isUrl = /^(href|src|xlink:href)$/.test(name);
            if (isUrl && !/^(https?|about|mailto|tel):$/.test(new URL(value, "http://x/").protocol)) return value;
          }
        }
        return null;
      };
      return fragments.flatMap((html) => {
        const problem = problemOf(html);
        return problem === null ? [] : [`${problem}: ${html}`];
      });
    }, taken);
    expect(wrong.sort((a, b) => a.length - b.length).slice(0, 10)).toEqual([]);
  });
});
