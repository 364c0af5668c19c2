// `nowcast evaluate --protocol next-item`: what comes next in each session, out of the whole catalogue.
import { decodeSnapshot, type Snapshot } from "../src/snapshot/snapshot.ts";
import { evaluateNextItem } from "../src/training/evaluate-next-item.ts";
import { buildHistory, type History } from "../src/training/history.ts";
import { frozenItems, liveItems, recordedEpochs } from "../src/training/item-history.ts";
import { NEXT_ITEM_BASELINES } from "../src/training/next-item-baselines.ts";
import type { NextItemQuery } from "../src/training/next-item-queries.ts";
import type { NextItemEvaluation } from "../src/training/next-item-report.ts";
import { decisionAfter, readDecisions } from "../src/training/recorded-decisions.ts";
import { type SessionSides, type Split, sessionsOfLog, splitSessions } from "../src/training/split.ts";
import { type TrainOptions, train } from "../src/training/train.ts";
import { givenSnapshot } from "./given-snapshot.ts";
import { type HistoryOptions, loadHistory, loadHistoryWithTest } from "./history-source.ts";
import { startProgress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

export interface NextItemArgs extends HistoryOptions {
  readonly split: string;
  readonly test?: string | undefined;
  readonly snapshot?: string | undefined;
  readonly "item-statistics"?: "live" | "frozen" | "epochs" | undefined;
  readonly decisions?: string | undefined;
  readonly epochs?: string | undefined;
  readonly json?: boolean | undefined;
}

export function splitName({ split, test }: Pick<NextItemArgs, "split" | "test">): string {
  return test === undefined ? split : `test ${test}`;
}

export async function evaluateNextItemCommand(args: NextItemArgs, split: Split, options: TrainOptions): Promise<void> {
  const statistics = args["item-statistics"] ?? "frozen";
  if (args.test === undefined && split.kind !== "time") {
    throw new UsageError("--protocol next-item splits by time: give --split time:SHARE or --test LOG");
  }
  const { history, sides } = await sidesOf(args, split);
  const trainSide = buildHistory(sides.train, history.config);
  const first = sides.test[0]?.steps[0]?.at ?? 0;
  const snapshot = await (args.snapshot === undefined
    ? trained(trainSide, options)
    : givenSnapshot(args.snapshot, first, ["sessions", "events"]));
  const decisions = args.decisions === undefined ? undefined : await readDecisions(args.decisions);
  const itemHistory = {
    frozen: () => frozenItems(trainSide.timeline),
    live: () => liveItems<NextItemQuery>(history.timeline, ({ position }) => position + 1),
    epochs: () =>
      recordedEpochs<NextItemQuery>((query) => decisionAfter(history, query, decisions), args.epochs ?? "", args.site),
  }[statistics]();
  const progress = startProgress({ label: "queries ranked" });
  const evaluation = await evaluateNextItem(history, {
    ...{ snapshot, trainSide, test: sides.test, itemHistory, live: statistics !== "frozen", seed: options.seed ?? 1 },
    ...(decisions ? { decisions } : {}),
    onProgress: (done) => progress.update(done),
  });
  progress.stop();
  const report = { protocol: "next-item", split: splitName(args), itemStatistics: statistics, ...evaluation };
  process.stdout.write(args.json ? `${JSON.stringify(report)}\n` : describe(report));
}

async function sidesOf(args: NextItemArgs, split: Split): Promise<{ history: History; sides: SessionSides }> {
  if (args.test !== undefined) {
    const { history, train, held } = await loadHistoryWithTest(args, args.test);
    return { history, sides: { train, test: sessionsOfLog(history, held) } };
  }
  const history = await loadHistory(args);
  return { history, sides: splitSessions(history, split.kind === "time" ? split.trainShare : 0) };
}

async function trained(history: History, options: TrainOptions): Promise<Snapshot> {
  const { manifest, files } = await train(history, { ...options, objective: "next-item" });
  return decodeSnapshot(manifest, files);
}

type Report = NextItemEvaluation & Readonly<Record<"protocol" | "split" | "itemStatistics", string>>;

function describe(report: Report): string {
  const { queries, sessions, metrics, ci95, baselines, versus, breakdown, repeats, recorded } = report;
  const number = (value: number): string => value.toFixed(4);
  const interval = ([low, high]: readonly [number, number]): string => `[${number(low)}, ${number(high)}]`;
  const row = (name: string, ...cells: string[]): string =>
    [name.padEnd(18), ...cells.map((cell) => cell.padEnd(26))].join("").trimEnd();
  const lines = [
    `${report.protocol}, ${report.split}, ${report.itemStatistics}: ${queries} queries of ${sessions} sessions, ` +
      `repeats ${repeats}, snapshot ${report.snapshot}`,
    "",
    row("", "HR@20", "MRR@20", "HR@20 of the model above", "MRR@20 of the model above"),
    row(
      "model",
      `${number(metrics["hr@20"])} ${interval(ci95["hr@20"])}`,
      `${number(metrics["mrr@20"])} ${interval(ci95["mrr@20"])}`,
    ),
    ...NEXT_ITEM_BASELINES.map((name) => {
      const above = versus[name];
      return row(
        name,
        number(baselines[name]["hr@20"]),
        number(baselines[name]["mrr@20"]),
        `${number(above["hr@20"].delta)} ${interval(above["hr@20"].ci95)}`,
        `${number(above["mrr@20"].delta)} ${interval(above["mrr@20"].ci95)}`,
      );
    }),
    "",
  ];
  for (const [name, part] of Object.entries(breakdown)) {
    if (part === null) continue;
    const [model, knn] = [part.metrics, part.baselines["vs-knn-tuned"]];
    lines.push(
      `${name}: ${part.queries} queries, model ${number(model["hr@20"])} / ${number(model["mrr@20"])}, ` +
        `vs-knn-tuned ${number(knn["hr@20"])} / ${number(knn["mrr@20"])}`,
    );
  }
  if (recorded) {
    const { metrics, snapshots, differing, missing } = recorded;
    lines.push(
      `recorded decisions of ${snapshots.join(", ") || "no snapshot"}: ${number(metrics["hr@20"])} / ${number(metrics["mrr@20"])}; ` +
        `${differing} ordered otherwise than here, ${missing} queries without one`,
    );
  }
  return `${lines.join("\n")}\n`;
}
