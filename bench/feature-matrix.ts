// `node bench/feature-matrix.ts`: how long it takes to fill the matrix of a large decision, and what each feature family
// costs a candidate, on a random catalogue and a typical visitor; with `--snapshot DIR`, what the features that a snapshot keeps
// cost beside all of the registry. The figures in docs/features.md and the `cost` of each
// feature come from here.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import * as config from "../nowcast.config.ts";
import { ItemTable } from "../src/catalog/item-table.ts";
import type { AcceptedEvent } from "../src/events/event.ts";
import { listSize, nameIndex, numberField, oneHot, timeSince, wordCount } from "../src/features/attributes.ts";
import { contextOf } from "../src/features/context.ts";
import { crossed } from "../src/features/crossed.ts";
import { device, localTime } from "../src/features/decision-context.ts";
import { distanceFromMedian, diversityOf } from "../src/features/diversity.ts";
import { gatherEvidence } from "../src/features/evidence.ts";
import type { Feature, FeatureInput } from "../src/features/feature.ts";
import { FeatureSet, matchFeatures } from "../src/features/feature-set.ts";
import { positionFreeRate, windowCounts } from "../src/features/item-rates.ts";
import { queryGrams, queryMatch, searchMatch } from "../src/features/query-match.ts";
import { valueLift } from "../src/features/value-lift.ts";
import { intents, session, visits } from "../src/features/visit.ts";
import { createRandom } from "../src/kernels/random.ts";
import { fold } from "../src/profile/fold.ts";
import { emptyState } from "../src/profile/state.ts";
import type { VisitorView } from "../src/profile/view.ts";
import { decodeView, encodeViewOf } from "../src/profile/view-codec.ts";
import { resolveCandidates, spanOf } from "../src/ranking/candidates.ts";
import { decodeSnapshot } from "../src/snapshot/snapshot.ts";
import { benchItemId, randomSnapshot } from "./snapshot.ts";

const ITEMS = 10_000;
const CANDIDATES = 1_000;
const ROUNDS = 200;
export const NOW = 1_732_280_000_000;
const CONTEXT = {
  url: "https://shop.example/lamps",
  referrer: "https://search.example/",
  device: "mobile",
  utcOffsetMinutes: 60,
};

/** Those of the default list before the text stage, and more up to some 64 columns. */
const MATRIX: readonly Feature[] = widenTo(64, [
  ...config.features.filter(({ stage }) => stage === "first"),
  numberField("price", { scale: "signed_log" }),
  timeSince("publishedAt"),
  session,
]);

/** Measured one by one, beside those of the matrix. */
const OTHERS: readonly Feature[] = [
  positionFreeRate,
  windowCounts("clicks"),
  numberField("price"),
  timeSince("publishedAt"),
  oneHot("category", ["category-1", "category-2", "category-3", "category-4"]),
  nameIndex("brand"),
  listSize("tags"),
  wordCount("title"),
  valueLift("brand"),
  valueLift("tags", "list"),
  diversityOf("category"),
  diversityOf("tags", "list"),
  distanceFromMedian("price"),
  device,
  localTime,
  session,
  visits,
  intents,
  crossed(device, numberField("price", { scale: "signed_log" })),
  queryMatch("title"),
  queryGrams("title"),
  searchMatch("title"),
];

function widenTo(columns: number, features: readonly Feature[]): Feature[] {
  const taken = new Map<string, Feature>();
  let width = 0;
  for (const feature of features) {
    if (width >= columns || taken.has(feature.name)) continue;
    taken.set(feature.name, feature);
    width += feature.columns.length;
  }
  return [...taken.values()];
}

/** A visitor who saw 8 lists in two sessions, clicked, looked, searched and put something in the cart. */
export function typicalView(catalogue = ITEMS): VisitorView {
  const random = createRandom(5);
  let seq = 0;
  let state = emptyState();
  const meet = (type: string, ageMs: number, more: Partial<AcceptedEvent>): void => {
    const at = NOW - ageMs;
    state = fold(state, { id: `e${seq}`, type, ts: at, receivedAt: at, seq: ++seq, ...more }, config.profile);
  };
  const item = () => ({
    id: benchItemId(random.integer(catalogue)),
    price: 5 + random.integer(200),
    category: "category-3",
  });
  for (let list = 0; list < 8; list++) {
    const ageMs = (list < 4 ? 3 * 86_400_000 : 900_000) - list * 60_000;
    const items = Array.from({ length: 24 }, item);
    meet("search", ageMs, { query: "word17 word4" });
    meet("view_item_list", ageMs - 1_000, { items, placement: "home" });
    meet("select_item", ageMs - 5_000, { items: items.slice(2, 3) });
    meet("view_item", ageMs - 6_000, { items: items.slice(2, 3) });
    meet("view_item", ageMs - 20_000, { items: items.slice(7, 8) });
  }
  meet("add_to_cart", 120_000, { items: [item()] });
  return decodeView(encodeViewOf(state, NOW, config.profile));
}

/** Every item was shown, and some clicked after others, put in the cart and bought, within the last days. */
export function busyTable(catalogue = ITEMS): ItemTable {
  const random = createRandom(7);
  const table = new ItemTable();
  for (let index = 0; index < catalogue; index++) {
    table.put(benchItemId(index), `category-${index % 20}`, 5 + random.integer(200), true);
  }
  for (let list = 0; list < 2_000; list++) {
    const receivedAt = NOW - random.integer(3 * 86_400_000);
    const items = Array.from({ length: 20 }, () => ({ id: benchItemId(random.integer(catalogue)) }));
    const event = { ts: receivedAt, receivedAt, placement: "home" };
    table.observe({ ...event, type: "view_item_list", items, position: 0 });
    table.observe({
      ...event,
      type: "select_item",
      items: items.slice(list % 20, (list % 20) + 1),
      position: list % 20,
      follows: items.slice(0, 5).map(({ id }) => ({ id, weight: 128 })),
    });
    if (list % 5 === 0) table.observe({ ...event, type: "purchase", items: items.slice(0, 1) });
  }
  return table;
}

async function benchInput(features: readonly Feature[]): Promise<FeatureInput> {
  const { manifest, files } = await randomSnapshot(ITEMS, 20, 1, features);
  const snapshot = await decodeSnapshot(manifest, files);
  const [view, items] = [typicalView(), busyTable()];
  const list = Array.from({ length: CANDIDATES }, (_, i) => ({
    id: benchItemId((i * 37) % ITEMS),
    source: "given",
    position: i,
    relevance: 0,
  }));
  const span = spanOf("home", { query: "word17 wrod4" }, CONTEXT, 0, list.length);
  const candidates = resolveCandidates(list, snapshot, items, [span]);
  const evidence = gatherEvidence(view, snapshot, items, NOW);
  return { snapshot, items, candidates, view, context: contextOf(CONTEXT, view), evidence, now: NOW };
}

/** Median milliseconds of `work`. */
function medianMs(work: () => void): number {
  const times = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    work();
    return performance.now() - startedAt;
  });
  return times.sort((a, b) => a - b)[ROUNDS >> 1] as number;
}

/** Least milliseconds of `work`: what a busy machine adds stays out of a comparison. */
function leastMs(work: () => void): number {
  let least = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 40; round++) {
    const startedAt = performance.now();
    work();
    least = Math.min(least, performance.now() - startedAt);
  }
  return least;
}

export interface MatrixFigures {
  readonly candidates: number;
  readonly columns: number;
  /** To fill the matrix. */
  readonly medianMs: number;
  /** To prepare the evidence that it is filled from, once a decision. */
  readonly evidenceMs: number;
}

export async function measureFeatureMatrix(): Promise<MatrixFigures> {
  const set = new FeatureSet(MATRIX);
  const input = await benchInput(MATRIX);
  const { view, snapshot, items, now } = input;
  const matrix = new Float32Array(CANDIDATES * set.width);
  return {
    candidates: CANDIDATES,
    columns: set.width,
    medianMs: medianMs(() => set.fill(input, matrix)),
    evidenceMs: medianMs(() => {
      // Made when it is read.
      const { tasteModel, votes, support, sessionTaste, behaviourTaste } = gatherEvidence(view, snapshot, items, now);
      void [tasteModel, votes, support, sessionTaste, behaviourTaste];
    }),
  };
}

/** Nanoseconds a candidate, feature by feature. */
async function measureCosts(): Promise<void> {
  const features = [...MATRIX, ...OTHERS];
  const input = await benchInput(features);
  for (const feature of features) {
    const out = new Float32Array(CANDIDATES * feature.columns.length);
    const ms = medianMs(() => feature.fill(input, out, 0, feature.columns.length));
    const measured = ((ms * 1e6) / CANDIDATES).toFixed(0);
    process.stdout.write(
      `${feature.name.padEnd(34)}${feature.stage.padEnd(7)}${String(feature.columns.length).padStart(3)} columns ${measured.padStart(6)} ns a candidate, stated ${feature.cost}\n`,
    );
  }
}

/** The matrix with the features that the snapshot lists and with the whole registry, in turns. */
async function compareWithAll(dir: string): Promise<void> {
  const manifest = JSON.parse(await readFile(join(dir, "manifest.json"), "utf8"));
  const all = new FeatureSet(config.features);
  const kept = matchFeatures(manifest.features, config.features);
  const input = await benchInput(config.features);
  const matrix = new Float32Array(CANDIDATES * all.width);
  const sets = { all, kept };
  const timed = (["all", "kept"] as const).flatMap((name) =>
    (["first", "text"] as const).map((stage) => ({ name, stage, times: [] as number[] })),
  );
  for (let turn = 0; turn < 5; turn++) {
    for (const { name, stage, times } of timed) times.push(leastMs(() => sets[name].fill(input, matrix, stage)));
  }
  for (const { name, stage, times } of timed) {
    const { features, width } = sets[name];
    const ms = Math.min(...times);
    process.stdout.write(
      `${name.padEnd(5)}${features.length} features, ${width} columns, ${CANDIDATES} candidates, stage ${stage}: ${ms.toFixed(3)} ms\n`,
    );
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { snapshot: { type: "string" } } });
  if (values.snapshot !== undefined) {
    await compareWithAll(values.snapshot);
    process.exit();
  }
  const { candidates, columns, medianMs, evidenceMs } = await measureFeatureMatrix();
  process.stdout.write(
    `${candidates} candidates × ${columns} columns: ${medianMs.toFixed(3)} ms, evidence ${evidenceMs.toFixed(3)} ms\n\n`,
  );
  await measureCosts();
}
