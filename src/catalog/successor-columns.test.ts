import fc from "fast-check";
import { expect, test } from "vitest";
import { SuccessorColumns } from "./successor-columns.ts";
import { MAX_SERVED, noPairs, type ServedPairs } from "./successors.ts";

test("keep what was last written of each slot, in room that is used again", () => {
  const write = fc.record({ slot: fc.nat(15), size: fc.nat(MAX_SERVED), hour: fc.nat(1000) });
  fc.assert(
    fc.property(fc.array(write, { maxLength: 300 }), (writes) => {
      const columns = new SuccessorColumns();
      const kept = new Map<number, ServedPairs>();
      for (const { slot, size, hour } of writes) {
        const pairs = { ...noPairs(), hour, total: size, size };
        for (let at = 0; at < size; at++) {
          pairs.next[at] = slot * 1000 + at;
          pairs.weight[at] = hour + at;
        }
        columns.write(slot, pairs);
        kept.set(slot, pairs);
      }
      for (const [slot, pairs] of kept) {
        const read = noPairs();
        columns.read(slot, read);
        expect([read.hour, read.total, read.size]).toEqual([pairs.hour, pairs.total, pairs.size]);
        expect(read.next.subarray(0, read.size)).toEqual(pairs.next.subarray(0, pairs.size));
        expect(read.weight.subarray(0, read.size)).toEqual(pairs.weight.subarray(0, pairs.size));
      }
      expect(columns.pairs).toBe([...kept.values()].reduce((sum, { size }) => sum + size, 0));
      // Each of the five sizes may have as many runs as there are slots, and no more however much is written.
      expect(columns.next.length).toBeLessThanOrEqual(2 * 16 * (4 + 8 + 12 + 16 + 20));
    }),
  );
});
