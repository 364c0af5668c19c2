// `nowcast publish`: puts a snapshot and the batch view beside it into service, or goes back to the snapshot before.
import { defineCommand } from "citty";
import type { Client } from "../client/client.ts";
import { connect, connectionArgs } from "../client/connection.ts";
import { publishBatchView } from "../client/publish-batch-view.ts";
import { publishSnapshot } from "../client/publish-snapshot.ts";
import { UsageError } from "../usage-error.ts";

export default defineCommand({
  meta: { description: "Put the snapshot in DIR into service: nowcast publish DIR" },
  args: {
    dir: { type: "positional", required: false, description: "Folder that `nowcast train --out` wrote" },
    share: {
      type: "string",
      valueHint: "0.1",
      default: "1",
      description: "Share of the visitors who get it; 1 makes it the champion",
    },
    rollback: { type: "boolean", description: "Go back to the champion before; takes no DIR" },
    json: { type: "boolean", description: "Print one JSON object" },
    ...connectionArgs(30),
  },
  async run({ args }) {
    const share = Number(args.share);
    if (!(share > 0 && share <= 1)) throw new UsageError(`--share: ${args.share} is not in 0 < share ≤ 1`);
    // An option that is not given is undefined, not false; and no typing error may end in a rollback.
    const { dir, rollback: back = false } = args;
    if (back === (dir !== undefined)) throw new UsageError("names either a DIR or --rollback");
    const client = connect(args);
    const { line, result } = await (dir === undefined ? rollback(client) : publish(dir, share, client));
    process.stdout.write(args.json ? `${JSON.stringify(result)}\n` : `${line}\n`);
  },
});

async function publish(dir: string, share: number, client: Client) {
  const published = await publishSnapshot(dir, client, {
    share,
    onSection: (name, bytes, sent) => process.stderr.write(`${name}: ${bytes} bytes${sent ? "" : ", already there"}\n`),
  });
  const { version, champion, challengers } = published;
  const rank = share === 1 ? "the champion" : `a challenger for ${Math.round(1000 * share) / 10} % of the visitors`;
  const batch = await publishBatchView(dir, client);
  const line = `${version} is published as ${rank}`;
  return {
    line: batch === null ? line : `${line}\nbatch view ${batch.version} holds for ${batch.visitors} visitors`,
    result: { version, champion, challengers, ...(batch === null ? {} : { batch }) },
  };
}

async function rollback(client: Client) {
  const { champion, challengers } = await client.rollback();
  return { line: `${champion} is the champion again`, result: { champion, challengers } };
}
