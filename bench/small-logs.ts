// How a model trained on a small log ranks beside doing without one: simulated shops of 60 to 500 shoppers, whose clicks
// follow the order shown strongly, several seeds of each. The first 80 % of the lists train, the others are ranked.
//
// node bench/small-logs.ts [--shoppers 60,120,250,500] [--seeds 5] [--json]
import { parseArgs } from "node:util";
import { simulateLog } from "../examples/storefront/simulator/history.ts";
import { decodeSnapshot } from "../src/snapshot/snapshot.ts";
import { evaluateRerank } from "../src/training/evaluate.ts";
import { buildHistory } from "../src/training/history.ts";
import { liveItems } from "../src/training/item-history.ts";
import { splitHistory } from "../src/training/split.ts";
import { train } from "../src/training/train.ts";

const { values } = parseArgs({
  options: {
    shoppers: { type: "string", default: "60,120,250,500" },
    seeds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const END = Date.UTC(2026, 0, 15);
const METRIC = "ndcg@10";

interface Run {
  readonly shoppers: number;
  readonly seed: number;
  readonly trainLists: number;
  readonly testLists: number;
  readonly kind: string;
  readonly model: number;
  /** The model above each. */
  readonly over: Readonly<Record<"logged-order" | "ctr" | "popular", number>>;
}

async function run(shoppers: number, seed: number): Promise<Run> {
  const history = buildHistory(simulateLog({ seed, endTs: END, shoppers }));
  const { train: records, test } = splitHistory(history, { kind: "time", trainShare: 0.8 });
  const { manifest, files, report } = await train(buildHistory(records, history.config));
  const snapshot = await decodeSnapshot(manifest, files);
  const itemHistory = liveItems(history.timeline);
  const { metrics, versus } = await evaluateRerank(history, { snapshot, test, itemHistory });
  return {
    ...{ shoppers, seed, trainLists: report.counts.queries, testLists: test.length, kind: report.ranker.kind },
    model: metrics[METRIC],
    over: { "logged-order": versus["logged-order"].delta, ctr: versus.ctr.delta, popular: versus.popular.delta },
  };
}

const runs: Run[] = [];
for (const shoppers of values.shoppers.split(",").map(Number)) {
  for (let seed = 1; seed <= Number(values.seeds); seed++) {
    runs.push(await run(shoppers, seed));
    process.stderr.write(`${shoppers} shoppers, seed ${seed}\n`);
  }
}

const signed = (value: number): string => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(3)}`;
const meanOf = (all: readonly number[]): number => all.reduce((sum, each) => sum + each, 0) / all.length;

if (values.json) process.stdout.write(`${JSON.stringify(runs)}\n`);
else {
  const lines = [
    "| shoppers | training lists | model above the order shown, mean | by seed | above item click rates | above popularity | trees chosen |",
    "|---|---|---|---|---|---|---|",
  ];
  for (const own of Map.groupBy(runs, ({ shoppers }) => shoppers).values()) {
    const over = (name: keyof Run["over"]): number[] => own.map(({ over }) => over[name]);
    const lists = own.map(({ trainLists }) => trainLists);
    lines.push(
      `| ${own[0]?.shoppers} | ${Math.min(...lists)}–${Math.max(...lists)} | ${signed(meanOf(over("logged-order")))} | ` +
        `${over("logged-order").map(signed).join(", ")} | ${signed(meanOf(over("ctr")))} | ${signed(meanOf(over("popular")))} | ` +
        `${own.filter(({ kind }) => kind !== "linear").length} of ${own.length} |`,
    );
  }
  process.stdout.write(`${lines.join("\n")}\n`);
}
