// `npm run proof:yoochoose`: the next item on real data, with the commands that a user has. The training part of the RSC15
// sample becomes a log and a model; a system that has nothing but that model is told the test part over HTTP and asked after
// every event what comes next. Offline evaluation with the very item statistics that it used must give what it gave.
// The data are found through NOWCAST_DATA (default ../shared/data).
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../cli/dev/local-server.ts";
import { KillableServer } from "../tests/support/killable-server.ts";
import { type Figure, printReport } from "./report.ts";
import { runNowcast } from "./run-nowcast.ts";
import { untilWritten } from "./until-written.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    keep: { type: "boolean", default: false },
    /** Instead of training one. */
    snapshot: { type: "string" },
    /** The system has the training part too, not its snapshot alone. */
    "import-history": { type: "boolean", default: false },
  },
});
const say = (text: string): void => void process.stderr.write(`${text}\n`);

const data = resolve(process.env.NOWCAST_DATA ?? join(ROOT, "../shared/data"), "yoochoose");
if (!existsSync(data)) {
  say(`YooChoose is not at ${data}; set NOWCAST_DATA to the folder that holds it`);
  process.exit(2);
}
const dir = mkdtempSync(join(tmpdir(), "nowcast-proof-"));
const path = (name: string): string => join(dir, name);
const nowcast = (args: readonly string[], file?: string): Promise<unknown> =>
  runNowcast(args, dir, file === undefined ? {} : { file });

interface Metrics {
  readonly "hr@20": number;
  readonly "mrr@20": number;
}
type Interval = readonly [number, number];
interface Replayed {
  readonly quality: { queries: number; metrics: Metrics };
  readonly degraded: { first: number; remaining: number };
  readonly decisions: number;
  readonly latency: { p50: number; p99: number };
  readonly replayed: { accepted: number };
  readonly itemEpoch: { min: number; max: number; lagMean: number };
  readonly seconds: number;
}
interface Evaluated {
  readonly queries: number;
  readonly metrics: Metrics;
  readonly baselines: Record<string, Metrics>;
  readonly versus: Record<string, Record<keyof Metrics, { delta: number; ci95: Interval }>>;
  /** With recorded decisions: answers that were ordered otherwise than offline. */
  readonly recorded?: { readonly metrics: Metrics; readonly differing: number; readonly missing: number };
}

const [trainLog, testLog] = [path("train.ndjson"), path("test.ndjson")];
await nowcast(["convert", "yoochoose", data, "--part", "train"], trainLog);
await nowcast(["convert", "yoochoose", data, "--part", "test"], testLog);
const snapshot = options.snapshot === undefined ? path("model") : resolve(options.snapshot);
if (options.snapshot === undefined) await nowcast(["train", "--log", trainLog, "--holdout", "0", "--out", snapshot]);

const server = await KillableServer.start(path("state"));
let replayed: Replayed;
try {
  const url = ["--url", server.url];
  await nowcast(["publish", snapshot, ...url]);
  if (options["import-history"]) await nowcast(["import", trainLog, ...url]);
  const recording = ["--protocol", "next-item", "--record", path("decisions.ndjson"), "--json"];
  replayed = (await nowcast(["replay", testLog, ...url, ...recording])) as Replayed;
  await untilWritten(server.url, replayed.replayed.accepted);
  await nowcast(["lake", "pull", "--out", path("lake"), ...url]);
} finally {
  await server.kill();
}
const evaluate = async (statistics: string, ...more: string[]): Promise<Evaluated> => {
  const logs = ["--log", trainLog, "--test", testLog, "--snapshot", snapshot];
  const how = ["--protocol", "next-item", "--item-statistics", statistics, ...more, "--json"];
  return (await nowcast(["evaluate", ...logs, ...how])) as Evaluated;
};
const recorded = ["--decisions", path("decisions.ndjson"), "--epochs", path("lake")];
const sameEpochs = await evaluate("epochs", ...recorded);
const frozen = await evaluate("frozen");
const live = await evaluate("live");
if (options.keep) say(`kept in ${dir}`);
else rmSync(dir, { recursive: true, force: true });

const round = (value: number | undefined): number => Number((value ?? Number.NaN).toFixed(4));
/** HR@20 and MRR@20 as rows; at least so much where there is a target. */
function rows(name: string, metrics: Metrics | undefined, targets?: readonly [hr: number, mrr: number]): Figure[] {
  return (["hr@20", "mrr@20"] as const).map((metric, i): Figure => {
    const figure = { name, value: round(metrics?.[metric]), unit: metric.toUpperCase() };
    const target = targets?.[i];
    return target === undefined
      ? figure
      : { ...figure, target: `at least ${target}`, holds: (metrics?.[metric] ?? 0) >= target };
  });
}
function gain(name: string, { versus }: Evaluated, baseline: string): Figure[] {
  return (["hr@20", "mrr@20"] as const).map((metric): Figure => {
    const { delta, ci95 } = versus[baseline]?.[metric] ?? { delta: Number.NaN, ci95: [Number.NaN, Number.NaN] };
    const interval = ci95.map((end) => end.toFixed(4)).join(", ");
    const target = `[${interval}], lower bound above 0`;
    return { name, value: round(delta), unit: metric.toUpperCase(), target, holds: (ci95[0] as number) > 0 };
  });
}

const figures: Figure[] = [
  { name: "events that followed in a session", value: frozen.queries, unit: "queries" },
  ...rows("evaluate, frozen at training", frozen.metrics, [0.7, 0.38]),
  ...rows("  VS-kNN, settings of the paper", frozen.baselines["vs-knn"]),
  ...rows("  VS-kNN, tuned", frozen.baselines["vs-knn-tuned"]),
  ...gain("  above VS-kNN of the paper", frozen, "vs-knn"),
  ...rows("evaluate, live: every earlier event counts", live.metrics),
  ...rows("  VS-kNN, settings of the paper", live.baselines["vs-knn"]),
  ...rows("  VS-kNN, tuned", live.baselines["vs-knn-tuned"]),
  ...gain("  above VS-kNN of the paper", live, "vs-knn"),
  ...rows("replay through the system", replayed.quality.metrics, [0.705, 0.385]),
  ...rows("evaluate, the same item-statistics epochs", sameEpochs.metrics),
  {
    name: "answers that the system ordered otherwise than evaluate",
    value: sameEpochs.recorded?.differing ?? Number.NaN,
    unit: `of ${sameEpochs.queries}`,
    target: "0",
    holds: sameEpochs.recorded?.differing === 0,
  },
  {
    name: "queries that the system answered",
    value: replayed.decisions,
    unit: "decisions",
    target: String(frozen.queries),
    holds: replayed.decisions === frozen.queries,
  },
  { name: "decisions that stepped down at first", value: replayed.degraded.first, unit: `of ${replayed.decisions}` },
  { name: "  and when asked again", value: replayed.degraded.remaining, unit: `of ${replayed.decisions}` },
  { name: "decision, client to client, median", value: round(replayed.latency.p50), unit: "ms" },
  { name: "  99 %", value: round(replayed.latency.p99), unit: "ms" },
  { name: "item-statistics epochs behind the newest, mean", value: round(replayed.itemEpoch.lagMean), unit: "epochs" },
  { name: "the replay took", value: round(replayed.seconds), unit: "s" },
];
printReport(figures, options.json);
