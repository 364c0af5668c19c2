import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import type { FoldedEvent } from "../profile/fold.ts";
import type { Catalogue } from "./catalogue.ts";
import { itemDesign } from "./item-design.ts";
import { fitTasteVectors } from "./taste-vectors.ts";
import type { VisitorHistory } from "./visitors.ts";

const ITEMS = 40;
const ids = Array.from({ length: ITEMS }, (_, i) => `i${i}`);
const catalogue = { ids, indexOf: new Map(ids.map((id, i) => [id, i])) } as unknown as Catalogue;
/** Even items are of one kind, odd ones of the other; the last two were never shown. */
const content = Float32Array.from({ length: ITEMS * 2 }, (_, at) => (at % 2 === Math.floor(at / 2) % 2 ? 1 : 0));
const design = itemDesign(
  ids.map(() => ({})),
  content,
);

/** Visitors who see three lists of ten and click their kind with `eager`, the other kind with `otherwise`. */
function visitors(count: number, eager: number, otherwise: number): VisitorHistory[] {
  const random = createRandom(3);
  return Array.from({ length: count }, (_, visitor) => {
    const events: FoldedEvent[] = [];
    const add = (event: object): void => {
      events.push({ id: `${events.length}`, ts: 0, receivedAt: 0, seq: events.length + 1, ...event } as FoldedEvent);
    };
    for (let list = 0; list < 3; list++) {
      const items = Array.from({ length: 10 }, () => ({ id: ids[random.integer(ITEMS - 2)] as string }));
      add({ type: "view_item_list", items });
      for (const item of items) {
        const own = Number(item.id.slice(1)) % 2 === visitor % 2;
        if (random.next() < (own ? eager : otherwise)) add({ type: "select_item", items: [item] });
      }
    }
    return { key: `a:${visitor}`, identity: `a:${visitor}`, events };
  });
}

const fitted = (histories: readonly VisitorHistory[]) =>
  fitTasteVectors(histories, catalogue, design, { dimensions: 3, seed: 1 });
const product = (vectors: Float32Array, a: number, b: number): number =>
  [0, 1, 2].reduce((sum, k) => sum + (vectors[a * 3 + k] ?? 0) * (vectors[b * 3 + k] ?? 0), 0);

test("items that the same visitors click point the same way, others the opposite way", () => {
  const { vectors } = fitted(visitors(300, 0.5, 0.05));
  for (const [a, b] of [
    [0, 2],
    [1, 7],
    [10, 30],
  ] as const) {
    expect(product(vectors, a, b)).toBeGreaterThan(0.3);
    expect(product(vectors, a, b + 1)).toBeLessThan(-0.3);
  }
});

test("an item that nobody was shown has the vector of what it is like", () => {
  const { vectors } = fitted(visitors(300, 0.5, 0.05));
  expect(product(vectors, ITEMS - 2, 0)).toBeGreaterThan(0.3);
  expect(product(vectors, ITEMS - 1, 0)).toBeLessThan(-0.3);
});

test("visitors who differ by chance alone, or too few, have no vectors to speak of", () => {
  const { vectors } = fitted(visitors(300, 0.2, 0.2));
  expect(Math.abs(product(vectors, 0, 2))).toBeLessThan(0.05);
  expect(fitted(visitors(10, 0.5, 0.05)).vectors.every((value) => value === 0)).toBe(true);
  expect(fitted([]).vectors).toHaveLength(ITEMS * 3);
});

test("how much visitors differ in activity is told", () => {
  const eager = visitors(150, 0.6, 0.6);
  const idle = visitors(150, 0.05, 0.05);
  const apart = fitted(eager.flatMap((visitor, i) => [visitor, idle[i] as VisitorHistory]));
  expect(apart.activityVariance).toBeGreaterThan(2 * fitted(visitors(300, 0.3, 0.3)).activityVariance);
});

test("equal input gives equal output to the bit", () => {
  expect(fitted(visitors(60, 0.5, 0.05))).toEqual(fitted(visitors(60, 0.5, 0.05)));
});
