import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileTemplate, type ItemFields, safeUrl } from "./template.ts";

const LAMP: ItemFields = {
  title: "Lamp & Co",
  url: "/p/1?a=1&b=2",
  image: "https://img.example/1.svg",
  price: 1234.5,
  currency: "EUR",
  brand: "Lumen",
  category: "lamps",
  attributes: { color: "r\"e'd", sizes: [1, 2], sold: 3, isNew: true },
};

/** What stands after the attributes that every item has. */
function render(template: string, item: ItemFields = LAMP, locale = "en"): string | null {
  const html = compileTemplate(`<i></i>${template}`).render("sku-1", item, 0, locale);
  return html?.replace('<i data-nowcast-item="sku-1" data-nowcast-position="0"></i>', "") ?? null;
}

test("an item's element carries its id and its place", () => {
  const template = compileTemplate("\n<!-- a card --> <li class=card><b>{{title}}</b></li>");
  expect(template.render('a"b', LAMP, 3)).toBe(
    '\n <li data-nowcast-item="a&#34;b" data-nowcast-position="3" class="card"><b>Lamp &#38; Co</b></li>',
  );
});

test.each([
  ["<b>{{ title }}, {{brand}}, {{category}}, {{id}}, {{position}}</b>", "<b>Lamp &#38; Co, Lumen, lamps, sku-1, 0</b>"],
  ["{{price}} {{money}}", "1234.5 €1,234.50"],
  ["{{attributes.color}} {{attributes.sold}} {{attributes.isNew}}", "r&#34;e&#39;d 3 true"],
  ["{{attributes.sizes}}{{attributes.none}}{{attributes.constructor}}", ""],
  ["<a href='{{url}}'>", '<a href="/p/1?a=1&#38;b=2">'],
  ["<a href={{url}} class=x>", '<a href="/p/1?a=1&#38;b=2" class="x">'],
  ["<a href='/p/{{title}}?x=1&amp;y={{id}}'>", '<a href="/p/Lamp%20%26%20Co?x=1&amp;y=sku-1">'],
  [
    "<img srcset='{{image}} 1x, {{image}}?2 2x'>",
    '<img srcset="https://img.example/1.svg 1x, https://img.example/1.svg?2 2x">',
  ],
  ["<p title='say \"hi\"' data-x='{{attributes.color}}'>", '<p title="say &quot;hi&quot;" data-x="r&#34;e&#39;d">'],
  ["<input disabled value={{title}}>", '<input disabled value="Lamp &#38; Co">'],
  ["<script>const a = '<b>';</script><style>a{b:c}</style>", "<script>const a = '<b>';</script><style>a{b:c}</style>"],
  ["a < b <{{id}}>", "a &lt; b &lt;sku-1>"],
  ["<br/><p / class=a>{ { }} }", '<br/><p / class="a">{ { }} }'],
])("%s", (template, html) => {
  expect(render(template)).toBe(html);
});

test("money is written as the page's language has it", () => {
  expect(render("{{money}}", LAMP, "de")).toBe("1.234,50\u00a0€");
  expect(render("{{money}}", { price: 5 })).toBe("5");
  expect(render("{{money}}", { price: 5, currency: "nonsense" })).toBe("5 nonsense");
  expect(render("{{money}}", {})).toBe("");
});

test("an item without what its card needs is left out; what a card can do without is empty", () => {
  for (const field of ["title", "url", "image"] as const) {
    expect(render(`<a title="{{${field}}}">`, { ...LAMP, [field]: undefined })).toBeNull();
  }
  expect(render("<b>{{brand}}{{price}}</b>", {})).toBe("<b></b>");
});

describe("refused, with the reason", () => {
  test.each([
    ["<b>{{titel}}</b>", /there is no field \{\{titel\}\}/],
    ["<b>{{title</b>", /is no field/],
    ["<b>{{constructor}}</b>", /there is no field/],
    ["<script>{{title}}</script>", /no field may stand in <script>/],
    ["<style>{{title}}</style>", /no field may stand in <style>/],
    ["<a onclick='x({{id}})'>", /no field may stand in onclick/],
    ["<a ONMOUSEOVER={{id}}>", /no field may stand in ONMOUSEOVER/],
    ["<p style='color: {{attributes.color}}'>", /no field may stand in style/],
    ["<iframe srcdoc='{{title}}'>", /no field may stand in srcdoc/],
    ["<script src='{{url}}'></script>", /no field may stand in <script …>/],
    ["<iframe src='{{url}}'></iframe>", /no field may stand in <iframe …>/],
    ["<base href={{url}}>", /no field may stand in <base …>/],
    ["<svg><animate values='{{url}}'/></svg>", /no field may stand in <animate …>/],
    ["<a {{id}}=x>", /no field may stand in the name of an attribute/],
    ["</{{id}}>", /no field may stand in a declaration/],
    ["<b{{id}}>", /no field may stand in the name of an element/],
    ["<!doctype {{id}}>", /no field may stand in a declaration/],
    ["<b", /<b is not closed/],
    ["<b class", /is not closed/],
    ["<b class='x>", /has no value/],
    ["<!-- {{title}}", /a comment is not closed/],
    ["<script>", /<script> is not closed/],
  ])("%s", (template, reason) => {
    expect(() => compileTemplate(`<i></i>${template}`)).toThrow(reason);
  });

  test("a template without an element", () => {
    expect(() => compileTemplate("{{title}}")).toThrow("template: it has no element");
  });
});

test.each([
  ["javascript:alert(1)", "#"],
  ["JaVaScRiPt:alert(1)", "#"],
  [" \tjava\nscript:alert(1)", "#"],
  ["\u0000javascript:alert(1)", "#"],
  ["java\0script:alert(1)", "#"],
  ["data:text/html,x", "#"],
  ["vbscript:x", "#"],
  ["sku:1", "#"],
  ["/a, javascript:x 2x", "#"],
  ["https://a.example/x:y", "https://a.example/x:y"],
  ["HTTP://a.example", "HTTP://a.example"],
  ["//a.example/b", "//a.example/b"],
  ["/p/a:b", "/p/a:b"],
  ["?q=a:b", "?q=a:b"],
  ["#a:b", "#a:b"],
  ["", ""],
])("the URL %j becomes %j", (url, safe) => {
  expect(safeUrl(url)).toBe(safe);
});

test("fields that only together make a URL that runs are one", () => {
  const item = { title: "alert(1)", attributes: { a: "java", b: "script:x" } };
  expect(render("<a href='{{attributes.a}}{{attributes.b}}'>", item)).toBe('<a href="javascript%3Ax">');
  expect(render("<a href='{{attributes.a}}script:{{title}}'>", item)).toBe('<a href="#">');
});

test("whatever an item says, the tags of a card are those of its template", () => {
  const template = compileTemplate(
    "<li class={{attributes.a}} title='{{title}}' id=\"{{id}}\"><a href={{url}}>{{title}}</a><textarea>{{title}}</textarea></li>",
  );
  const nasty = fc
    .array(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.constantFrom(..."< > \" ' ` = & / --> </textarea> <script> \0 javascript:".split(" ")),
      ),
      { minLength: 1, maxLength: 6 },
    )
    .map((parts) => parts.join(""));
  fc.assert(
    fc.property(nasty, nasty, nasty, nasty, (id, title, url, a) => {
      const html = template.render(id, { title, url, attributes: { a } }, 0) ?? "";
      const skeleton = html.replace(/"[^"]*"/g, '""').replace(/>[^<]*</g, "><");
      const expected =
        '<li data-nowcast-item="" data-nowcast-position="" class="" title="" id=""><a href=""></a><textarea></textarea></li>';
      expect(html === "" || skeleton === expected).toBe(true);
      expect(/href="\s*(?:javascript|data|vbscript):/i.test(html)).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});
