import { expect, test } from "vitest";
import { childrenOf } from "./children.ts";

test("children are found with their ends, whatever is in them", () => {
  const content = "a<!-- <i> --><p>1<p>2<img><ul><li>3<li>4</ul><template><p></p></template><b>5";
  const bytes = new TextEncoder().encode(content);
  expect(
    childrenOf(bytes).map(({ from, to, innerFrom, innerTo }) => [
      content.slice(from, to),
      content.slice(innerFrom, innerTo),
    ]),
  ).toEqual([
    ["<p>1", "1"],
    ["<p>2<img>", "2<img>"],
    ["<ul><li>3<li>4</ul>", "<li>3<li>4"],
    ["<template><p></p></template>", "<p></p>"],
    ["<b>5", "5"],
  ]);
});
