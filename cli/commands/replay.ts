// `nowcast replay`: a log through a running system, and how good its decisions were.
import { closeSync, openSync, writeSync } from "node:fs";
import { defineCommand } from "citty";
import { type LogRecord, readLog } from "../../src/training/log.ts";
import { connect, connectionArgs } from "../client/connection.ts";
import { type ReplayReport, recordLine, replayLog } from "../client/replay-log.ts";
import { type NextItemQuality, nextItem } from "../client/replay-next-item.ts";
import type { ReplayProtocol } from "../client/replay-protocol.ts";
import { type RerankQuality, rerank } from "../client/replay-rerank.ts";
import { splitOption } from "../options.ts";
import { type Progress, startProgress } from "../progress.ts";
import { UsageError } from "../usage-error.ts";

export default defineCommand({
  meta: { description: "Send a history log through a running Nowcast and measure its decisions: nowcast replay LOG" },
  args: {
    log: { type: "positional", required: true, description: "NDJSON, plain or .gz" },
    protocol: {
      type: "enum",
      options: ["rerank", "next-item"],
      description: "Ask for the order of every list, or after every event of a session for what comes next",
      default: "rerank",
    },
    split: {
      type: "string",
      valueHint: "time:0.8",
      description: "Import what comes before the newest lists or sessions, and decide for those; by default for all",
    },
    record: { type: "string", valueHint: "FILE", description: "Write each decision as a line of JSON" },
    "record-whole": {
      type: "boolean",
      description: "Have every decision logged whole in the lake, features and all, for `nowcast parity`",
    },
    json: { type: "boolean", description: "Print one JSON object" },
    ...connectionArgs(120),
  },
  async run({ args }) {
    const split = args.split === undefined ? null : splitOption(args.split);
    if (split !== null && split.kind !== "time") {
      throw new UsageError("--split: a log is played in its order, so it can only be cut by time, as in time:0.8");
    }
    const client = connect(args);
    const records: LogRecord[] = [];
    for await (const record of readLog(args.log)) records.push(record);
    const file = args.record === undefined ? null : openSync(args.record, "w");
    let progress: Progress | null = null;
    const say = (message: string): boolean => process.stderr.write(`${message}\n`);
    let refusals = 0;
    try {
      const protocol: ReplayProtocol<RerankQuality | NextItemQuality> = args.protocol === "rerank" ? rerank : nextItem;
      const report = await replayLog(records, client, {
        protocol,
        trainShare: split?.trainShare ?? null,
        recordWhole: args["record-whole"] ?? false,
        onPhase(label, total) {
          progress?.stop();
          progress = startProgress({ label, total });
        },
        onProgress: (done) => progress?.update(done),
        onDecision: (decision) => {
          if (file !== null) writeSync(file, recordLine(decision));
        },
        onRejected({ id, code, message }) {
          if (refusals++ < 5) say(`${id} was refused: ${code}: ${message}`);
        },
        warn: (message) => say(`Warning: ${message}`),
      });
      (progress as Progress | null)?.stop();
      const { protocol: name, log, split: share = null } = args;
      const result = { protocol: name, log, url: client.transport.url, split: share, ...report };
      process.stdout.write(args.json ? `${JSON.stringify(result)}\n` : describe(report));
    } finally {
      (progress as Progress | null)?.stop();
      if (file !== null) closeSync(file);
    }
  },
});

function describe({
  quality,
  latency,
  degraded,
  itemEpoch,
  decisions,
  history,
  replayed,
  ...rest
}: ReplayReport<RerankQuality | NextItemQuality>): string {
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name || "none"} ${count}`)
      .join(", ") || "none";
  const lines = [
    `${history.events + replayed.events} events and ${history.items + replayed.items} items in ${rest.seconds.toFixed(1)} s, ${decisions} decisions`,
    ...(quality === null ? ["Nothing that was decided can be measured"] : describeQuality(quality)),
    `Decisions took ${latency.p50.toFixed(1)} ms (median), ${latency.p99.toFixed(1)} ms (99 %), for the client`,
    `Stepped down at first: ${degraded.first} (${counts(degraded.firstByReason)}); after asking again: ${degraded.remaining}`,
    `Strategies: ${counts(rest.strategies)}; snapshots: ${counts(rest.snapshots)}`,
    `Item statistics: epochs ${itemEpoch.min} to ${itemEpoch.max}, behind the newest by ${itemEpoch.lagMean.toFixed(1)} on average, ${itemEpoch.lagMax} at most`,
  ];
  return `${lines.join("\n")}\n`;
}

function describeQuality(quality: RerankQuality | NextItemQuality): string[] {
  const figure = (value: number): string => value.toFixed(3);
  const interval = ([low, high]: readonly [number, number]): string => `[${figure(low)}, ${figure(high)}]`;
  if ("repeats" in quality) {
    const { queries, sessions, metrics, ci95 } = quality;
    return [
      `HR@20 / MRR@20 over ${queries} events that followed, of ${sessions} sessions, repeats allowed: ` +
        `${figure(metrics["hr@20"])} ${interval(ci95["hr@20"])} / ${figure(metrics["mrr@20"])} ${interval(ci95["mrr@20"])}`,
    ];
  }
  const { queries, metrics, ci95, baselines, versus } = quality;
  return [
    `NDCG@10 over ${queries} lists with a click: ${figure(metrics["ndcg@10"])} ${interval(ci95["ndcg@10"])}`,
    `  item click rate alone ${figure(baselines.ctr["ndcg@10"])}, difference ${figure(versus.ctr.delta)} ${interval(versus.ctr.ci95)}`,
    `  the order that was shown ${figure(baselines["logged-order"]["ndcg@10"])}`,
  ];
}
