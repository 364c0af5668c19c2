import fc from "fast-check";
import { expect, test } from "vitest";
import { ByteReader, ByteWriter } from "../kernels/bytes.ts";
import { MAX_COUNTED, MAX_SERVED, noPairs, pairFactorAt, readServed, Successors, writeServed } from "./successors.ts";

const NOW = 1_732_280_000_000;
const HOUR = 3_600_000;

function served(successors: Successors, now: number): (readonly [next: number, weight: number])[] {
  const pairs = noPairs();
  successors.serve(pairs);
  const factor = pairFactorAt(now, pairs.hour);
  return Array.from({ length: pairs.size }, (_, at) => [
    pairs.next[at] as number,
    (pairs.weight[at] as number) * factor,
  ]);
}

const somePairs = fc.array(
  fc.record({
    next: fc.integer({ min: 0, max: 60 }),
    weight: fc.integer({ min: 1, max: 512 }),
    at: fc.integer({ min: NOW - 60 * 24 * HOUR, max: NOW }),
  }),
  { maxLength: 200 },
);

test("few successors have the fading sum of all their pairs, in whatever order they came", () => {
  fc.assert(
    fc.property(somePairs, (pairs) => {
      const few = pairs.map((pair) => ({ ...pair, next: pair.next % MAX_SERVED }));
      const successors = new Successors();
      for (const pair of few) successors.add(pair);
      const sums = new Map<number, number>();
      for (const { next, weight, at } of few) {
        sums.set(next, (sums.get(next) ?? 0) + (weight / 256) * 2 ** ((at - NOW) / (24 * HOUR)));
      }
      for (const [next, weight] of served(successors, NOW)) {
        expect(weight / (sums.get(next) as number)).toBeCloseTo(1, 4);
      }
      const heavy = [...sums].filter(([, sum]) => sum > 1 / 16).map(([next]) => next);
      const found = new Set(served(successors, NOW).map(([next]) => next));
      expect(heavy.filter((next) => !found.has(next))).toEqual([]);
    }),
  );
});

test("of many, none is served above what it weighs, and none is missed that weighs more than its share of the room", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(500), { minLength: 100, maxLength: 600 }),
      fc.integer({ min: 1, max: 6 }),
      (tail, every) => {
        const successors = new Successors();
        const counts = new Map<number, number>();
        const add = (next: number) => {
          counts.set(next, (counts.get(next) ?? 0) + 1);
          successors.add({ next, weight: 256, at: NOW });
        };
        tail.forEach((next, at) => {
          add(next);
          if (at % every === 0) add(1_000);
        });
        const all = [...counts.values()].reduce((sum, count) => sum + count, 0);
        const found = served(successors, NOW);
        for (const [next, weight] of found) expect(weight).toBeLessThanOrEqual((counts.get(next) as number) + 1e-3);
        // What is certain of it is its count less what the lightest may weigh.
        if ((counts.get(1_000) as number) > (2 * all) / MAX_COUNTED) expect(found[0]?.[0]).toBe(1_000);
        expect(found.length).toBeLessThanOrEqual(MAX_SERVED);
      },
    ),
  );
});

test("what is stored goes on as if it had never been stored; bytes and what is served are bounded", () => {
  fc.assert(
    fc.property(somePairs, fc.nat(200), (pairs, cut) => {
      const whole = new Successors();
      let stored = new Successors();
      pairs.forEach((pair, index) => {
        whole.add(pair);
        stored.add(pair);
        if (index % (cut + 1) === 0) stored = copyOf(stored);
      });
      expect(served(stored, NOW)).toEqual(served(whole, NOW));
      const pairsServed = noPairs();
      whole.serve(pairsServed);
      const writer = new ByteWriter();
      writeServed(writer, pairsServed);
      const bytes = writer.finish();
      expect(bytes.length).toBeLessThanOrEqual(8 + 1 + MAX_SERVED * 8);
      const read = noPairs();
      readServed(new ByteReader(bytes), read);
      expect([read.hour, read.total, read.size]).toEqual([pairsServed.hour, pairsServed.total, pairsServed.size]);
    }),
  );
});

test("a pair of yesterday counts half, one of three months ago is not served any more", () => {
  const successors = new Successors();
  successors.add({ next: 1, weight: 256, at: NOW - 90 * 24 * HOUR });
  successors.add({ next: 2, weight: 256, at: NOW - 24 * HOUR });
  successors.add({ next: 3, weight: 256, at: NOW });
  expect(served(successors, NOW)).toEqual([
    [3, expect.closeTo(1, 5)],
    [2, expect.closeTo(0.5, 5)],
  ]);
});

test("bytes that claim more than there is room for are refused", () => {
  const bytes = (...counts: number[]): ByteReader => {
    const writer = new ByteWriter().varint(1).f32(1);
    for (const count of counts) writer.u8(count);
    return new ByteReader(writer.finish());
  };
  expect(() => Successors.read(bytes(0, MAX_COUNTED + 1))).toThrow(/33 pairs/);
  expect(() => Successors.read(bytes(MAX_SERVED + 1, 1))).toThrow(/21 served/);
  expect(() => readServed(bytes(MAX_SERVED + 1), noPairs())).toThrow(/21 pairs/);
});

function copyOf(successors: Successors): Successors {
  const writer = new ByteWriter();
  successors.write(writer);
  return Successors.read(new ByteReader(writer.finish()));
}
