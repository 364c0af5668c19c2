// `node bench/item-vectors.ts --log LOG`: item vectors from behaviour by several methods, learned from the older part of a log.
// How often what comes next in later sessions is among the nearest of the session's vector, by the source that serves; with
// --ranker also what a ranker reaches that is trained on each. Report: a line a method.
import { parseArgs } from "node:util";
import { gatherEvidence } from "../src/features/evidence.ts";
import { decodeView } from "../src/profile/view-codec.ts";
import { codesOf } from "../src/ranking/item-codes.ts";
import { nearestToSession } from "../src/ranking/sources/nearest.ts";
import { NO_ATTRIBUTES } from "../src/snapshot/attributes.ts";
import { decodeSnapshot, type Snapshot } from "../src/snapshot/snapshot.ts";
import { fitBehaviour } from "../src/training/behaviour.ts";
import { catalogueOf } from "../src/training/catalogue.ts";
import { evaluateRerank } from "../src/training/evaluate.ts";
import { evaluateNextItem } from "../src/training/evaluate-next-item.ts";
import { buildHistory, type History } from "../src/training/history.ts";
import { type ImplicitAlsOptions, implicitAls } from "../src/training/implicit-als.ts";
import { frozenItems, liveItems } from "../src/training/item-history.ts";
import { itemTableOf } from "../src/training/item-statistics.ts";
import { type FitItemVectors, fitItemVectors, interestMatrix } from "../src/training/item-vectors.ts";
import { type LogRecord, readLog } from "../src/training/log.ts";
import { type NextItemQuery, nextItemQueries, viewsAt } from "../src/training/next-item-queries.ts";
import type { LogSession } from "../src/training/sessions.ts";
import { draftSnapshot } from "../src/training/snapshot-files.ts";
import { splitHistory, splitSessions } from "../src/training/split.ts";
import { train } from "../src/training/train.ts";
import { itemToVec } from "./item-vectors/item-to-vec.ts";
import { spectralVectors } from "./item-vectors/spectral.ts";

const { values: options } = parseArgs({
  options: {
    log: { type: "string" },
    share: { type: "string", default: "0.85" },
    dimensions: { type: "string", default: "32" },
    methods: { type: "string", default: "" },
    ranker: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
  },
});
const NEAREST = [20, 100, 200] as const;

const als =
  (settings: Omit<ImplicitAlsOptions, "dimensions" | "seed">): FitItemVectors =>
  (visitors, { items, dimensions, seed }) =>
    implicitAls(interestMatrix(visitors, items), { ...settings, dimensions, seed });
const skipGram =
  (window: number, epochs: number): FitItemVectors =>
  (visitors, { items, dimensions, seed }) => {
    const sequences = visitors.map((visitor) => visitor.map(({ item }) => item));
    return itemToVec(sequences, { items, dimensions, seed, window, epochs });
  };

/** By name. Each is tried with a few settings, so that none is held back by those that suit another log. */
const METHODS: Readonly<Record<string, FitItemVectors>> = {
  ials: fitItemVectors,
  svd: spectralVectors,
  "item2vec, window 5, 20 passes": skipGram(5, 20),
  "item2vec, window 5, 60 passes": skipGram(5, 60),
  "item2vec, window 2, 60 passes": skipGram(2, 60),
  ...Object.fromEntries(
    [0.3, 1, 3].flatMap((unobserved) =>
      [0.01, 0.03, 0.1].map((l2) => [`ials, unobserved ${unobserved}, l2 ${l2}`, als({ unobserved, l2 })]),
    ),
  ),
  "ials, 6 sweeps": als({ epochs: 6 }),
  "ials, 24 sweeps": als({ epochs: 24 }),
  "ials, all dimensions at a time": als({ block: Number.MAX_SAFE_INTEGER }),
};

const records: LogRecord[] = [];
for await (const record of readLog(options.log ?? "")) records.push(record);
const history = buildHistory(records);
const share = Number(options.share);
const sides = splitSessions(history, share);
const trainSide = buildHistory(sides.train, history.config);
const wanted = options.methods === "" ? Object.keys(METHODS) : options.methods.split(";").map((name) => name.trim());

const queries = nextItemQueries(sides.test);
const views = viewsAt(history, queries, history.config);
const items = itemTableOf(trainSide.timeline);
process.stderr.write(`${queries.length} queries\n`);
for (const name of wanted) {
  const fitVectors = METHODS[name];
  if (fitVectors === undefined) throw new RangeError(`there is no method ${name}: ${Object.keys(METHODS).join(", ")}`);
  const startedAt = performance.now();
  const snapshot = snapshotOf(trainSide, fitVectors);
  const seconds = Number(((performance.now() - startedAt) / 1000).toFixed(1));
  const row = { name, ...recallOf(snapshot), seconds, ...(options.ranker ? await rankerOf(fitVectors) : {}) };
  process.stdout.write(`${options.json ? JSON.stringify(row) : describe(row)}\n`);
}

/** Nothing in it but the vectors. */
function snapshotOf(history: History, fitVectors: FitItemVectors): Snapshot {
  const catalogue = catalogueOf(history);
  const { length } = catalogue.ids;
  const dimensions = Number(options.dimensions);
  const behaviour = fitBehaviour(history.visitors, catalogue, { dimensions, neighbours: 1, seed: 1, fitVectors });
  const taste = { dimensions: 1, vectors: new Float32Array(length), popularVariance: 1, activityVariance: 1 };
  const nothing = new Float32Array(length);
  return draftSnapshot(
    { catalogue, behaviour, content: nothing, taste, appeal: nothing, attributes: NO_ATTRIBUTES, sessions: null },
    [],
  );
}

/** Share of the queries whose next item is among the nearest: of all, and of those where another one follows. */
function recallOf(snapshot: Snapshot) {
  const source = nearestToSession("behaviour");
  const codes = codesOf(snapshot, items);
  const out = new Int32Array(Math.max(...NEAREST));
  const all = { count: 0, hits: NEAREST.map(() => 0) };
  const others = { count: 0, hits: NEAREST.map(() => 0) };
  queries.forEach((query, index) => {
    const { now, targets } = query;
    const view = decodeView(views[index] as Uint8Array);
    const evidence = gatherEvidence(view, snapshot, items, now);
    const count = source.find({ snapshot, items, codes, view, evidence, page: [], categories: [], seed: 1, now }, out);
    const wanted = new Set(targets.map((id) => snapshot.ids.indexOf(id)));
    const rank = out.subarray(0, count).findIndex((code) => wanted.has(code));
    for (const sum of [all, ...(isNew(query) ? [others] : [])]) {
      sum.count++;
      NEAREST.forEach((nearest, n) => {
        if (rank >= 0 && rank < nearest) sum.hits[n] = (sum.hits[n] as number) + 1;
      });
    }
  });
  const shares = ({ count, hits }: typeof all, name: string) =>
    NEAREST.map((nearest, n) => [`${name}@${nearest}`, Number(((hits[n] as number) / count).toFixed(4))]);
  return Object.fromEntries([...shares(all, "recall"), ...shares(others, "recall of new")]);
}

/** Whether the session has not had what comes next. */
function isNew({ session, step, targets }: NextItemQuery): boolean {
  const had = (sides.test[session] as LogSession).steps.slice(0, step).flatMap(({ items }) => items);
  return !targets.some((id) => had.includes(id));
}

/** What a model trained with the vectors reaches on the newer part. */
async function rankerOf(fitVectors: FitItemVectors) {
  if (history.queries.length === 0) {
    const trained = await train(trainSide, { fitVectors });
    const snapshot = await decodeSnapshot(trained.manifest, trained.files);
    const itemHistory = frozenItems(trainSide.timeline);
    const { metrics } = await evaluateNextItem(history, {
      snapshot,
      trainSide,
      test: sides.test,
      itemHistory,
      live: false,
    });
    return metrics;
  }
  const lists = splitHistory(history, { kind: "time", trainShare: share });
  const trained = await train(buildHistory(lists.train, history.config), { fitVectors });
  const snapshot = await decodeSnapshot(trained.manifest, trained.files);
  const { metrics } = await evaluateRerank(history, {
    snapshot,
    test: lists.test,
    itemHistory: liveItems(history.timeline),
  });
  return metrics;
}

function describe({ name, ...figures }: { readonly name: string }): string {
  return [name, ...Object.entries(figures).map(([figure, value]) => `${figure} ${(value as number).toFixed(4)}`)].join(
    ", ",
  );
}
