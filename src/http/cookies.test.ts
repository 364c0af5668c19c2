import { expect, test } from "vitest";
import { cookieNames, cookieOf } from "./cookies.ts";

test.each([
  ["a=1; b=2", "b", "2"],
  ["a=1;b=2", "a", "1"],
  [" a = 1 ;", "a", "1"],
  ["token=x=y==", "token", "x=y=="],
  ["ab=1", "a", null],
  ["xa=1", "a", null],
  ["a", "a", null],
  ["", "a", null],
  ["a=", "a", ""],
  ["a=1; a=1", "a", "1"],
  ["a=1; a=2", "a", null],
])("in %j the cookie %s is %j", (header, name, value) => {
  expect(cookieOf(header, name)).toBe(value);
});

test("names are all that stand there", () => {
  expect(cookieOf(null, "a")).toBeNull();
  expect(cookieNames("a=1; b; ;c=x=y")).toEqual(["a", "b", "c"]);
  expect(cookieNames(null)).toEqual([]);
});
