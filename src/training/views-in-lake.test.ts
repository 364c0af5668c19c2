import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profile as config } from "../../nowcast.config.ts";
import type { Event } from "../events/event.ts";
import { validateEvent } from "../events/validate.ts";
import { partitionKey } from "../lake/keys.ts";
import { encodeParquet } from "../lake/parquet.ts";
import type { LakeRow } from "../lake/tables.ts";
import { accept, newVisitor } from "../profile/accept.ts";
import { decodeState, encodeState } from "../profile/state-codec.ts";
import { encodeViewOf } from "../profile/view-codec.ts";
import type { DecisionHead } from "./logged-decisions.ts";
import { viewsInLake } from "./views-in-lake.ts";

const NOW = 1_732_280_000_000;
const VISITOR = "default:a:x";

let dir: string;
let lakes = 0;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "nowcast-views-"));
});
afterAll(() => rm(dir, { recursive: true }));

async function lakeOf(rows: readonly object[]): Promise<string> {
  const lake = join(dir, String(++lakes));
  const path = join(lake, partitionKey("events", "default", NOW, "log-0", 1));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, new Uint8Array(encodeParquet("events", rows as LakeRow[])));
  return lake;
}

const head = (seq: number, more: Partial<DecisionHead> = {}): DecisionHead => ({
  key: `seq-${seq}`,
  visitor: VISITOR,
  seq,
  knowledge: "profile",
  ts: NOW,
  ...more,
});

/** Texts as people and machines type them: quotes, controls, other scripts, the end of what a column holds. */
const text = (maxLength: number) =>
  fc.oneof(
    fc.constantFrom(
      "",
      '"',
      "\\",
      "\u0000",
      "a\u0000b",
      "\n",
      "null",
      "{}",
      "-0",
      "1e999",
      "é",
      "日本",
      "👩‍🚀",
      "__proto__",
      "\ufeff",
    ),
    fc.string({ unit: "binary", maxLength }).map((value) => value.toWellFormed()),
  );
const amount = fc.oneof(fc.constantFrom(0, -0, 0.1, 1e-300, 1e12, 19.99), fc.double({ min: 0, max: 1e6, noNaN: true }));
const item = fc.record(
  {
    id: fc.constantFrom("a", "b", "é", '"', "x".repeat(128)),
    price: amount,
    quantity: amount,
    category: text(9),
    brand: text(9),
  },
  { requiredKeys: ["id"] },
);
const rawEvent = fc.record(
  {
    type: fc.constantFrom(
      "page_view",
      "view_item",
      "view_item_list",
      "select_item",
      "add_to_cart",
      "purchase",
      "search",
      "own_type",
    ),
    ts: fc.integer({ min: NOW - 7_200_000, max: NOW + 200_000 }),
    items: fc.array(item, { maxLength: 5 }),
    query: text(12),
    value: amount,
    placement: fc.constantFrom("home", "日本"),
    position: fc.nat(2 ** 31 - 1),
    context: fc.record(
      {
        url: fc.oneof(text(20), fc.constant("https://shop.example/a?utm_source=x%00y&utm_medium=\u0001")),
        referrer: text(20),
        userAgent: text(20),
        country: text(3),
        city: text(9),
        utcOffsetMinutes: fc.integer({ min: -1440, max: 1440 }),
        own: fc.jsonValue({ maxDepth: 2 }),
      },
      { requiredKeys: [] },
    ),
    properties: fc.dictionary(text(4), fc.jsonValue({ maxDepth: 2 }), { maxKeys: 3 }),
  },
  { requiredKeys: ["type", "ts"] },
);

/** Takes an event as the visitor's object does: over RPC as JSON, and from one call to the next through storage. */
function folded(events: readonly Event[], receivedAt: number) {
  const visitor = newVisitor();
  const rows: string[] = [];
  const views: Uint8Array[] = [];
  for (const event of events) {
    const accepted = accept(visitor, JSON.parse(JSON.stringify(event)) as Event, receivedAt, config);
    if (accepted === null) continue;
    rows.push(JSON.stringify({ ...accepted, visitor: VISITOR }));
    views.push(encodeViewOf(visitor.state, NOW, config));
    visitor.state = decodeState(encodeState(visitor.state));
  }
  return { rows: rows.map((row) => JSON.parse(row) as object), views };
}

test("whatever an event says, the lake gives the view that the object had after it, to the byte", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(rawEvent, { minLength: 1, maxLength: 25 }), async (raw) => {
      const events = raw.flatMap((fields, i) => {
        const outcome = validateEvent({ id: `e${i}`, anonymousId: "a", ...fields }, { receivedAt: NOW, replay: false });
        return "event" in outcome ? [outcome.event] : [];
      });
      fc.pre(events.length > 0);
      const { rows, views } = folded(events, NOW);
      const recomputed = await viewsInLake(
        await lakeOf(rows),
        {},
        views.map((_, i) => head(i + 1)),
        config,
      );
      views.forEach((view, i) => {
        expect(recomputed.get(`seq-${i + 1}`)).toEqual(view);
      });
    }),
    { numRuns: 40, interruptAfterTimeLimit: 25_000 },
  );
});

describe("a view cannot be made", () => {
  const events = Array.from({ length: 4 }, (_, i) => ({ id: `e${i}`, type: "page_view", ts: NOW, anonymousId: "a" }));
  const { rows } = folded(events, NOW);
  const heads = [0, 1, 2, 3, 4, 5].map((seq) => head(seq));
  const missing = async (rows: readonly object[]): Promise<number[]> => {
    const views = await viewsInLake(await lakeOf(rows), {}, heads, config);
    return heads.filter(({ key }) => typeof views.get(key) === "string").map(({ seq }) => seq);
  };

  test("past the last row, nor past a gap", async () => {
    expect(await missing(rows)).toEqual([5]);
    expect(await missing(rows.toSpliced(1, 1))).toEqual([2, 3, 4, 5]);
    expect(await missing(rows.slice(1))).toEqual([1, 2, 3, 4, 5]);
  });

  test("where a number stands twice: the visitor had two lives", async () => {
    expect(await missing([...rows, rows[2] as object])).toEqual([3, 4, 5]);
  });

  test("of nobody; whoever was never seen has the empty one", async () => {
    const others = [head(0, { visitor: "default:a:never" }), head(0, { key: "nobody", visitor: null })];
    const views = await viewsInLake(await lakeOf(rows), {}, others, config);
    expect([views.get("seq-0") instanceof Uint8Array, views.has("nobody")]).toEqual([true, false]);
  });
});
