import { expect, test } from "vitest";
import { SlotMemory } from "./slot-memory.ts";
import { slotOf } from "./slots.ts";

test("the slots of a page are remembered, of two thousand pages at most", () => {
  const memory = new SlotMemory();
  for (let n = 0; n < 2_001; n++) {
    memory.learn(`/${n}`, [slotOf(`s${n}`)]);
    memory.known("/0");
  }
  expect(memory.known("/0")?.[0]?.placement).toBe("s0");
  expect(memory.known("/1")).toBeNull();
  expect(memory.known("/2000")?.[0]?.placement).toBe("s2000");
});
