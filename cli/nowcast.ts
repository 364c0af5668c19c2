// The command line: which commands there are. Each loads only when it is called.
import { runCli } from "./run.ts";

const commands = {
  dev: {
    description: "Run everything locally, with sample data on the first start",
    load: () => import("./commands/dev.ts"),
  },
  import: {
    description: "Send the items and events of a history log to a running Nowcast",
    load: () => import("./commands/import.ts"),
  },
  convert: { description: "Turn a known dataset into a history log", load: () => import("./commands/convert.ts") },
  train: {
    description: "Build a snapshot from a history log or from the lake",
    load: () => import("./commands/train.ts"),
  },
  evaluate: {
    description: "Measure a model on a history log, beside baselines",
    load: () => import("./commands/evaluate.ts"),
  },
  adopt: {
    description: "Put an ONNX ranker that was trained elsewhere into a snapshot",
    load: () => import("./commands/adopt.ts"),
  },
  publish: { description: "Put a snapshot into service", load: () => import("./commands/publish.ts") },
  replay: {
    description: "Send a history log through a running Nowcast and measure its decisions",
    load: () => import("./commands/replay.ts"),
  },
  simulate: {
    description: "Simulated shoppers: a history log, or visits of the demo shop",
    load: () => import("./commands/simulate.ts"),
  },
  parity: {
    description: "Compute logged decisions again from a pulled lake and compare every bit",
    load: () => import("./commands/parity.ts"),
  },
  config: {
    description: "The site's run-time configuration: pull, push, diff",
    load: () => import("./commands/config.ts"),
  },
  lake: { description: "Work on the data lake: pull", load: () => import("./commands/lake.ts") },
};

// Whoever reads our output may stop early (`nowcast convert … | head`): that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

process.exitCode = await runCli("nowcast", commands, process.argv.slice(2), {
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  debug: (process.env.NOWCAST_DEBUG ?? "") !== "",
});
