import { describe, expect, test } from "vitest";
import { attributeProblem, cssProblem, fragmentProblem } from "./fragment.ts";

test.each([
  "",
  "text &amp; more",
  "<b>now</b>",
  '<a href="/sale?x=1#y" class=big>Sale</a>',
  "<a href='https://x.example/'>x</a><a href='mailto:a@b.c'>m</a><a href=tel:+431>t</a><a href='//cdn.example'>c</a>",
  '<img src="/a.png" srcset="/a.png 1x, /b.png 2x" alt="a > b">',
  "<ul><li>a</li><li>b<br>c</li></ul>",
  "<svg viewBox='0 0 1 1'><path d='M0 0'/></svg>",
  "<!-- note --><p>x</p>",
  "<style>p > b { color: red }</style>",
  "<textarea><b></textarea>",
  "<p style='color: red'>x</p>",
  "<my-card data-x>y</my-card>",
])("%s can be put into a page", (html) => {
  expect(fragmentProblem(html, false)).toBeNull();
});

describe("what would swallow or break the page is refused, scripts or not", () => {
  test.each([
    "<b>now",
    "</div>",
    "<b><i></b></i>",
    "<",
    "a < b",
    "<b",
    '<b title="x>',
    "<!-- note",
    "<!-->",
    "<!-- a -- b -->",
    "<!doctype html>",
    "<![CDATA[x]]>",
    "<?php ?>",
    "<plaintext>",
    "<noscript></noscript>",
    "<body onload=x></body>",
    "<textarea>",
    "<style>",
    "<div/>",
    "<b\0></b>",
    "<a/href=x></a>",
    '<a href="x"class="y"></a>',
    "<script>a</script",
    "<script><!-- <script> </script>",
  ])("%j", (html) => {
    expect(fragmentProblem(html, true)).toMatch(/\w/);
    expect(fragmentProblem(html, false)).toMatch(/\w/);
  });
});

describe("code needs allowScripts", () => {
  test.each([
    "<script>alert(1)</script>",
    "<ScRiPt src=x></sCrIpT>",
    "<iframe src=/x></iframe>",
    "<object data=x></object>",
    "<embed src=x>",
    "<base href=//evil.example>",
    "<meta http-equiv=refresh content=0>",
    "<link rel=stylesheet href=x>",
    "<img src=x onerror=alert(1)>",
    "<img src=x\nONERROR = 'alert(1)'>",
    "<b onclick>x</b>",
    '<a href="javascript:alert(1)">x</a>',
    "<a href=' \tjAvAsCrIpT:alert(1)'>x</a>",
    "<a href='java\nscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='&#x6A;avascript&colon;alert(1)'>x</a>",
    "<a href='java&Tab;script:alert(1)'>x</a>",
    "<a href='data:text/html,x'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<form action='javascript:x'></form>",
    "<button formaction='javascript:x'></button>",
    "<svg><a xlink:href='javascript:x'><text>x</text></a></svg>",
    "<svg><animate attributeName=href values='javascript:x'></animate></svg>",
    "<img srcset='/a.png 1x, javascript:x 2x'>",
    "<p style='background: url(javascript:x)'>x</p>",
  ])("%j", (html) => {
    expect(fragmentProblem(html, false)).toMatch(/needs allowScripts/);
    expect(fragmentProblem(html, true)).toBeNull();
  });
});

test("an attribute that is set is held to the same", () => {
  expect(attributeProblem("onclick", "x")).toMatch(/allowScripts/);
  expect(attributeProblem("HREF", "javascript:x")).toMatch(/allowScripts/);
  expect(attributeProblem("href", "/sale")).toBeNull();
  expect(attributeProblem("title", "javascript: the good parts")).toBeNull();
});

test("CSS ends where its element ends", () => {
  expect(cssProblem("h1 > b { color: red }")).toBeNull();
  expect(cssProblem("</style><script>")).toMatch(/style/);
});

test("no HTML takes long to check", { timeout: 2000 }, () => {
  for (const part of ["<a ", "<a b=", "<a b='", "<b>", "<!--", "<style>", "a<", "<a b c d"]) {
    expect(fragmentProblem(part.repeat(32_768 / part.length), false)).toMatch(/\w/);
  }
});
