// Runs inside the Workers runtime: what HTMLRewriter makes of edits, and what of pages that it cannot follow.
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ChangeConfig } from "./edit-schema.ts";
import { type BodyEdit, editedBody, type PageRewriter } from "./edited-body.ts";

const { HTMLRewriter } = globalThis as unknown as { HTMLRewriter: new () => PageRewriter };
const MARK = "nowcast0mark";

const change = (selector: string, more: object = { action: "text", text: "NEW" }): ChangeConfig =>
  ({ selector, ...more }) as ChangeConfig;
const edit = (...changes: ChangeConfig[]): BodyEdit => ({ changes, applies: () => true });

interface Source {
  readonly chunkBytes?: number;
  /** What the origin's stream fails with after the page. */
  readonly failure?: Error;
  readonly cancelled?: (reason: unknown) => void;
}

function sourceOf(html: string, { chunkBytes = 1000, failure, cancelled }: Source = {}) {
  const bytes = new TextEncoder().encode(html);
  let at = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at < bytes.length) {
        controller.enqueue(bytes.slice(at, at + chunkBytes));
        at += chunkBytes;
      } else if (failure === undefined) controller.close();
      else controller.error(failure);
    },
    cancel: (reason) => cancelled?.(reason),
  });
}

const bodyOf = (html: string, edits: readonly BodyEdit[], source: Source = {}, nonce: string | null = null) =>
  editedBody(sourceOf(html, source), {
    edits,
    nonce,
    isAscii: false,
    mark: MARK,
    createRewriter: () => new HTMLRewriter(),
  });

const edited = async (html: string, edits: readonly BodyEdit[], source: Source = {}, nonce: string | null = null) =>
  new Response(bodyOf(html, edits, source, nonce)).text();

const errors = vi.fn();
beforeEach(() => {
  errors.mockClear();
  vi.spyOn(console, "error").mockImplementation(errors);
});
afterEach(() => vi.restoreAllMocks());

const PAGE = `<!doctype html><html><head><title>Shop <b></title><style>p > b { }</style>
<script>if (a < b) document.write("<p class='lead'></p>")</script></head>
<body><!-- a comment <p class=lead>no</p> --><h1>Old é</h1><p class="lead big">lead</p><img src=a.png>
<noscript><p>no script</p></noscript><svg><title>t</title><path d="M0"/></svg><p>&amp; last</p></body></html>`;

describe("edits", () => {
  const everything = [
    edit(change("h1"), change("p.lead", { action: "addClass", class: "new" }), change("img", { action: "hide" })),
    edit(change("p.lead", { action: "after", html: "<hr>" }), change("body", { action: "append", html: "<i>end</i>" })),
  ];

  test("are made, and all else stays as it was", async () => {
    expect(await edited(PAGE, everything)).toBe(
      PAGE.replace("Old é", "NEW")
        .replace('<p class="lead big">lead</p>', '<p class="lead big new">lead</p><hr>')
        .replace("<img src=a.png>", '<img src=a.png hidden="" data-nowcast-hidden="">')
        .replace("</head>", "<style>[data-nowcast-hidden]{display:none!important}</style></head>")
        .replace("</body>", "<i>end</i></body>"),
    );
    expect(errors).not.toHaveBeenCalled();
  });

  test("come out the same wherever chunks are cut", async () => {
    const whole = await edited(PAGE, everything);
    for (let chunkBytes = 1; chunkBytes <= PAGE.length; chunkBytes += 1 + (chunkBytes >> 3)) {
      expect(await edited(PAGE, everything, { chunkBytes })).toBe(whole);
    }
  });

  test("that change nothing leave every byte", async () => {
    for (const chunkBytes of [1, 7, 64]) {
      expect(await edited(PAGE, [edit(change("#none"))], { chunkBytes })).toBe(PAGE);
    }
  });

  test("hold for whom they hold when their element comes", async () => {
    let known = false;
    const applies = (): boolean => known;
    const page = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          controller.enqueue(new TextEncoder().encode(known ? "<p>second</p>" : "<p>first</p>"));
          if (known) controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const reader = editedBody(page, {
      edits: [{ changes: [change("p")], applies }],
      nonce: null,
      isAscii: false,
      mark: MARK,
      createRewriter: () => new HTMLRewriter(),
    }).getReader();
    const { value } = await reader.read();
    expect(new TextDecoder().decode(value)).toBe("<p>first</p>");
    known = true;
    let rest = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      rest += new TextDecoder().decode(next.value);
    }
    expect(rest).toBe("<p>NEW</p>");
  });

  test("that fail at an element leave it as it is", async () => {
    const applies = (): boolean => {
      throw new Error("nobody knows");
    };
    const broken = change("p", { action: "attribute", name: "not a name", value: "" });
    expect(
      await edited("<p>a</p><b>c</b>", [edit(broken), { changes: [change("p")], applies }, edit(change("b"))]),
    ).toBe("<p>a</p><b>NEW</b>");
    expect(errors).toHaveBeenCalledTimes(2);
  });
});

describe("style sheets", () => {
  const css = (text: string, applies = true): BodyEdit => ({ changes: [], css: text, applies: () => applies });

  test("stand together at the end of the head, with the policy's nonce", async () => {
    const html = "<html><head><title>x</title></head><body></body></html>";
    expect(await edited(html, [css("a{}"), css("b{}", false), css("c{}")], {}, "r4nd0m")).toBe(
      '<html><head><title>x</title><style nonce="r4nd0m">a{}\nc{}</style></head><body></body></html>',
    );
  });

  test("go into the body where the head is not closed, once", async () => {
    expect(await edited("<head><title>x</title><body>b", [css("a{}")])).toBe(
      "<head><title>x</title><body><style>a{}</style>b",
    );
    expect(await edited("<body>b</body>", [css("a{}", false)])).toBe("<body>b</body>");
  });
});

describe("a page that the rewriter gives up", () => {
  const AMBIGUOUS = "<p>one</p><select><xmp></select><p>two</p></xmp><p>three</p>";
  const TEMPLATE = "<p>one</p><template><select><style></style></select></template><p>two</p>";
  const DEEP = `<p>one</p>${"<div>".repeat(30_000)}<p>two</p>`;

  test.each([
    ["in a select", AMBIGUOUS],
    ["in a template", TEMPLATE],
    ["for its depth", DEEP],
  ])("%s is whole, edited as far as it went", async (_what, html) => {
    for (const chunkBytes of [1, 5, 11, 64, 1000, 65_536, 1e6]) {
      if (html === DEEP && chunkBytes < 1000) continue;
      const text = await edited(html, [edit(change("p"))], { chunkBytes });
      const unedited = text.replace("<p>NEW</p>", "<p>one</p>");
      expect(unedited === html).toBe(true);
    }
    expect(errors).toHaveBeenCalled();
  });

  test("is whole when its source takes one reader at a time, whatever comes late", async () => {
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const options = {
      edits: [edit(change("p"))],
      nonce: null,
      isAscii: false,
      mark: MARK,
      createRewriter: () => new HTMLRewriter(),
    };
    const text = new Response(editedBody(readable, options)).text();
    const writer = writable.getWriter();
    for (const part of ["<p>one</p>", AMBIGUOUS, "<p>late</p>", "<p>later</p>"]) {
      await writer.write(new TextEncoder().encode(part));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await writer.close();
    expect(await text).toBe(`<p>NEW</p>${AMBIGUOUS}<p>late</p><p>later</p>`);
  });

  test("because one script is larger than what is held is whole", async () => {
    const html = `<p>one</p><script>${"x".repeat(600_000)}</script><p>two</p>`;
    const text = await edited(html, [edit(change("p"))], { chunkBytes: 65_536 });
    expect(text).toBe(html.replace("<p>one", "<p>NEW"));
  });

  test("and one of 5 MB that it does not is whole and edited to its end", async () => {
    const html = `<p>one</p>${"<div>text &lt; more</div>".repeat(200_000)}<p>two</p>`;
    expect(await edited(html, [edit(change("p"))], { chunkBytes: 65_536 })).toBe(html.replace(/one|two/g, "NEW"));
    expect(errors).not.toHaveBeenCalled();
  });
});

test.each([
  "<p>one</p><!-- never closed",
  "<p>one</p><script>x",
  "<p>one</p><p title='",
  "<p>one</p>text <",
  "<p>one</p>é",
])("a page that ends in %j is whole", async (html) => {
  for (const chunkBytes of [1, 4, 1000]) {
    expect(await edited(html, [edit(change("p:first-child"))], { chunkBytes })).toBe(html.replace("one", "NEW"));
  }
});

test("an origin that breaks off breaks off behind all that it sent", async () => {
  const failure = new Error("the origin went away");
  for (const html of ["<p>one</p><b>half", "<p>one</p><scr", "<p>one</p><select><xmp>"]) {
    const reader = bodyOf(html, [edit(change("p"))], { failure, chunkBytes: 5 }).getReader();
    let text = "";
    const read = async (): Promise<void> => {
      for (let next = await reader.read(); !next.done; next = await reader.read()) {
        text += new TextDecoder().decode(next.value);
      }
    };
    await expect(read()).rejects.toThrow("went away");
    expect(text).toBe(html.replace("one", "NEW"));
  }
});

test("whoever reads no further cancels the origin", async () => {
  const cancelled = vi.fn();
  const reader = bodyOf("<p>one</p>".repeat(1000), [edit(change("p"))], { cancelled, chunkBytes: 100 }).getReader();
  await reader.read();
  await reader.cancel("gone");
  expect(cancelled).toHaveBeenCalled();
});

test("whatever a page consists of, edits that find nothing leave every byte of it", async () => {
  const parts = fc.constantFrom(
    ..."<p> </p> <div> </div> <b a='>'> </b> <select> </select> <option> <table> <tr> <td> </table> <xmp> </xmp> <textarea> </textarea>".split(
      " ",
    ),
    ..."<template> </template> <svg> <title> </title> </svg> <math> <mi> </math> <noscript> </noscript> <script> </script> <!-- -->".split(
      " ",
    ),
    ..."<style> </style> <iframe> </iframe> <frameset> </frameset> <plaintext> <![CDATA[ ]]> <!doctype> <? </ < > é \u0001 &amp; x".split(
      " ",
    ),
    ...['<p title="', '"', "'", "<script><!--<script>", "\n", " "],
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(parts, { maxLength: 40 }),
      fc.integer({ min: 1, max: 60 }),
      async (tokens, chunkBytes) => {
        const html = tokens.join("");
        expect(await edited(html, [edit(change("#none"))], { chunkBytes })).toBe(html);
      },
    ),
    { numRuns: 400, seed: 42 },
  );
});

test("the head is out before the origin goes on", async () => {
  let sent = 0;
  const parts = ["<head><title>x</title></head><body>text", "<p>one</p>"];
  const page = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const part = parts[sent++];
        if (part === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(part));
      },
    },
    { highWaterMark: 0 },
  );
  const options = {
    edits: [edit(change("p"))],
    nonce: null,
    isAscii: false,
    mark: MARK,
    createRewriter: () => new HTMLRewriter(),
  };
  const { value } = await editedBody(page, options).getReader().read();
  expect(new TextDecoder().decode(value)).toBe(parts[0]);
  expect(sent).toBe(1);
});
