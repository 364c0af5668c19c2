import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { type LogEvent, parseLogLine } from "../log.ts";
import { convertYooChoose, type YooChoosePart } from "./yoochoose.ts";

async function convert(lines: readonly string[], part: YooChoosePart = "train"): Promise<LogEvent[]> {
  const dir = mkdtempSync(join(tmpdir(), "nowcast-yoochoose-"));
  const name = part === "train" ? "train_full" : "test";
  const text = ["SessionId\tItemId\tTime", ...lines, ""].join("\n");
  writeFileSync(join(dir, `yoochoose-clicks-100k_${name}.txt.gz`), gzipSync(text));
  try {
    const events: LogEvent[] = [];
    for await (const line of convertYooChoose(dir, part)) {
      const parsed = parseLogLine(line);
      if ("problem" in parsed) throw new Error(parsed.problem);
      events.push(parsed.record as LogEvent);
    }
    return events;
  } finally {
    rmSync(dir, { recursive: true });
  }
}

test("clicks become views in time order, each session a visitor of its own", async () => {
  const events = await convert(["7\tb\t200.5", "3\tc\t150", "7\ta\t100.125"]);
  expect(events).toEqual([
    {
      kind: "event",
      id: "train-7-0",
      type: "view_item",
      ts: 100_125,
      anonymousId: "train-7",
      items: [{ id: "a" }],
      properties: { sessionId: "train-7" },
    },
    expect.objectContaining({ id: "train-3-0", ts: 150_000, items: [{ id: "c" }] }),
    expect.objectContaining({ id: "train-7-1", ts: 200_500, items: [{ id: "b" }] }),
  ]);
});

test("of equal times the source's order holds", async () => {
  const events = await convert(["1\tb\t5", "1\ta\t5"]);
  expect(events.map(({ id, items }) => [id, items?.[0]?.id])).toEqual([
    ["train-1-0", "b"],
    ["train-1-1", "a"],
  ]);
});

test("visitors and events of the two parts do not meet", async () => {
  const lines = ["1\ta\t5", "1\tb\t6"];
  const [train, held] = [await convert(lines, "train"), await convert(lines, "test")];
  const idsOf = (events: readonly LogEvent[]) => events.flatMap(({ id, anonymousId }) => [id, anonymousId]);
  expect(idsOf(train).filter((id) => idsOf(held).includes(id))).toEqual([]);
});

test.each([
  ["1\ta", /:2: a click has SessionId, ItemId and Time/],
  ["1\ta\tsoon", /:2: Time must be seconds since 1970, not "soon"/],
  ["1\ta\t", /:2: Time must be/],
])("the line %j is refused with its place", async (line, message) => {
  await expect(convert([line])).rejects.toThrow(message);
});
