import { expect, test } from "vitest";
import { parseLogLine } from "../../../src/training/log.ts";
import { DRAWINGS, drawPicture } from "../pictures/picture.ts";
import { catalogueItems, PRODUCTS } from "./products.ts";
import { SHELVES } from "./shelves.ts";

test("the shop has some three hundred products in ten categories, each with an id and a title of its own", () => {
  expect(PRODUCTS.length).toBeGreaterThanOrEqual(280);
  expect(SHELVES.length).toBe(10);
  expect(new Set(PRODUCTS.map(({ id }) => id)).size).toBe(PRODUCTS.length);
  expect(new Set(PRODUCTS.map(({ title }) => title)).size).toBe(PRODUCTS.length);
  for (const { category } of SHELVES)
    expect(PRODUCTS.filter((one) => one.category === category).length).toBeGreaterThan(20);
});

test("most are on sale, prices are positive, and what is reduced costs less than before", () => {
  expect(PRODUCTS.filter(({ available }) => available).length).toBeGreaterThan(0.9 * PRODUCTS.length);
  expect(PRODUCTS.filter(({ price, before }) => price <= 0 || (before !== null && before <= price))).toEqual([]);
  // The commands of the README are about these.
  expect(PRODUCTS.filter(({ id }) => id === "lamp-01" || id === "lamp-02").every(({ available }) => available)).toBe(
    true,
  );
});

test("every item is one that the log reader accepts, published before the end", () => {
  const end = Date.UTC(2026, 10, 1);
  for (const item of catalogueItems(end)) {
    expect(parseLogLine(JSON.stringify(item))).toHaveProperty("record");
    expect(item.publishedAt).toBeLessThan(end);
  }
});

test("every product has a picture of its own that is the same each time, and every drawing is used", () => {
  const pictures = PRODUCTS.map(drawPicture);
  expect(PRODUCTS.map(drawPicture)).toEqual(pictures);
  expect(new Set(pictures).size).toBe(PRODUCTS.length);
  expect(pictures.filter((picture) => /NaN|undefined/.test(picture))).toEqual([]);
  expect(Object.keys(DRAWINGS).filter((shape) => !PRODUCTS.some((product) => product.shape === shape))).toEqual([]);
});
