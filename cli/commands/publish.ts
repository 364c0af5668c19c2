// `nowcast publish`: puts a snapshot and the batch view beside it into service, unless it ranks worse than the champion on the
// lists that training held back; or goes back to the snapshot before.
import { defineCommand } from "citty";
import { features } from "../../nowcast.config.ts";
import type { Client } from "../client/client.ts";
import { type Comparison, compareWithChampion, describeComparison } from "../client/compare-with-champion.ts";
import { connect, connectionArgs } from "../client/connection.ts";
import { publishBatchView } from "../client/publish-batch-view.ts";
import { publishSnapshot } from "../client/publish-snapshot.ts";
import { type Progress, startProgress } from "../progress.ts";
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
    force: { type: "boolean", description: "Publish it even when it ranks worse, or cannot be compared" },
    rollback: { type: "boolean", description: "Go back to the champion before; takes no DIR" },
    json: { type: "boolean", description: "Print one JSON object" },
    ...connectionArgs(30),
  },
  async run({ args }) {
    const share = Number(args.share);
    if (!(share > 0 && share <= 1)) throw new UsageError(`--share: ${args.share} is not in 0 < share ≤ 1`);
    // An option that is not given is undefined, not false; and no typing error may end in a rollback.
    const { dir, rollback: back = false, force = false } = args;
    if (back === (dir !== undefined)) throw new UsageError("names either a DIR or --rollback");
    if (back && force) throw new UsageError("--force is for publishing a DIR: a rollback compares nothing");
    const client = connect(args);
    const print = ({ line, result }: Outcome): void => {
      process.stdout.write(args.json ? `${JSON.stringify(result)}\n` : `${line}\n`);
    };
    if (dir === undefined) return print(await rollback(client));
    const comparison = await compare(dir, client, force);
    if ("worse" in comparison && comparison.worse && !force) {
      if (args.json) print({ line: "", result: { refused: SNAPSHOT_WORSE, comparison } });
      throw new Error(`${SNAPSHOT_WORSE}: ${describeComparison(comparison)}; --force publishes it all the same`);
    }
    print(await publish(dir, share, client, comparison));
  },
});

const SNAPSHOT_WORSE = "snapshot_worse";

interface Outcome {
  readonly line: string;
  readonly result: object;
}

async function compare(dir: string, client: Client, force: boolean): Promise<Comparison> {
  let progress: Progress | null = null;
  try {
    const comparison = await compareWithChampion(dir, client, {
      features,
      onProgress(done, total) {
        progress ??= startProgress({ label: "held-out lists ranked", total });
        progress.update(done);
      },
    });
    return comparison;
  } catch (error) {
    if (!force || !(error instanceof Error)) throw error;
    return { reason: "failed", detail: error.message };
  } finally {
    (progress as Progress | null)?.stop();
  }
}

async function publish(dir: string, share: number, client: Client, comparison: Comparison): Promise<Outcome> {
  const published = await publishSnapshot(dir, client, {
    share,
    onSection: (name, bytes, sent) => process.stderr.write(`${name}: ${bytes} bytes${sent ? "" : ", already there"}\n`),
  });
  const { version, champion, challengers } = published;
  const rank = share === 1 ? "the champion" : `a challenger for ${Math.round(1000 * share) / 10} % of the visitors`;
  const batch = await publishBatchView(dir, client);
  const lines = [`${version} is published as ${rank}`, describeComparison(comparison)];
  if (batch !== null) lines.push(`batch view ${batch.version} holds for ${batch.visitors} visitors`);
  return {
    line: lines.join("\n"),
    result: { version, champion, challengers, comparison, ...(batch === null ? {} : { batch }) },
  };
}

async function rollback(client: Client): Promise<Outcome> {
  const { champion, challengers } = await client.rollback();
  return { line: `${champion} is the champion again`, result: { champion, challengers } };
}
