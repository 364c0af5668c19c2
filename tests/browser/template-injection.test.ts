// What a catalogue says never becomes markup: templates are rendered with hostile texts and read by a browser. Elements and names of
// attributes must be those of the template, and every address must be http(s), whatever stands in an item.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileTemplate, type ItemFields } from "../../src/html/template.ts";
import { describeInBrowser, useBrowser } from "../support/browser.ts";

/** Fields in every place where one may stand. */
const TEMPLATES = [
  '<a href="{{url}}">{{title}}</a>',
  "<a href='{{url}}' title='{{title}}'>{{brand}}</a>",
  "<a href={{url}} title={{title}}>x</a>",
  '<a href="{{attributes.link}}" class="a {{attributes.link}} b">x</a>',
  '<a href=" {{attributes.link}}">x</a>',
  '<a href="/p/{{id}}?q={{title}}#{{brand}}">x</a>',
  '<a href="{{brand}}/{{title}}">x</a>',
  '<a href="/{{brand}}/{{title}}">x</a>',
  '<a href="java{{title}}">x</a>',
  '<img src="{{image}}" alt="{{title}}" srcset="{{image}} 1x, {{attributes.link}} 2x">',
  '<form action="{{url}}"><button formaction="{{attributes.link}}" value="{{title}}">x</button></form>',
  '<svg><a xlink:href="{{url}}" href="{{attributes.link}}"><text>{{title}}</text></a></svg>',
  "<svg><title>{{title}}</title><desc>{{brand}}</desc><foreignObject><p>{{title}}</p></foreignObject></svg>",
  "<math><mtext>{{title}}</mtext><mi>{{brand}}</mi></math>",
  "<div><textarea>{{title}}</textarea><p>{{brand}}</p></div>",
  "<div><!-- {{title}} --><p>{{title}}</p><!----><b>{{brand}}</b></div>",
  "<table><tr><td>{{title}}</td></tr></table>",
  "<select><option value='{{id}}'>{{title}}</option></select>",
  '<p data-title="{{title}}" data-url="{{url}}" aria-label=\'{{brand}}\'>{{money}} {{price}} {{category}}</p>',
  '<blockquote cite="{{url}}"><video poster="{{image}}" src="{{attributes.link}}"></video></blockquote>',
];

/** Where HTML has something to be broken out of, and addresses something to be hidden behind. */
const TOKENS = [
  '"',
  "'",
  "`",
  "<",
  ">",
  "/",
  "=",
  " ",
  "\n",
  "\t",
  "\0",
  "&",
  ";",
  "#",
  "{{",
  "}}",
  "{{url}}",
  "$&",
  "--",
  "-->",
  "--!>",
  "<!--",
  "]]>",
  "<![CDATA[",
  "</a>",
  "</title>",
  "</textarea>",
  "</svg>",
  "</math>",
  "</template>",
  "</option>",
  "<script>hacked()</script>",
  "<img src=x onerror=hacked()>",
  " onfocus=hacked() autofocus ",
  "javascript:hacked()",
  "JaVaScRiPt:",
  "java\nscript:",
  "java\tscript:",
  "\u0001javascript:",
  "&#106;avascript:",
  "javascript&colon;",
  "data:text/html,",
  "vbscript:",
  "blob:",
  "//",
  "https:",
  "http://x.example/",
  "x 1x, javascript:hacked() 2x",
  ",javascript:hacked()",
  "\u2028",
  "\ufeff",
  "\ud800",
  "＜",
  "ſcript",
  "K",
  "%22",
  "%3Cscript%3E",
  "a",
];
const hostile = fc.array(fc.constantFrom(...TOKENS), { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
const item = fc.record({
  title: hostile,
  url: hostile,
  image: hostile,
  brand: hostile,
  category: hostile,
  currency: hostile,
  price: fc.constantFrom(1, -0, Number.NaN),
  attributes: fc.record({ link: hostile }),
});

const HARMLESS: ItemFields = {
  title: "t",
  url: "/u",
  image: "/i",
  brand: "b",
  category: "c",
  price: 1,
  currency: "EUR",
  attributes: { link: "/l" },
};

describe("templates that would let a text run", () => {
  test.each([
    "<script>{{title}}</script>",
    "<style>{{title}}</style>",
    "<a onclick='{{title}}'>x</a>",
    "<a style='color: {{title}}'>x</a>",
    "<iframe srcdoc='{{title}}'></iframe>",
    "<iframe src='{{url}}'></iframe>",
    "<object data='{{url}}'></object>",
    "<embed src='{{url}}'>",
    "<base href='{{url}}'>",
    "<link href='{{url}}'>",
    "<meta content='{{title}}'>",
    "<svg><set to='{{title}}'></set></svg>",
    "<svg><animate values='{{title}}'></animate></svg>",
    "<{{title}}>x</{{title}}>",
    "<a {{title}}=x>x</a>",
    "<a {{title}}>x</a>",
    "<!DOCTYPE {{title}}><p>x</p>",
    "<noscript>{{title}}</noscript>",
    "<xmp>{{title}}</xmp>",
  ])("are refused: %s", (source) => {
    expect(() => compileTemplate(source)).toThrow(RangeError);
  });
});

describeInBrowser("hostile items", () => {
  const browser = useBrowser();

  test("become texts and addresses of the template's own elements, and nothing else", async () => {
    const page = await browser.newPage();
    const rendered = TEMPLATES.map((source) => {
      const template = compileTemplate(source);
      const samples = fc.sample(fc.tuple(hostile, item), { numRuns: 250, seed: 20_261_123 });
      return {
        source,
        expected: template.render("id", HARMLESS, 0) ?? "",
        pages: samples.flatMap(([id, fields]) => template.render(id, fields, 0, "en") ?? []),
      };
    });
    expect(rendered.every(({ pages, expected }) => pages.length > 100 && expected !== "")).toBe(true);

    const found = await page.evaluate((all) => {
      const problems: string[] = [];
      const shape = (root: ParentNode): string =>
        [...root.querySelectorAll("*")]
          .map((element) => `${element.tagName}[${[...element.attributes].map(({ name }) => name).sort()}]`)
          .join(" ");
      const read = (html: string): Document => new DOMParser().parseFromString(`<body>${html}`, "text/html");
      const isAddress = /^(?:href|xlink:href|src|action|formaction|poster|cite)$/;
      for (const { source, expected, pages } of all) {
        const wanted = shape(read(expected));
        for (const html of pages) {
          const document = read(html);
          if (shape(document) !== wanted) problems.push(`${source} became ${html}`);
          for (const element of document.querySelectorAll("*")) {
            for (const { name, value } of element.attributes) {
              const addresses = name === "srcset" ? value.split(/[\s,]+/) : isAddress.test(name) ? [value] : [];
              for (const address of addresses) {
                if (!URL.canParse(address, "https://shop.example/")) continue;
                const { protocol } = new URL(address, "https://shop.example/");
                if (!/^https?:$/.test(protocol)) problems.push(`${source} leads to ${address}`);
              }
            }
          }
        }
      }
      return problems;
    }, rendered);

    expect(found.slice(0, 5)).toEqual([]);
    const hacked = await page.evaluate((all) => {
      let count = 0;
      Object.assign(globalThis, { hacked: () => count++ });
      for (const { pages } of all) {
        document.body.innerHTML = pages.join("\n");
        for (const element of document.body.querySelectorAll("*")) element.dispatchEvent(new Event("focus"));
      }
      return new Promise<number>((resolve) => setTimeout(() => resolve(count), 500));
    }, rendered);
    expect(hacked).toBe(0);
  });
});
