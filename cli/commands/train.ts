// `nowcast train`: a snapshot and its report from a history log or from the lake; from the lake, the batch view too.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand } from "citty";
import * as config from "../../nowcast.config.ts";
import { matchFeatures } from "../../src/features/feature-set.ts";
import type { BatchView } from "../../src/training/batch-view.ts";
import { removeBatchView, writeBatchView } from "../../src/training/batch-view-writer.ts";
import { encodeFeatureTable } from "../../src/training/feature-table.ts";
import type { TriedKind } from "../../src/training/fit-ranker.ts";
import { FEWEST_LISTS, HOLDOUT_SHARE } from "../../src/training/held-out.ts";
import { buildHistory, type History } from "../../src/training/history.ts";
import { writeSnapshotDir } from "../../src/training/snapshot-writer.ts";
import { type Split, splitHistory, splitSessions } from "../../src/training/split.ts";
import { OBJECTIVES, type Objective } from "../../src/training/train.ts";
import { type FullReport, trainWithReport } from "../../src/training/train-with-report.ts";
import { loadBatchView } from "../batch-view-source.ts";
import { historyArgs, loadHistory } from "../history-source.ts";
import { shareOption, splitOption } from "../options.ts";
import { makeFolder } from "../output-folder.ts";
import { trainingArgs, trainingOptions } from "../training-options.ts";
import { UsageError } from "../usage-error.ts";

export default defineCommand({
  meta: {
    description:
      "Build a snapshot (item vectors, neighbours, ranker) and its report; from a lake, visitors' segments too",
  },
  args: {
    ...historyArgs,
    out: { type: "string", required: true, description: "Folder for the snapshot", valueHint: "DIR" },
    split: {
      type: "string",
      description: "Learn only from what this split leaves for training: time:SHARE or hold-last",
      valueHint: "SPLIT",
    },
    holdout: {
      type: "string",
      description: "Share of the clicked lists, the newest, to hold back: 0.1, or 0 with --split",
      valueHint: "SHARE",
    },
    refit: {
      type: "boolean",
      default: true,
      description: "What is published learns from the lists held back too, once they have measured",
      negativeDescription: "What is published is what was measured: it has not learned from the lists held back",
    },
    objective: {
      type: "enum",
      options: [...OBJECTIVES],
      description: "What the ranker learns; next-item where the log has no clicked list, else rerank",
    },
    "features-out": {
      type: "string",
      description: "Write the feature table too, for rankers trained elsewhere",
      valueHint: "FILE.parquet",
    },
    ...trainingArgs,
    json: { type: "boolean", description: "Print the report as JSON on standard output" },
  },
  async run({ args }) {
    const options = { ...trainingOptions(args), ...(args.objective ? { objective: args.objective } : {}) };
    const split = args.split === undefined ? null : splitOption(args.split);
    // What a split leaves out is held back already, for `evaluate`.
    const share =
      args.holdout === undefined ? (split === null ? HOLDOUT_SHARE : 0) : shareOption("holdout", args.holdout);
    await makeFolder("out", args.out);
    const whole = await loadHistory(args);
    const history: History = split === null ? whole : trainSideOf(whole, split, args.objective);
    const trained = await trainWithReport(history, { ...options, holdout: share, refit: args.refit });
    if (trained.heldOut === null && share > 0) process.stderr.write(nothingHeldBack(history));
    await writeSnapshotDir(args.out, trained);
    if (args["features-out"] !== undefined) {
      const { columnNames } = matchFeatures(trained.manifest.features, config.features);
      await writeFile(args["features-out"], new Uint8Array(encodeFeatureTable(trained.rows, columnNames)));
    }
    process.stderr.write(summaryOf(trained.report, args.out));
    // A log has no pseudonyms, and what a split holds back must not be known.
    const view = split === null ? await loadBatchView(args, whole.items) : null;
    if (view === null) await removeBatchView(args.out);
    else {
      await writeBatchView(args.out, view);
      process.stderr.write(batchLineOf(view));
    }
    if (args.json) process.stdout.write(`${JSON.stringify(trained.report)}\n`);
  },
});

/** What `evaluate` trains on with the same split, by the protocol of the objective. */
function trainSideOf(whole: History, split: Split, objective?: Objective): History {
  const isNextItem = objective === "next-item" || (objective === undefined && whole.queries.length === 0);
  if (isNextItem && split.kind !== "time") {
    throw new UsageError("--objective next-item splits by time: give --split time:SHARE");
  }
  const sides =
    isNextItem && split.kind === "time" ? splitSessions(whole, split.trainShare) : splitHistory(whole, split);
  return buildHistory(sides.train, whole.config);
}

function nothingHeldBack({ queries }: History): string {
  if (queries.length === 0)
    return "the sessions are too few to hold some back: nothing for publication to compare with\n";
  return `${queries.length} clicked lists are too few to hold some back (${FEWEST_LISTS} are enough): nothing for publication to compare with\n`;
}

function batchLineOf({ pointer, segments }: BatchView): string {
  const counts = Object.entries(segments).map(([segment, visitors]) => `${segment} ${visitors}`);
  return `batch view ${pointer.version} of ${pointer.visitors} visitors: ${counts.join(", ") || "no segments"}\n`;
}

function kindLineOf({ kind, measure, trees, gain }: TriedKind): string {
  const tried = `${kind} ${measure.toFixed(4)}`;
  if (gain === null) return tried;
  const difference = `${gain.delta < 0 ? "−" : "+"}${Math.abs(gain.delta).toFixed(4)} ± ${gain.standardError.toFixed(4)}`;
  return `${tried} with ${trees} trees (${difference} over ${gain.over})`;
}

function summaryOf({ snapshot, counts, ranker, heldOut, refit, bytes, seconds }: FullReport, out: string): string {
  const total = Object.values(seconds).reduce((sum, stage) => sum + stage, 0);
  const lines = [
    `snapshot ${snapshot} in ${out}: ${counts.items} items, ${(bytes / 1e6).toFixed(1)} MB`,
    `learned from ${counts.events} events of ${counts.visitors} visitors, ${counts.queries} clicked lists, in ${total.toFixed(1)} s`,
  ];
  if (ranker.validation !== null) {
    const { queries, ndcg10 } = ranker.validation;
    const { model, ctr, loggedOrder } = ndcg10;
    lines.push(
      `NDCG@10 on the last ${queries} lists, held back to choose l2 = ${ranker.l2}${ranker.penalty === "adaptive" ? ", more of weak features" : ""}: model ${model.toFixed(3)}, ` +
        `click rate ${ctr.toFixed(3)}, order shown ${loggedOrder.toFixed(3)}`,
      `ranker ${ranker.kind}; ${ranker.validation.kinds.map(kindLineOf).join(", ")}`,
    );
  }
  if (ranker.selection !== null) {
    const { columns, cost, dropped } = ranker.selection;
    lines.push(
      `features: ${dropped.length} dropped that are not missed; ${columns.kept} of ${columns.all} columns, ${cost.kept} of ${cost.all} ns a candidate as declared`,
    );
  }
  if (heldOut !== null) {
    const [metric = ""] = heldOut.metrics;
    const value = heldOut.rankings[0]?.values[metric];
    const compared = heldOut.versus.filter((versus) => versus.metric === metric);
    const differences = compared.map(({ name, delta, ci95 }) => {
      const signed = (number: number): string => `${number < 0 ? "−" : "+"}${Math.abs(number).toFixed(3)}`;
      return `${signed(delta)} [${ci95.map(signed).join(", ")}] over ${name}`;
    });
    lines.push(
      `${metric.toUpperCase()} on the newest ${heldOut.lists} lists, held back from training: ${value?.mean.toFixed(3)}, ${differences.join(", ")}`,
    );
  }
  if (refit !== null) {
    lines.push(
      refit.check.passed
        ? `learned again with those lists (they were measured by ${refit.candidate}, which learned from ${refit.queries} lists)`
        : `learned again with those lists it ranks them worse than before, which should not be (${refit.check.delta.toFixed(3)}): left as it was measured`,
    );
  }
  const strongest = ranker.weights.slice(0, 5).map(({ column, weight }) => `${column} ${weight.toFixed(2)}`);
  lines.push(`strongest columns: ${strongest.join(", ")}`, `report: ${join(out, "report.html")}`);
  return `${lines.join("\n")}\n`;
}
