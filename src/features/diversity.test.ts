import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { everyFeatureSnapshot } from "../../tests/support/every-feature.ts";
import { columnsOf, featureInput } from "../../tests/support/feature-input.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { distanceFromMedian, diversityOf } from "./diversity.ts";

let snapshot: Snapshot;
beforeAll(async () => {
  snapshot = await everyFeatureSnapshot();
});

const anyList = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 12 });
const idsOf = (list: readonly number[]): string[] => list.map((i) => (i === 10 ? "nowhere" : `sku-${i}`));

test("the share of the list that is alike is counted over the others", () => {
  fc.assert(
    fc.property(anyList, (list) => {
      const input = featureInput({ snapshot, ids: idsOf(list) });
      const category = columnsOf(diversityOf("category"), input);
      const tags = columnsOf(diversityOf("tags", "list"), input);
      list.forEach((item, row) => {
        const others = list.filter((_, i) => i !== row);
        const share = (alike: (other: number) => boolean): number =>
          item === 10 ? 0 : others.filter((other) => other < 10 && alike(other)).length / Math.max(1, others.length);
        expect(category[row]?.share_alike).toBeCloseTo(
          share((other) => other % 2 === item % 2),
          6,
        );
        const both = share((other) => other % 2 === item % 2) + share((other) => other < 5 === item < 5);
        expect(tags[row]?.share_alike).toBeCloseTo(both / 2, 6);
      });
    }),
  );
});

test("the distance from the median is in mean distances from it, and bounded", () => {
  fc.assert(
    fc.property(anyList, (list) => {
      const rows = columnsOf(distanceFromMedian("price"), featureInput({ snapshot, ids: idsOf(list) }));
      // The price of item i is 10 + i.
      const prices = list.filter((i) => i < 10).map((i) => 10 + i);
      const sorted = prices.toSorted((a, b) => a - b);
      const half = sorted.length >> 1;
      const median =
        sorted.length % 2 === 1 ? (sorted[half] as number) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2;
      const spread = prices.reduce((sum, price) => sum + Math.abs(price - median), 0) / Math.max(1, prices.length);
      list.forEach((item, row) => {
        const expected = item === 10 || spread === 0 ? 0 : (10 + item - median) / spread;
        expect(rows[row]?.deviations).toBeCloseTo(Math.max(-5, Math.min(5, expected)), 5);
      });
    }),
  );
});

test("lists of one request do not see each other", () => {
  const whole = featureInput({ snapshot, ids: ["sku-0", "sku-1", "sku-2", "sku-4"] });
  const [span] = whole.candidates.spans;
  const spans = [
    { ...span, from: 0, to: 2 },
    { ...span, from: 2, to: 4 },
  ] as typeof whole.candidates.spans;
  const input = { ...whole, candidates: { ...whole.candidates, spans } };
  expect(columnsOf(diversityOf("category"), input).map(({ share_alike }) => share_alike)).toEqual([0, 0, 1, 1]);
  expect(columnsOf(distanceFromMedian("price"), input).map(({ deviations }) => deviations)).toEqual([-1, 1, -1, 1]);
});
