// `nowcast import`: the items and events of a history log into a running Nowcast.
import { existsSync } from "node:fs";
import { defineCommand } from "citty";
import type { LogError } from "../../src/training/log.ts";
import { connect, connectionArgs } from "../client/connection.ts";
import { importLog } from "../client/import-log.ts";
import { startProgress } from "../progress.ts";

/** Refusals that are shown; the rest is only counted. */
const SHOWN = 5;

export default defineCommand({
  meta: { description: "Send the items and events of a history log to a running Nowcast: nowcast import LOG" },
  args: {
    log: { type: "positional", required: true, description: "NDJSON, plain or .gz" },
    json: { type: "boolean", description: "Print one JSON object" },
    ...connectionArgs(120),
  },
  async run({ args }) {
    const client = connect(args);
    if (!existsSync(args.log)) throw new Error(`there is no file ${args.log}`);
    let shown = 0;
    const show = (text: string): void => {
      if (shown++ < SHOWN) process.stderr.write(`${text}\n`);
    };
    let progress: ReturnType<typeof startProgress> | null = null;
    const result = await importLog(args.log, client, {
      onStart: (total, resumedAt) => {
        if (resumedAt > 0) process.stderr.write(`An import was broken off here: going on after ${resumedAt} records\n`);
        progress = startProgress({ label: "Records", total });
      },
      onProgress: (done, seconds) => progress?.update(done, `(${Math.round(done / Math.max(seconds, 0.001))}/s)`),
      onBadLine: (error: LogError) => show(error.message),
      onRejected: ({ id, code, message }) => show(`${id} was refused: ${code}: ${message}`),
    }).finally(() => progress?.stop());
    if (args.json) return void process.stdout.write(`${JSON.stringify(result)}\n`);
    const { events, accepted, duplicates, rejected, items, badLines, seconds } = result;
    const lines = [
      `${items} items and ${events} events in ${seconds.toFixed(1)} s: ${accepted} accepted, ${duplicates} were there already`,
      ...(rejected + badLines > 0 ? [`${rejected} records were refused, ${badLines} lines could not be read`] : []),
    ];
    process.stdout.write(`${lines.join("\n")}\n`);
  },
});
