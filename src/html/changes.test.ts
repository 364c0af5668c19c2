import { expect, test } from "vitest";
import { applyChange, type EditableElement, toAsciiCss } from "./changes.ts";
import type { ChangeConfig } from "./edit-schema.ts";

/** An element that only knows its attributes, and what it was told to do. */
function element(attributes: Record<string, string> = {}) {
  const calls: string[] = [];
  const call =
    (name: string) =>
    (content = "", options?: { html: boolean }) =>
      void calls.push(`${name}${options?.html ? " html" : ""} ${content}`.trim());
  const double: EditableElement = {
    getAttribute: (name) => attributes[name] ?? null,
    setAttribute: (name, value) => {
      attributes[name] = value;
    },
    removeAttribute: (name) => {
      delete attributes[name];
    },
    setInnerContent: call("inner"),
    before: call("before"),
    after: call("after"),
    prepend: call("prepend"),
    append: call("append"),
    replace: call("replace"),
    remove: call("remove"),
  };
  return { attributes, calls, double };
}

function changed(change: Partial<ChangeConfig>, attributes: Record<string, string> = {}) {
  const { double, calls } = element(attributes);
  applyChange(double, { selector: "p", ...change } as ChangeConfig);
  return { attributes, calls };
}

test("text is text, whatever it holds", () => {
  expect(changed({ action: "text", text: "<b> &amp;" }).calls).toEqual(["inner html &lt;b&gt; &amp;amp;"]);
});

test.each(["html", "replace", "before", "after", "prepend", "append"] as const)(
  "%s puts HTML where it says",
  (action) => {
    const name = action === "html" ? "inner" : action;
    expect(changed({ action, html: "<b></b>" }).calls).toEqual([`${name} html <b></b>`]);
  },
);

test("where the page's encoding is not known, what is put in is written in ASCII", () => {
  const { double, calls, attributes } = element();
  const changes = [
    { action: "text", text: "Größe & 💡" },
    { action: "append", html: "<b>é</b>" },
    { action: "attribute", name: "title", value: "a&b é" },
  ];
  for (const change of changes) applyChange(double, { selector: "p", ...change } as ChangeConfig, true);
  expect(calls).toEqual(["inner html Gr&#246;&#223;e &amp; &#128161;", "append html <b>&#233;</b>"]);
  expect(attributes).toEqual({ title: "a&amp;b &#233;" });
  expect(toAsciiCss('p::before { content: "é" }')).toBe('p::before { content: "\\e9 " }');
});

test("attributes are set and removed, elements removed", () => {
  expect(changed({ action: "attribute", name: "title", value: 'a"b' }).attributes).toEqual({ title: 'a"b' });
  expect(changed({ action: "removeAttribute", name: "title" }, { title: "x" }).attributes).toEqual({});
  expect(changed({ action: "remove" }).calls).toEqual(["remove"]);
});

test("a class is added once and removed wholly, among others", () => {
  expect(changed({ action: "addClass", class: "big" }).attributes).toEqual({ class: "big" });
  expect(changed({ action: "addClass", class: "big" }, { class: " big  lead" }).attributes.class).toBe("lead big");
  expect(changed({ action: "removeClass", class: "big" }, { class: "big bigger big" }).attributes.class).toBe("bigger");
});

test("what is hidden is hidden by attribute, and by the style sheet that goes with it", () => {
  expect(changed({ action: "hide" }, { style: "color: red" }).attributes).toEqual({
    hidden: "",
    "data-nowcast-hidden": "",
    style: "color: red",
  });
});
