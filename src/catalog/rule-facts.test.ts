import fc from "fast-check";
import { expect, test } from "vitest";
import { bareRow } from "../../tests/support/item-events.ts";
import { identifier } from "../events/identifier.ts";
import { ByteReader } from "../kernels/bytes.ts";
import { hash32 } from "../kernels/hash.ts";
import { encodeDelta, encodePart, mergeParts } from "./delta.ts";
import { FactColumns } from "./fact-columns.ts";
import { ItemTable } from "./item-table.ts";
import { factsId, isFactsId, keyOfFactsId, type RuleFacts, readFactsId, ruleFactsOf } from "./rule-facts.ts";

const lamp = { brand: "Lumen", publishedAt: -5.5, tags: ["brass", "", "new", "brass"] };
const facts = ruleFactsOf(lamp);
const plain = (id: string) =>
  bareRow({ id, deleted: false, available: true, price: 1, category: "c", listed: true }, { clicks: 3 });

const anyFacts: fc.Arbitrary<RuleFacts> = fc.record({
  brand: fc.nat(2 ** 32 - 1),
  publishedAt: fc.oneof(fc.constant(Number.NaN), fc.integer({ min: -62_135_596_800_000, max: 4e12 })),
  tags: fc.array(fc.nat(2 ** 32 - 1), { maxLength: 12 }),
});

function partOf(ids: readonly string[], told: ReadonlyMap<string, RuleFacts> = new Map(), droppedIds: string[] = []) {
  const head = { shard: 0, sinceHour: null, clicksAt: [] };
  return encodePart({ ...head, rows: ids.map(plain), facts: told, droppedIds });
}

test("names become hashes, each once; what is not named is none", () => {
  expect(facts).toEqual({ brand: hash32("Lumen"), publishedAt: -5.5, tags: [hash32("brass"), hash32("new")] });
  expect(ruleFactsOf({ brand: "" })).toEqual({ brand: 0, publishedAt: Number.NaN, tags: [] });
});

test("the row's id is no item's and gives back what it says", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), anyFacts, (id, each) => {
      fc.pre(!id.includes("\u0000"));
      const rowId = factsId(id, each);
      expect(isFactsId(rowId)).toBe(true);
      expect(identifier(1e6).safeParse(rowId).success).toBe(false);
      expect(readFactsId(rowId)).toEqual({ id, facts: each });
      expect(keyOfFactsId(rowId)).toBe(keyOfFactsId(factsId(id, facts)));
    }),
  );
});

test("a kind that is not known is left unread; what is damaged is refused with the item's id", () => {
  expect(readFactsId("\u0000gsomething")).toBeNull();
  for (const rest of ["", "\u0000", "\u0000A", "\u0000A?==", "\u0000BA", "\u0000AQAA", "\u0000AAAA"]) {
    expect(() => readFactsId(`\u0000flamp${rest}`)).toThrow(/facts of item lamp/);
  }
});

test("to a reader of before, such a row drops an item that cannot exist", () => {
  const part = partOf([], new Map([["lamp", facts]]));
  const reader = new ByteReader(part);
  // Shard, hour, clicks by position and dropped totals are one byte each here.
  while (reader.remaining > 0 && part[part.length - reader.remaining] === 0) reader.u8();
  expect(reader.varint()).toBe(1);
  const row = new ByteReader(reader.bytes(reader.varint()));
  expect([row.text(), row.u8(), row.remaining]).toEqual([factsId("lamp", facts), 8, 0]);
});

test("a table holds what was put last, through changes of statistics, drops, and a whole catalogue", () => {
  const table = new ItemTable();
  const read = (id: string) => table.facts.read(table.slotOf(id));
  table.apply(encodeDelta(0, 1, [partOf(["lamp", "vase", "mug"], new Map([["lamp", facts]]))]));
  expect([read("lamp"), read("vase")]).toEqual([facts, null]);
  table.apply(encodeDelta(1, 2, [partOf(["lamp"])]));
  expect(read("lamp")).toEqual(facts);
  const other = ruleFactsOf({ tags: ["red"] });
  table.apply(encodeDelta(2, 3, [partOf(["mug"], new Map([["mug", other]]), ["vase"])]));
  // The last one took the slot of what went.
  expect([read("lamp"), read("mug"), table.slotOf("vase")]).toEqual([facts, other, -1]);
  table.apply(encodeDelta(3, 4, [partOf(["vase"])]));
  expect(read("vase")).toBeNull();
  // Of an item that is not known it says nothing.
  table.apply(encodeDelta(4, 5, [partOf([], new Map([["nobody", facts]]))]));
  expect(table.slotOf("nobody")).toBe(-1);
  table.apply(encodeDelta(0, 6, [partOf(["lamp"])]));
  expect(read("lamp")).toBeNull();
});

test("merged parts tell what they told one after the other, to a table that knew the items before too; a base keeps it", () => {
  const change = fc.record({
    id: fc.constantFrom("a", "b", "c", "d"),
    kind: fc.constantFrom("row", "put", "drop"),
    told: anyFacts,
  });
  fc.assert(
    fc.property(fc.array(fc.array(change, { maxLength: 4 }), { minLength: 1, maxLength: 6 }), (steps) => {
      const parts = steps.map((changes) => {
        const kept = [...new Map(changes.map((each) => [each.id, each])).values()];
        const puts = kept.filter(({ kind }) => kind === "put");
        const rows = kept.filter(({ kind }) => kind !== "drop").map(({ id }) => id);
        const drops = kept.filter(({ kind }) => kind === "drop").map(({ id }) => id);
        return partOf(rows, new Map(puts.map(({ id, told }) => [id, told])), drops);
      });
      const said = (table: ItemTable) =>
        Object.fromEntries(table.ids.map((id, slot) => [id, table.facts.read(slot)] as const));
      const knowing = partOf(["a", "b", "c"], new Map(["a", "b", "c"].map((id) => [id, facts])));
      const all = [knowing, ...parts];
      const stepwise = new ItemTable();
      for (const [at, part] of all.entries()) stepwise.apply(encodeDelta(at, at + 1, [part]));
      for (const whole of [false, true]) {
        const merged = new ItemTable();
        merged.apply(encodeDelta(0, all.length, mergeParts(all, whole)));
        expect(said(merged)).toEqual(said(stepwise));
      }
      const behind = new ItemTable();
      behind.apply(encodeDelta(0, 1, [knowing]));
      behind.apply(encodeDelta(1, all.length, mergeParts(parts)));
      expect(said(behind)).toEqual(said(stepwise));
    }),
  );
});

test("columns hold what a map would, however often tags change", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(30), fc.option(anyFacts)), { maxLength: 200 }), (writes) => {
      const columns = new FactColumns();
      columns.grow(32);
      const twin = new Map<number, RuleFacts | null>();
      for (const [slot, each] of writes) {
        columns.write(slot, each);
        twin.set(slot, each);
      }
      for (let slot = 0; slot < 31; slot++) {
        const expected = twin.get(slot) ?? null;
        expect(columns.read(slot)).toEqual(expected);
        for (const tag of expected?.tags ?? []) expect(columns.hasAnyTag(slot, (hash) => hash === tag)).toBe(true);
        expect(columns.hasAnyTag(slot, () => true)).toBe((expected?.tags.length ?? 0) > 0);
      }
    }),
  );
});
