import { describe, expect, test } from "vitest";
import { readSlot, slotOf } from "./slots.ts";

describe("a slot's attributes", () => {
  const read = (tag: string) => readSlot(tag, () => undefined);

  test("say what is asked for", () => {
    const tag =
      '<div data-nowcast=" home " data-count=3 data-filter-category="lamps" data-context="a, b" data-exclude=c data-template=row>';
    expect(read(tag)).toEqual({
      placement: "home",
      type: "recommend",
      request: { type: "recommend", count: 3, filter: { category: "lamps" }, exclude: ["c"], context: ["a", "b"] },
      template: "row",
    });
  });

  test.each([
    ["0", 8],
    ["-1", 8],
    ["x", 8],
    ["1.5", 8],
    ["", 8],
    ["1000", 100],
    [" 4 ", 4],
  ])("a count of %j is %i", (count, expected) => {
    expect(read(`<p data-nowcast=a data-count="${count}">`)?.request.count).toBe(expected);
  });

  test.each(["", " ", "x".repeat(129), "a\nb", "\u0000"])("a placement %j is none", (name) => {
    expect(read(`<p data-nowcast="${name}">`)).toBeNull();
  });

  test("ids that are none are left out, and no more than the limit are taken", () => {
    const ids = ["ok", "", "x".repeat(129), ...Array.from({ length: 300 }, (_, n) => `i${n}`)].join(",");
    const context = read(`<p data-nowcast=a data-context="${ids}">`)?.request.context;
    expect(context).toHaveLength(100);
    expect(context?.slice(0, 2)).toEqual(["ok", "i0"]);
  });

  test("win over the configuration", () => {
    const defaults = { count: 4, template: "row", filter: { brand: "b", category: "c" }, type: "content" } as const;
    expect(slotOf("a", defaults)).toMatchObject({ type: "content", template: "row", request: { count: 4 } });
    expect(
      readSlot("<p data-nowcast=a data-type=recommend data-count=2 data-filter-category=d>", () => defaults),
    ).toEqual({
      placement: "a",
      type: "recommend",
      request: { type: "recommend", count: 2, filter: { brand: "b", category: "d" } },
      template: "row",
    });
  });
});
