import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utf8Length } from "../kernels/bytes.ts";
import { detachedMessages, endedSources } from "./detached.ts";
import { decodeMessage, groupForSending, MESSAGE_BYTES, packMessages, SEND_BATCH_BYTES } from "./message.ts";
import { contiguousFromOne, missing, withRange } from "./ranges.ts";

describe("packing", () => {
  test("every row arrives once, with its number, in messages that the queue takes", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 60 }), fc.nat(1000), (sizes, firstSeq) => {
        const rows = sizes.map((size, i) => JSON.stringify({ i, text: "é\n".repeat(size / 3) }));
        const base = { table: "events", site: "default", source: "default:a:x#1", log: "log-0", firstSeq } as const;
        const messages = packMessages(base, rows);
        const groups = groupForSending(messages);
        expect(groups.flat()).toEqual(messages);
        for (const group of groups) {
          expect(group.length).toBeLessThanOrEqual(100);
          expect(group.reduce((sum, text) => sum + utf8Length(text), 0)).toBeLessThanOrEqual(SEND_BATCH_BYTES);
        }
        const seen = new Map<number, string>();
        for (const text of messages) {
          const message = decodeMessage(text);
          if (message.kind !== "rows") throw new Error("not rows");
          if (message.rows.length > 1) expect(utf8Length(text)).toBeLessThanOrEqual(MESSAGE_BYTES);
          message.rows.forEach((row, i) => {
            seen.set(message.firstSeq + i, row);
          });
        }
        expect([...seen]).toEqual(rows.map((row, i) => [firstSeq + i, row]));
      }),
      { numRuns: 30 },
    );
  });

  test("what is not a message is refused", () => {
    for (const text of ["", "{}", "[]", '{"kind":"rows","table":"nope"}']) expect(() => decodeMessage(text)).toThrow();
  });
});

test("a batch that nobody numbers is a source of its own: made again on the day, it is the same one", () => {
  const day = 86_400_000;
  const batch = { table: "decisions", site: "default", name: "decision-1", rows: ['{"a":1}', '{"a":2}'] } as const;
  const [message = ""] = detachedMessages(batch, 20_000 * day, 4);
  expect(detachedMessages(batch, 20_000 * day + 5, 4)).toEqual([message]);
  expect(decodeMessage(message)).toMatchObject({ source: "detached:20000:decision-1", firstSeq: 1, rows: batch.rows });
  expect(detachedMessages({ ...batch, name: "decision-2" }, 20_000 * day, 4)).not.toEqual([message]);
  const over = (source: string, at: number): boolean => {
    const { from, to } = endedSources(at);
    return source >= from && source < to;
  };
  expect([20_005, 20_006].map((at) => over("detached:20000:decision-1", at * day))).toEqual([false, true]);
  expect(over("default:a:x#1", 30_000 * day)).toBe(false);
});

test("ranges behave like a set of numbers", () => {
  const span = fc.tuple(fc.integer({ min: 1, max: 40 }), fc.nat(8));
  fc.assert(
    fc.property(fc.array(span, { maxLength: 12 }), span, (spans, [from, length]) => {
      let ranges: readonly number[] = [];
      const set = new Set<number>();
      for (const [start, count] of spans) {
        ranges = withRange(ranges, start, start + count);
        for (let n = start; n <= start + count; n++) set.add(n);
      }
      const gaps = missing(ranges, from, from + length);
      const listed: number[] = [];
      for (let i = 0; i < gaps.length; i += 2) {
        for (let n = gaps[i] as number; n <= (gaps[i + 1] as number); n++) listed.push(n);
      }
      const expected = Array.from({ length: length + 1 }, (_, i) => from + i).filter((n) => !set.has(n));
      expect(listed).toEqual(expected);
      let highest = 0;
      while (set.has(highest + 1)) highest++;
      expect(contiguousFromOne(ranges)).toBe(highest);
    }),
  );
});
