// `node bench/live-pairs.ts`: what live co-visitation costs. Taking an event in with and without looking at what was touched before
// it, side by side; bytes of deltas and of tables with pairs and without; and finding what rises and what goes together.
import { profile as config } from "../nowcast.config.ts";
import { encodeDelta, encodePart, type ItemRow } from "../src/catalog/delta.ts";
import { ItemTable } from "../src/catalog/item-table.ts";
import { risingItems } from "../src/catalog/rising.ts";
import { MAX_SERVED } from "../src/catalog/successors.ts";
import type { AcceptedEvent } from "../src/events/event.ts";
import { eachSuccessor } from "../src/features/live-pairs.ts";
import { createRandom } from "../src/kernels/random.ts";
import { accept, newVisitor } from "../src/profile/accept.ts";
import { typicalEvents } from "./fold.ts";
import { bounded, type Figure, printReport } from "./report.ts";

const ITEMS = 100_000;
const EVENTS = 20_000;
const CONCURRENT = 400;
const T0 = 1_732_280_000_000;
const SEGMENT = 500;
const ROUNDS = 9;
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const round = (value: number, digits = 1): number => Number(value.toFixed(digits));

/** Microseconds an event, round by round next to each other. */
function measureAccept(events: readonly AcceptedEvent[]): { bare: number; paired: number } {
  const once = (maxBefore: number): number => {
    const visitor = newVisitor();
    const own = { ...config, maxBefore };
    const from = performance.now();
    for (const event of events) accept(visitor, event, event.receivedAt, own);
    return ((performance.now() - from) * 1000) / events.length;
  };
  const bare: number[] = [];
  const paired: number[] = [];
  for (let turn = 0; turn < ROUNDS; turn++) {
    bare.push(once(0));
    paired.push(once(config.maxBefore));
  }
  return { bare: median(bare), paired: median(paired) };
}

/** Sessions of ten views, four hundred at a time, over a catalogue in which a tenth of the items has about half of the visits. */
function* views(rounds: number): Generator<AcceptedEvent> {
  const random = createRandom(7);
  for (let turn = 0; turn < rounds; turn++) {
    const visitors = Array.from({ length: CONCURRENT }, newVisitor);
    for (let step = 0; step < 10; step++) {
      for (const [number, visitor] of visitors.entries()) {
        const ts = T0 + (turn * 10 + step) * 20_000 + number * 50;
        const items = [{ id: `item-${Math.floor(ITEMS * random.next() ** 3)}` }];
        const accepted = accept(visitor, { id: `${turn}-${step}`, type: "view_item", ts, items }, ts, config);
        if (accepted !== null) yield accepted;
      }
    }
  }
}

const rowsOf = (table: ItemTable, ids: Iterable<string>): ItemRow[] =>
  Array.from(ids, (id) => table.rowAt(table.slotOf(id)));
const deltaBytes = (rows: readonly ItemRow[]): number =>
  encodeDelta(1, 2, [encodePart({ shard: 0, sinceHour: 0, clicksAt: [], rows })]).length;
const withoutPairs = ({ pairs: _, ...row }: ItemRow): ItemRow => row;

const speed = measureAccept(typicalEvents(EVENTS));
const table = new ItemTable();
let now = 0;
const segments: { paired: number; bare: number; touched: number; rows: number; pairs: number }[] = [];
let changed = new Set<string>();
let touched = new Set<string>();
let seen = 0;
for (const event of views(25)) {
  table.observe(event);
  for (const { id } of event.items ?? []) touched.add(id);
  for (const id of [...touched, ...(event.follows ?? []).map(({ id }) => id)]) changed.add(id);
  now = Math.max(now, event.receivedAt);
  if (++seen % SEGMENT !== 0) continue;
  const rows = rowsOf(table, changed);
  segments.push({
    paired: deltaBytes(rows),
    bare: deltaBytes(rowsOf(table, touched).map(withoutPairs)),
    touched: touched.size,
    rows: rows.length,
    pairs: rows.reduce((sum, { pairs }) => sum + (pairs?.size ?? 0), 0),
  });
  changed = new Set();
  touched = new Set();
}
const last = segments.slice(-20);
const sum = (of: (segment: (typeof last)[number]) => number): number =>
  last.reduce((total, each) => total + of(each), 0);
const { successors } = table;
const slots = Array.from({ length: 2_000 }, (_, i) => table.slotOf(`item-${i * 3}`)).filter((slot) => slot >= 0);
const timed = (work: () => void, times: number): number => {
  const took = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    for (let i = 0; i < times; i++) work();
    return ((performance.now() - from) * 1000) / times;
  });
  return median(took);
};
let total = 0;
const figures: Figure[] = [
  { name: "accept without pairs", value: round(speed.bare, 2), unit: "µs an event" },
  { name: "accept with pairs", value: round(speed.paired, 2), unit: "µs an event" },
  bounded("the second to the first", round(speed.paired / speed.bare, 2), "×", "at most", 1.15),
  {
    name: "items changed by 500 views, without pairs",
    value: round(sum((s) => s.touched) / last.length),
    unit: "items",
  },
  { name: "items changed by them with pairs", value: round(sum((s) => s.rows) / last.length), unit: "items" },
  { name: "delta of them, without pairs", value: round(sum((s) => s.bare) / last.length / 1024), unit: "KB" },
  { name: "delta of them with pairs", value: round(sum((s) => s.paired) / last.length / 1024), unit: "KB" },
  { name: "pairs of a changed item", value: round(sum((s) => s.pairs) / sum((s) => s.rows)), unit: "pairs" },
  { name: "pairs in the table", value: successors.pairs, unit: `pairs of ${table.size} items` },
  {
    name: "typed arrays for a pair",
    value: round((successors.next.byteLength + successors.weight.byteLength) / successors.pairs),
    unit: "bytes",
  },
  { name: "an item with all its pairs at most", value: MAX_SERVED * 8, unit: "bytes" },
  {
    name: "what rises, over all items",
    value: round(
      timed(() => {
        table.revision++;
        total += risingItems(table, now).length;
      }, 5) / 1000,
      2,
    ),
    unit: `ms, ${table.size} items`,
  },
  {
    name: "what follows an item",
    value: round(
      timed(() => {
        for (const slot of slots)
          eachSuccessor(table, slot, now, (_, share) => {
            total += share;
          });
      }, 20) / slots.length,
      2,
    ),
    unit: "µs",
  },
];
if (total < 0) throw new Error("unreachable: keeps the work from being left out");
printReport(figures, process.argv.includes("--json"));
