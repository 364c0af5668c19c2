import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PAGE_LIMITS, type Piece, SlotSplitter } from "./splitter.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What a page was cut into, whatever chunks it came in: neighbours of a kind are one. */
interface Cut {
  readonly kind: Piece["kind"];
  text: string;
}

/** @param sizes of the chunks, repeated for as long as there are bytes */
function cut(html: string, sizes: readonly number[]): Cut[] {
  const bytes = encoder.encode(html);
  const splitter = new SlotSplitter();
  const pieces: Piece[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length] ?? 1;
    // A copy of its own: the network does not give the same memory twice.
    pieces.push(...splitter.push(bytes.slice(at, at + size)));
    at += size;
  }
  pieces.push(...splitter.end());
  const cuts: Cut[] = [];
  // A character may be cut in two: bytes are joined before they are read.
  let waiting: Uint8Array[] = [];
  for (const piece of pieces) {
    if (piece.kind === "notice") continue;
    const own = piece.kind === "open" ? piece.tag : "bytes" in piece ? piece.bytes : new Uint8Array(0);
    const last = cuts.at(-1);
    if (last?.kind === piece.kind && "bytes" in piece) waiting.push(own);
    else {
      waiting = [own];
      cuts.push({ kind: piece.kind, text: "" });
    }
    (cuts.at(-1) as Cut).text = decoder.decode(Buffer.concat(waiting));
  }
  return cuts;
}

const whole = (html: string): Cut[] => cut(html, [html.length * 4 + 1]);
const slotsOf = (cuts: readonly Cut[]): string[] =>
  cuts.flatMap(({ kind, text }, i) => {
    if (kind !== "open") return [];
    const next = cuts[i + 1];
    return [`${text}${next?.kind === "content" ? next.text : ""}`];
  });
const joined = (cuts: readonly Cut[]): string => cuts.map(({ text }) => text).join("");

const TRICKY = `<!doctype html><html lang=de><head><meta charset=utf-8><title>a <section data-nowcast=x></title>
<script>var a="<section data-nowcast='no'>";<!-- <script> </script> --></script><style>p > b {}</style></head>
<body class=x title='a > b' data-y="<div data-nowcast=q>"><!-- <div data-nowcast=c> --><!--><!---><?php <div data-nowcast> ?>
<ul><li data-nowcast="li">one<li>two</ul><section title="a > b" data-nowcast="home" data-count=3><div>hi</div></span>ä€🙂
<template><b>{{title}}</b></template></section><p>after</p><template><div data-nowcast=q></div></template>
<svg><g data-nowcast=s></g><title/><![CDATA[<div data-nowcast=q>]]></svg><textarea><div data-nowcast=t></textarea>
<div data-nowcast="z"><b>x</div><a data-nowcast/ href=/a/>in</a><img data-nowcast=i></body></html>`;

test("a page cut at any byte is the same page, with the same slots", () => {
  const expected = whole(TRICKY);
  expect(joined(expected)).toBe(TRICKY);
  expect(slotsOf(expected)).toEqual([
    '<li data-nowcast="li">one',
    expect.stringMatching(/^<section title="a > b" data-nowcast="home" data-count=3><div>hi<\/div><\/span>ä€🙂/),
    '<div data-nowcast="z"><b>x',
    "<a data-nowcast/ href=/a/>in",
  ]);
  const length = encoder.encode(TRICKY).length;
  for (let at = 1; at < length; at++) expect(cut(TRICKY, [at, length])).toEqual(expected);
  for (let size = 1; size < 40; size++) expect(cut(TRICKY, [size])).toEqual(expected);
});

describe("what is a slot, and where it ends", () => {
  test.each([
    ["an element inside of the same name", "<div data-nowcast=a>1<div>2</div>3</div>4", "1<div>2</div>3"],
    ["an end tag that closes nothing", "<div data-nowcast=a>1</span></p></b>2</div>3", "1</span></p></b>2"],
    ["an end tag of an ancestor", "<main><div data-nowcast=a>1<p>2</main>3", "1<p>2"],
    [
      "an end tag inside of a cell",
      "<div data-nowcast=a><table><tr><td></div>1</td></table>2</div>3",
      "<table><tr><td></div>1</td></table>2",
    ],
    ["formatting in the wrong order", "<b>0<div data-nowcast=a>1</b>2</div>3", "1</b>2"],
    ["a list item without an end", "<ul><li data-nowcast=a>1<ul><li>2</ul><li>3</ul>", "1<ul><li>2</ul>"],
    ["a cell without an end", "<table><tr><td data-nowcast=a>1<td>2</table>", "1"],
    ["a row without an end", "<table><tr data-nowcast=a><td>1<tr><td>2</table>", "<td>1"],
    ["a paragraph that a block ends", "<p data-nowcast=a>1<b>2</b><div>3</div>", "1<b>2</b>"],
    ["a definition without an end", "<dl><dt data-nowcast=a>1<dd>2</dl>", "1"],
    ["the end of the body", "<body><div data-nowcast=a>1</body></html>", "1"],
    ["a heading that is closed as another", "<div data-nowcast=a><h1>1</h2>2</div>3", "<h1>1</h2>2"],
    [
      "a slot inside of a slot",
      "<div data-nowcast=a>1<div data-nowcast=b>2</div>3</div>4",
      "1<div data-nowcast=b>2</div>3",
    ],
    ["a name in capitals", "<DIV DATA-NOWCAST=a>1</Div>2", "1"],
    ["an attribute after a slash", "<div/data-nowcast=a>1</div>2", "1"],
    ["a script in it", "<div data-nowcast=a><script>'</div>'</script>1</div>2", "<script>'</div>'</script>1"],
    ["a picture drawn in it", "<div data-nowcast=a><svg><path/><div/></svg>1</div>2", "<svg><path/><div/></svg>1"],
    ["nothing in it", "<div data-nowcast=a></div>", ""],
  ])("%s", (_, html, content) => {
    const cuts = whole(html);
    const open = cuts.findIndex(({ kind }) => kind === "open");
    expect(cuts[open + 1]?.kind === "content" ? cuts[open + 1]?.text : "").toBe(content);
    expect(cuts.filter(({ kind }) => kind === "close")).toHaveLength(1);
    expect(joined(cuts)).toBe(html);
  });

  test.each([
    "<!-- <div data-nowcast=a> -->",
    "<!-- a --!><!-->x<!---><!-- <div data-nowcast=a>",
    "<script>document.write('<div data-nowcast=a>')</script>",
    "<script><!-- <script> </script><div data-nowcast=a> --></script>",
    "<style>/* <div data-nowcast=a> */</style>",
    "<textarea><div data-nowcast=a></textarea >",
    "<title><div data-nowcast=a></title>",
    "<iframe><div data-nowcast=a></iframe>",
    "<xmp></xm><div data-nowcast=a></xmp>",
    "<plaintext><div data-nowcast=a>",
    '<p title="<div data-nowcast=a>">',
    "<p title='<div data-nowcast=a>'>",
    "<p title=it's><b>'</b>",
    "<div data-nowcast-item=a data-nowcas=b xdata-nowcast=c>",
    "<template><div data-nowcast=a></div></template>",
    "<svg><g data-nowcast=a></g></svg>",
    "<img data-nowcast=a><br data-nowcast=b>",
    "<body data-nowcast=a>",
    "</div data-nowcast=a>",
    "a < b data-nowcast=a >",
    "<? data-nowcast ?><!x data-nowcast>",
  ])("there is none in %s", (html) => {
    const cuts = whole(html);
    expect(cuts.map(({ kind }) => kind)).not.toContain("open");
    expect(joined(cuts)).toBe(html);
  });

  test("a slot without an end is never closed", () => {
    expect(whole("<p>1</p><div data-nowcast=a>2<p>3").map(({ kind }) => kind)).toEqual(["bytes", "open", "content"]);
  });

  test("what stands before a slot is out with the chunk in which it came", () => {
    const splitter = new SlotSplitter();
    const out = splitter.push(encoder.encode("<body><h1>Hi</h1><div data-now"));
    expect(out.flatMap((piece) => (piece.kind === "bytes" ? decoder.decode(piece.bytes) : []))).toEqual([
      "<body>",
      "<h1>Hi</h1>",
    ]);
  });
});

describe("beyond limits a page passes", () => {
  test("slots past the two hundredth are content", () => {
    const cuts = whole("<p data-nowcast=a>x</p>".repeat(PAGE_LIMITS.slots + 5));
    expect(cuts.filter(({ kind }) => kind === "open")).toHaveLength(PAGE_LIMITS.slots);
  });

  test("so does one that is nested deeper than browsers go, and one that is too large", () => {
    for (const html of [
      `<main data-nowcast=a>${"<div>".repeat(600)}`,
      `<main data-nowcast=a>${"x".repeat(PAGE_LIMITS.bytes + 1)}<p data-nowcast=b>`,
    ]) {
      const cuts = whole(html);
      expect(cuts.map(({ kind }) => kind)).toEqual(["open", "content", "lost"]);
      expect(joined(cuts) === html).toBe(true);
    }
  });

  test("a tag of more than 16 KB is passed over, and found to end", () => {
    const html = `<div data-nowcast=a title="${"x>".repeat(20_000)}">1</div><p data-nowcast=b>2</p>`;
    expect(slotsOf(cut(html, [1_000]))).toEqual(["<p data-nowcast=b>2"]);
    expect(joined(cut(html, [1_000])) === html).toBe(true);
  });

  test("UTF-16 is not read", () => {
    const bytes = Uint8Array.of(0xff, 0xfe, ...Buffer.from("<p data-nowcast=a>", "utf16le"));
    expect(new SlotSplitter().push(bytes).map(({ kind }) => kind)).toEqual(["lost", "bytes"]);
  });
});

describe("by chance", () => {
  const scraps = fc.constantFrom(
    ..."< > / ! - -- --> <!-- </ </script <script> <div <div> </div> <p data-nowcast=a> <li> <li data-nowcast=b> </ul> <ul> = \" ' x ä 🙂 data-nowcast <template> </template> <svg> </svg> <b> </b> <![CDATA[ ]]> <textarea> </textarea> <body> </head> &".split(
      " ",
    ),
  );
  const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 });

  test("any page at all is the same in any chunks, byte by byte", () => {
    fc.assert(
      fc.property(fc.array(scraps, { maxLength: 40 }), sizes, (parts, sizes) => {
        const html = parts.join(" ".repeat(parts.length % 2));
        const expected = whole(html);
        expect(joined(expected)).toBe(html);
        expect(cut(html, sizes)).toEqual(expected);
      }),
      { numRuns: 1_500 },
    );
  });

  /** Pages of which it is known, by how they are made, what slots they have. */
  interface Made {
    readonly html: string;
    readonly slots: readonly string[];
  }
  const inert = fc.constantFrom(
    "text ",
    "a < b & c > d ",
    "<!-- <div data-nowcast=x> -->",
    "<br>",
    '<img alt="> <p data-nowcast=x>">',
    "<script>if (a<b) '<p data-nowcast=x>'</script>",
    "<style>p > a {}</style>",
    "<textarea></text <p data-nowcast=x></textarea>",
    "<svg viewBox='0 0 1 1'><path d='M0 0'/><g data-nowcast=x></g></svg>",
    "<template><p data-nowcast=x></p></template>",
    "ä🙂",
  );
  const tag = fc.constantFrom("div", "section", "ul", "article", "my-element");
  const { page } = fc.letrec<{ page: Made; element: Made }>((tie) => ({
    page: fc
      .array(
        fc.oneof(
          { depthSize: "small" },
          inert.map((html): Made => ({ html, slots: [] })),
          tie("element"),
        ),
        {
          maxLength: 5,
        },
      )
      .map((parts) => ({ html: parts.map(({ html }) => html).join(""), slots: parts.flatMap(({ slots }) => slots) })),
    element: fc.tuple(tag, fc.boolean(), tie("page")).map(([name, isSlot, { html, slots }]): Made => {
      const start = isSlot ? `<${name} class="a > b" data-nowcast='s'>` : `<${name} title=it's>`;
      return { html: `${start}${html}</${name}>`, slots: isSlot ? [start + html] : slots };
    }),
  }));

  test("the slots of a page are those that it was made with", () => {
    fc.assert(
      fc.property(page, sizes, ({ html, slots }, sizes) => {
        const cuts = cut(html, sizes);
        expect(joined(cuts)).toBe(html);
        expect(slotsOf(cuts)).toEqual(slots);
      }),
      { numRuns: 1_000 },
    );
  });
});
