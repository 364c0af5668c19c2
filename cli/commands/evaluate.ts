// `nowcast evaluate`: how well a model ranks lists that it has not seen, beside baselines.
import { defineCommand } from "citty";
import { decodeSnapshot, type Snapshot } from "../../src/snapshot/snapshot.ts";
import { evaluateRerank } from "../../src/training/evaluate.ts";
import { BASELINES, type Evaluation } from "../../src/training/evaluation-report.ts";
import { buildHistory, type History } from "../../src/training/history.ts";
import { frozenItems, type ItemHistory, liveItems, recordedEpochs } from "../../src/training/item-history.ts";
import { type RecordedDecision, readDecisions } from "../../src/training/recorded-decisions.ts";
import { type Sides, type Split, splitHistory } from "../../src/training/split.ts";
import { type TrainOptions, train } from "../../src/training/train.ts";
import { evaluateNextItemCommand, splitName } from "../evaluate-next-item.ts";
import { givenSnapshot } from "../given-snapshot.ts";
import { type HistoryOptions, historyArgs, loadHistory, loadHistoryWithTest } from "../history-source.ts";
import { splitOption } from "../options.ts";
import { startProgress } from "../progress.ts";
import { trainingArgs, trainingOptions } from "../training-options.ts";
import { UsageError } from "../usage-error.ts";

export default defineCommand({
  meta: { description: "Measure a model on the lists of a history log, beside baselines" },
  args: {
    ...historyArgs,
    protocol: {
      type: "string",
      description:
        "rerank: each clicked list, ranked anew; next-item: what comes next in each session, out of everything",
      default: "rerank",
    },
    split: { type: "string", description: "time:SHARE or hold-last", default: "time:0.8" },
    test: { type: "string", description: "Instead of a split: a log of its own to test with", valueHint: "LOG" },
    snapshot: { type: "string", description: "Take this snapshot instead of training one", valueHint: "DIR" },
    "item-statistics": {
      type: "enum",
      options: ["live", "frozen", "epochs"],
      description:
        "As of each query, as of the split, or the epochs that recorded decisions used (rerank: live, next-item: frozen)",
    },
    decisions: {
      type: "string",
      description: "Decisions of `nowcast replay --record`, measured too",
      valueHint: "FILE",
    },
    epochs: { type: "string", description: "Folder that holds epochs/site=…/*.bin", valueHint: "DIR" },
    ...trainingArgs,
    json: { type: "boolean", description: "Print one JSON object on standard output" },
  },
  async run({ args }) {
    const split = splitOption(args.split);
    const options = trainingOptions(args);
    if (args["item-statistics"] === "epochs" && (args.decisions === undefined || args.epochs === undefined)) {
      throw new UsageError("--item-statistics epochs needs --decisions FILE and --epochs DIR");
    }
    if (args.protocol === "next-item") return evaluateNextItemCommand(args, split, options);
    if (args.protocol !== "rerank") {
      throw new UsageError(
        `protocol ${JSON.stringify(args.protocol)} is not supported; there are: rerank and next-item`,
      );
    }
    const statistics = args["item-statistics"] ?? "live";
    const decisions = args.decisions === undefined ? undefined : await readDecisions(args.decisions);
    const { history, sides } = await sidesOf(args, split);
    const trainSide = buildHistory(sides.train, history.config);
    const snapshot =
      args.snapshot === undefined ? await trained(trainSide, options) : await given(args.snapshot, trainSide, sides);
    const progress = startProgress({ label: "lists ranked", total: sides.test.length });
    const evaluation = await evaluateRerank(history, {
      snapshot,
      test: sides.test,
      itemHistory: itemHistoryOf(statistics, history, trainSide, decisions, args.epochs ?? "", args.site),
      ...(decisions ? { decisions } : {}),
      seed: options.seed ?? 1,
      onProgress: (done) => progress.update(done),
    });
    progress.stop();
    const report = { protocol: "rerank", split: splitName(args), itemStatistics: statistics, ...evaluation };
    process.stdout.write(args.json ? `${JSON.stringify(report)}\n` : describe(report));
  },
});

async function sidesOf(
  args: HistoryOptions & { test?: string | undefined },
  split: Split,
): Promise<{ history: History; sides: Sides }> {
  if (args.test === undefined) {
    const history = await loadHistory(args);
    return { history, sides: splitHistory(history, split) };
  }
  const { history, train, held } = await loadHistoryWithTest(args, args.test);
  const test = history.queries.filter(({ position }) => {
    const record = history.timeline[position]?.record;
    return record !== undefined && held.has(record);
  });
  if (test.length === 0) throw new RangeError("the test log has no clicked list");
  return { history, sides: { train, test } };
}

async function trained(history: History, options: TrainOptions): Promise<Snapshot> {
  const { manifest, files } = await train(history, options);
  return decodeSnapshot(manifest, files);
}

function given(dir: string, { queries }: History, { test }: Sides): Promise<Snapshot> {
  const isOfTrainSide = ({ queries: learned }: Snapshot["manifest"]["training"]) => learned === queries.length;
  return givenSnapshot(dir, test[0]?.list.ts ?? 0, ["lists", "clicks"], isOfTrainSide);
}

function itemHistoryOf(
  statistics: "live" | "frozen" | "epochs",
  history: History,
  trainSide: History,
  decisions: ReadonlyMap<string, RecordedDecision> | undefined,
  epochs: string,
  site: string,
): ItemHistory {
  if (statistics === "epochs" && decisions) {
    return recordedEpochs(({ list }) => decisions.get(list.decisionId ?? ""), epochs, site);
  }
  return statistics === "frozen" ? frozenItems(trainSide.timeline) : liveItems(history.timeline);
}

type Report = Evaluation & Readonly<Record<"protocol" | "split" | "itemStatistics", string>>;

function describe(report: Report): string {
  const { queries, metrics, ci95, baselines, versus, breakdown, recorded } = report;
  const number = (value: number): string => value.toFixed(4);
  const interval = ([low, high]: readonly [number, number]): string => `[${number(low)}, ${number(high)}]`;
  const row = (name: string, ...cells: string[]): string =>
    [name.padEnd(14), ...cells.map((cell) => cell.padEnd(28))].join("").trimEnd();
  const lines = [
    `${report.protocol}, ${report.split}, ${report.itemStatistics} item statistics: ${queries} lists, snapshot ${report.snapshot}`,
    "",
    row("", "NDCG@10", "MRR", "NDCG@10 of the model above it"),
    row(
      "model",
      `${number(metrics["ndcg@10"])} ${interval(ci95["ndcg@10"])}`,
      `${number(metrics.mrr)} ${interval(ci95.mrr)}`,
    ),
    ...BASELINES.map((name) =>
      row(
        name,
        number(baselines[name]["ndcg@10"]),
        number(baselines[name].mrr),
        `${number(versus[name].delta)} ${interval(versus[name].ci95)}`,
      ),
    ),
    "",
  ];
  for (const [name, part] of Object.entries(breakdown)) {
    if (part === null) continue;
    const { model, ctr } = { model: part.metrics["ndcg@10"], ctr: part.baselines.ctr["ndcg@10"] };
    lines.push(`${name}: ${part.queries} lists, model ${number(model)}, ctr ${number(ctr)}`);
  }
  if (recorded) {
    const { metrics, snapshots, differing, missing } = recorded;
    lines.push(
      `recorded decisions of ${snapshots.join(", ") || "no snapshot"}: NDCG@10 ${number(metrics["ndcg@10"])}, MRR ${number(metrics.mrr)}; ` +
        `${differing} ordered otherwise than here, ${missing} test lists without one`,
    );
  }
  return `${lines.join("\n")}\n`;
}
