// `node bench/boosting.ts --log LOG`: what the trees of next items reach by number of lists, objective and size of the trees. Trains
// on the older part of a log, grows trees on the same rows by each of some settings, and ranks the next items of the
// sessions of the newer part with them, by the pipeline that serves. Report: a line a setting.
import { parseArgs } from "node:util";
import type { RankerModel } from "../src/ranking/ranker-model.ts";
import { decodeSnapshot } from "../src/snapshot/snapshot.ts";
import { BOOSTINGS } from "../src/training/boostings.ts";
import { evaluateNextItem } from "../src/training/evaluate-next-item.ts";
import { boostSettings } from "../src/training/fit-recipe.ts";
import { type BoostOptions, boost } from "../src/training/gbdt/boost.ts";
import { buildHistory } from "../src/training/history.ts";
import { frozenItems } from "../src/training/item-history.ts";
import { spreadLists } from "../src/training/lists.ts";
import { trainListwise } from "../src/training/listwise.ts";
import { type LogRecord, readLog } from "../src/training/log.ts";
import { exportRanker } from "../src/training/onnx-trees.ts";
import { withRanker } from "../src/training/snapshot-files.ts";
import { splitSessions } from "../src/training/split.ts";
import { train } from "../src/training/train.ts";

const { values: options } = parseArgs({
  options: { log: { type: "string", default: "" }, share: { type: "string", default: "0.85" } },
});
const [softmax = {}, lambdaMart = {}] = BOOSTINGS;
/** Settings, and rows that they learn from. */
const TRIALS: readonly (readonly [name: string, settings: Partial<BoostOptions> | null, rows: number])[] = [
  ["linear, all lists", null, Number.POSITIVE_INFINITY],
  ["linear, a third of the lists", null, 333_000],
  ["softmax, wide leaves, all lists", softmax, Number.POSITIVE_INFINITY],
  ["softmax, wide leaves, a third", softmax, 333_000],
  ["softmax, fine trees, all lists", { ...lambdaMart, objective: "softmax" }, Number.POSITIVE_INFINITY],
  ["LambdaMART, wide leaves, a third", { ...softmax, objective: "lambdarank", truncation: 20 }, 333_000],
  ["LambdaMART, fine trees, all lists", lambdaMart, Number.POSITIVE_INFINITY],
  ["LambdaMART, fine trees, a third", lambdaMart, 333_000],
];
const SEED = 1;

const records: LogRecord[] = [];
for await (const record of readLog(options.log)) records.push(record);
const history = buildHistory(records);
const sides = splitSessions(history, Number(options.share));
const trainSide = buildHistory(sides.train, history.config);
const trained = await train(trainSide, { objective: "next-item", rankers: ["linear"], allFeatures: true, seed: SEED });
const { l2 } = trained.report.ranker;

for (const [name, settings, mostRows] of TRIALS) {
  const { data } = spreadLists(trained.rows.data, mostRows);
  const linear = trainListwise(settings === null ? data : spreadLists(data, 333_000).data, { l2 }).model;
  const trees = settings === null ? null : boost({ data }, boostSettings(data, { settings, seed: SEED })).ensemble;
  const model: RankerModel = trees === null ? { kind: "linear", linear } : { kind: "trees", linear, trees };
  const { manifest, files } = await withRanker(trained, model, Uint8Array.from(exportRanker(model)), model.kind);
  const { metrics, ci95 } = await evaluateNextItem(history, {
    snapshot: await decodeSnapshot(manifest, files),
    trainSide,
    test: sides.test,
    itemHistory: frozenItems(trainSide.timeline),
    live: false,
  });
  process.stdout.write(`${JSON.stringify({ name, lists: data.groups.length - 1, metrics, ci95 })}\n`);
}
