import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Query } from "./history.ts";
import { fitItemAppeal } from "./item-appeal.ts";
import { itemDesign } from "./item-design.ts";

const ITEMS = 20;
const ids = Array.from({ length: ITEMS }, (_, i) => `i${i}`);
const catalogue = { ids, indexOf: new Map(ids.map((id, i) => [id, i])) } as unknown as Catalogue;
/** Half of what draws is known by a number that the catalogue has. */
const design = itemDesign(
  ids.map((_, i) => ({ attributes: { size: i } })),
  new Float32Array(ITEMS),
);

const listOf = (visitor: number, shown: readonly number[], clicked: readonly number[]): Query =>
  ({
    visitor,
    list: { items: shown.map((item) => ({ id: ids[item] })) },
    labels: Float32Array.from(shown, (item) => (clicked.includes(item) ? 1 : 0)),
  }) as unknown as Query;

/** Lists of six out of all but the last two items; the click goes to the item of the largest `draw`, as chance has it. */
function lists(count: number, draw: (item: number, place: number) => number): Query[] {
  const random = createRandom(4);
  return Array.from({ length: count }, (_, visitor) => {
    const shown = Array.from({ length: 6 }, () => random.integer(ITEMS - 2));
    // A Gumbel variate on each score makes softmax choices.
    const scores = shown.map((item, place) => draw(item, place) - Math.log(-Math.log(random.next() + 1e-12)));
    return listOf(visitor, shown, [shown[scores.indexOf(Math.max(...scores))] as number]);
  });
}

test("the scores that made the clicks are found again", () => {
  const appeal = fitItemAppeal(
    lists(3_000, (item) => (item % 4) / 2),
    catalogue,
    design,
  );
  for (const [weak, strong] of [
    [0, 3],
    [4, 7],
    [8, 11],
  ] as const) {
    const difference = (appeal[strong] ?? 0) - (appeal[weak] ?? 0);
    expect(Math.abs(difference - 1.5)).toBeLessThan(0.5);
  }
});

test("an item's place is not its merit", () => {
  // Item 0 stands first in every list and is clicked no more than the place is.
  const random = createRandom(9);
  const queries = Array.from({ length: 2_000 }, (_, visitor) => {
    const others = Array.from({ length: 5 }, () => 1 + random.integer(9));
    const shown = visitor % 2 === 0 ? [0, ...others] : [1 + random.integer(9), ...others];
    return listOf(visitor, shown, [shown[random.next() < 0.5 ? 0 : 1 + random.integer(5)] as number]);
  });
  const appeal = fitItemAppeal(queries, catalogue, design);
  const rest = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((item) => appeal[item] ?? 0);
  expect(Math.abs((appeal[0] ?? 0) - rest.reduce((sum, value) => sum + value, 0) / rest.length)).toBeLessThan(0.3);
});

test("an item that nobody was shown has the score of what it is like", () => {
  const appeal = fitItemAppeal(
    lists(2_000, (item) => item / 5),
    catalogue,
    design,
  );
  expect(appeal[ITEMS - 1]).toBeGreaterThan((appeal[0] ?? 0) + 2);
});

test("without lists all items are equal, and equal input gives equal output to the bit", () => {
  expect([...fitItemAppeal([], catalogue, design)]).toEqual(ids.map(() => 0));
  const some = lists(200, (item) => item / 5);
  expect(fitItemAppeal(some, catalogue, design)).toEqual(fitItemAppeal(some, catalogue, design));
});
