// `npm run bench:scan`: the exact scan in WebAssembly beside its plain twin over catalogues of several sizes, and at the largest
// the inverted file: its recall and its time beside an exact scan of the same rows. One run, times as medians that alternate.
// Rows are clustered, as items are; of rows without any structure an inverted file can only ask nearly all lists.
import { parseArgs } from "node:util";
import { QuantizedRows } from "../src/kernels/quantized-rows.ts";
import { createRandom } from "../src/kernels/random.ts";
import { nearestRows } from "../src/kernels/row-scan.ts";
import { VectorTable } from "../src/snapshot/vector-table.ts";
import { buildInvertedFile } from "../src/training/inverted-file.ts";
import { scannable } from "../src/training/node-scan.ts";
import { bounded, type Figure, printReport } from "./report.ts";
import { clusteredRows } from "./snapshot.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, largest: { type: "string", default: "1000000" } },
});
const LARGEST = Number(options.largest);
const DIMENSIONS = 64;
const NEAREST = 100;
const ROUNDS = 15;
const say = (text: string): void => void process.stderr.write(`${text}\n`);

/** Median milliseconds of each work; they take turns. */
function medians(...works: readonly (() => void)[]): number[] {
  const times = works.map((): number[] => []);
  for (let round = 0; round < ROUNDS; round++) {
    works.forEach((work, i) => {
      const startedAt = performance.now();
      work();
      times[i]?.push(performance.now() - startedAt);
    });
  }
  return times.map((list) => list.sort((a, b) => a - b)[ROUNDS >> 1] as number);
}

const ms = (name: string, value: number): Figure => ({ name, value: Number(value.toFixed(3)), unit: "ms" });

say(`${LARGEST} clustered rows of ${DIMENSIONS} …`);
const all = QuantizedRows.of(clusteredRows(LARGEST, DIMENSIONS, createRandom(1)), DIMENSIONS);
const figures: Figure[] = [];
const best = new Int32Array(NEAREST);
for (let count = 10_000; count <= LARGEST; count *= 10) {
  const plain = new QuantizedRows(all.codes.slice(0, count * all.stride), all.scales.slice(0, count), DIMENSIONS);
  const wasm = scannable(plain);
  const query = all.row(7);
  const [inWasm = 0, inTwin = 0] = medians(
    () => nearestRows(wasm, query, best),
    () => nearestRows(plain, query, best),
  );
  figures.push(ms(`${count} rows: exact scan`, inWasm), ms(`${count} rows: its plain twin`, inTwin));
  figures.push({ name: `${count} rows: twin / scan`, value: Number((inTwin / inWasm).toFixed(1)), unit: "ratio" });
}

say("an inverted file …");
const startedAt = performance.now();
const built = buildInvertedFile(all, { seed: 1 });
const seconds = (performance.now() - startedAt) / 1000;
const { centroids, starts, items, probes, recall } = built;
const table = new VectorTable(scannable(built.rows), { centroids: scannable(centroids), starts, items, probes });
const exact = new VectorTable(scannable(all), null);
const random = createRandom(2);
const queries = Array.from({ length: ROUNDS }, () => exact.vectorOf(random.integer(LARGEST)));
let [n, m] = [0, 0];
const [byLists = 0, whole = 0] = medians(
  () => table.nearest(queries[n++ % ROUNDS] as Float32Array, best),
  () => exact.nearest(queries[m++ % ROUNDS] as Float32Array, best),
);
figures.push(
  { name: `${LARGEST} rows: lists`, value: centroids.rows, unit: "lists" },
  { name: `${LARGEST} rows: lists that a query asks`, value: probes, unit: "lists" },
  bounded(`${LARGEST} rows: recall@${NEAREST}`, Number(recall.toFixed(4)), "share", "at least", 0.98),
  ms(`${LARGEST} rows: scan by lists`, byLists),
  ms(`${LARGEST} rows: exact scan of the same`, whole),
  bounded(`${LARGEST} rows: exact / by lists`, Number((whole / byLists).toFixed(1)), "ratio", "at least", 3),
  { name: `${LARGEST} rows: making the lists`, value: Number(seconds.toFixed(1)), unit: "s" },
);
printReport(figures, options.json);
