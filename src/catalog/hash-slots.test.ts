import fc from "fast-check";
import { expect, test } from "vitest";
import { HashSlots } from "./hash-slots.ts";

test("answers as a list of all slots would, whatever was added, moved and removed; of colliding ids the smallest", () => {
  const step = fc.record({ id: fc.integer({ min: 0, max: 40 }), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.constantFrom(3, 7, 1000), (steps, hashes) => {
      const slots = new HashSlots();
      const ids: string[] = [];
      const hashOf = (id: string) => Math.imul(Number(id) % hashes, 0x9e3779b1) >>> 0;
      for (const { id: number, remove } of steps) {
        const id = String(number);
        const slot = ids.indexOf(id);
        if (remove && slot >= 0) {
          // As the table does it: the last one takes the place.
          const last = ids.length - 1;
          slots.remove(hashOf(id), slot);
          const moved = ids.pop() as string;
          if (slot === last) continue;
          ids[slot] = moved;
          slots.move(hashOf(moved), last, slot);
        } else if (!remove && slot < 0) {
          ids.push(id);
          slots.add(hashOf(id), ids.length - 1);
        }
      }
      for (let number = 0; number <= 40; number++) {
        const hash = hashOf(String(number));
        const same = ids.filter((id) => hashOf(id) === hash).toSorted();
        expect(slots.slotOf(hash, ids)).toBe(same[0] === undefined ? -1 : ids.indexOf(same[0]));
      }
    }),
  );
});
