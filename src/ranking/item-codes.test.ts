import fc from "fast-check";
import { expect, test } from "vitest";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { encodeDelta, encodePart } from "../catalog/delta.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { hash32 } from "../kernels/hash.ts";
import { nameHash } from "../snapshot/attributes.ts";
import { codesOf } from "./item-codes.ts";

const snapshot = await testSnapshot(6);
const anyId = fc.constantFrom("sku-0", "sku-3", "sku-5", "new-1", "new-2", "new-3");

/** The table after a delta with these items and without those. */
function apply(table: ItemTable, ids: readonly string[], drops: readonly string[]): void {
  const source = new ItemTable();
  for (const id of ids) source.put(id, id === "sku-3" ? "" : `category of ${id}`, 10, true);
  const rows = ids.map((_, slot) => source.rowAt(slot));
  const part = encodePart({ shard: 0, ...source.shardNumbers(), rows, droppedIds: drops });
  table.apply(encodeDelta(table.epoch, table.epoch + 1, [part]));
}

test("codes follow items that come, go and come back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uniqueArray(anyId, { maxLength: 4 }), fc.uniqueArray(anyId, { maxLength: 3 })), {
        maxLength: 8,
      }),
      (changes) => {
        const table = new ItemTable();
        for (const [ids, drops] of changes) {
          apply(
            table,
            ids,
            drops.filter((id) => !ids.includes(id)),
          );
          const codes = codesOf(snapshot, table);
          expect(codes.size).toBe(snapshot.ids.size + table.size);
          for (const [index, id] of [...snapshot.ids].entries()) {
            expect([codes.codeOf(id), codes.indexOf(index), codes.slotOf(index)]).toEqual([
              index,
              index,
              table.slotOf(id),
            ]);
          }
          for (const [slot, id] of table.ids.entries()) {
            const code = codes.codeOf(id);
            expect([codes.codeOfSlot(slot), codes.idOf(code), codes.slotOf(code)]).toEqual([code, id, slot]);
            expect(codes.indexOf(code)).toBe(snapshot.ids.indexOf(id));
            expect(codes.hashOf(code)).toBe(hash32(id));
            expect(table.categoryHash[slot]).toBe(nameHash(table.categories[slot] as string));
          }
          const unknown = table.ids.flatMap((id, slot) => (snapshot.ids.indexOf(id) >= 0 ? [] : slot));
          const hashOf = (slot: number): number => hash32(table.ids[slot] as string);
          expect([...codes.unknownSlots]).toEqual(unknown.toSorted((a, b) => hashOf(a) - hashOf(b)));
          expect(codes.codeOf("nowhere")).toBe(-1);
        }
      },
    ),
  );
});
