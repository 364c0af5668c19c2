// `nowcast lake`: work on the data lake.
import { defineCommand } from "citty";
import { connect, connectionArgs } from "../client/connection.ts";
import { pullLake } from "../client/pull-lake.ts";
import { startProgress } from "../progress.ts";

const pull = defineCommand({
  meta: { description: "Copy the lake's Parquet tables and item epochs to a folder" },
  args: {
    out: { type: "string", valueHint: "DIR", required: true, description: "Folder to copy to; what is there is kept" },
    json: { type: "boolean", description: "Print one JSON object" },
    ...connectionArgs(30),
  },
  async run({ args }) {
    const progress = startProgress({ label: "Files" });
    const counts = await pullLake(args.out, connect(args), {
      onProgress: ({ files, fetched, bytes }) =>
        progress.update(files, `(${fetched} fetched, ${(bytes / 1e6).toFixed(1)} MB)`),
    }).finally(() => progress.stop());
    const { files, fetched, bytes } = counts;
    const line = `${files} files in ${args.out}: ${fetched} fetched (${bytes} bytes), ${files - fetched} already there`;
    process.stdout.write(args.json ? `${JSON.stringify({ out: args.out, ...counts })}\n` : `${line}\n`);
  },
});

export default defineCommand({ meta: { description: "Work on the data lake" }, subCommands: { pull } });
