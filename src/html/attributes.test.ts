import { describe, expect, test } from "vitest";
import { readAttributes, withAttributes, withoutAttribute } from "./attributes.ts";

describe("attributes", () => {
  test("are read as a browser reads them: the first of a name, references undone", () => {
    const tag = `<div a=1 A=2 B='x > y' c="&lt;&#65;&#x42;&quot;&amp;&nope;&#0;" d e = f/ =g>`;
    expect(Object.fromEntries(readAttributes(tag))).toEqual({
      a: "1",
      b: "x > y",
      c: '<AB"&&nope;\ufffd',
      d: "",
      e: "f/",
      "=g": "",
    });
  });

  test("are added in front and taken away whole", () => {
    expect(withAttributes("<div a=1>", { b: '"<&>' })).toBe('<div b="&quot;&lt;&amp;&gt;" a=1>');
    expect(withoutAttribute("<p title='a hidden b' hidden=\"\" x>", "hidden")).toBe("<p title='a hidden b' x>");
    expect(withoutAttribute("<p title=hidden>", "hidden")).toBe("<p title=hidden>");
  });
});
