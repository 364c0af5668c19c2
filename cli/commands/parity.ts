// `nowcast parity`: whether training sees what serving saw. Decisions that the lake has whole are computed again from the
// lake alone; a single other bit is a failure.
import { defineCommand } from "citty";
import { features, profileOfSite } from "../../nowcast.config.ts";
import { checkParity } from "../../src/training/parity.ts";
import type { ParitySummary } from "../../src/training/parity-report.ts";
import { readSnapshotDir } from "../../src/training/snapshot-writer.ts";
import { startProgress } from "../progress.ts";
import { UsageError } from "../usage-error.ts";

export default defineCommand({
  meta: { description: "Compute logged decisions again from a pulled lake and compare every bit" },
  args: {
    lake: {
      type: "string",
      required: true,
      valueHint: "DIR",
      description: "Folder of the lake's files, as `nowcast lake pull` makes it",
    },
    snapshot: {
      type: "string",
      required: true,
      valueHint: "DIR[,DIR]",
      description: "Snapshots that ranked, as `nowcast train` made them",
    },
    site: { type: "string", default: "default", description: "Site" },
    json: { type: "boolean", description: "Print one JSON object" },
  },
  async run({ args }) {
    const dirs = args.snapshot.split(",").filter((dir) => dir !== "");
    if (dirs.length === 0) throw new UsageError("--snapshot names no folder");
    const snapshots = await Promise.all(dirs.map(readSnapshotDir));
    const progress = startProgress({ label: "decisions" });
    const summary = await checkParity(args.lake, {
      site: args.site,
      snapshots,
      features,
      profile: profileOfSite(args.site),
      onProgress: (done) => progress.update(done),
    }).finally(() => progress.stop());
    process.stdout.write(args.json ? `${JSON.stringify({ lake: args.lake, ...summary })}\n` : describe(summary));
    const problem = problemOf(summary);
    if (problem !== null) throw new Error(problem);
  },
});

function problemOf(summary: ParitySummary): string | null {
  const { decisions, values, decisionsDiffering, rowsMissing, skipped } = summary;
  if (summary.equal) return null;
  if (decisions === 0) return "there was no decision to compare";
  if (values === 0) return "the decisions have no value to compare";
  if (decisionsDiffering > 0) return `${decisionsDiffering} decisions have other numbers in the lake`;
  if (rowsMissing > 0) return `the lake lacks the rows of ${rowsMissing} candidates that were ranked`;
  return `the lake lacks parts of ${skipped.parts_missing ?? 0} decisions`;
}

function describe(summary: ParitySummary): string {
  const { decisions, rows, columns, values, visitors, snapshots, itemEpochs, skipped } = summary;
  const counts = (of: Readonly<Record<string, number>>): string =>
    Object.entries(of)
      .map(([name, count]) => `${name} ${count}`)
      .join(", ");
  const lines = [
    `${decisions} decisions of ${visitors} visitors, ${rows} rows, ${columns} columns: ${values} values compared`,
    `snapshots ${snapshots.join(", ") || "none"}; ${itemEpochs.distinct} epochs of item data, ${itemEpochs.min} to ${itemEpochs.max}`,
    ...(Object.keys(skipped).length === 0 ? [] : [`not compared: ${counts(skipped)}`]),
    summary.equal
      ? "Every bit is the same."
      : `Not proven: ${summary.valuesDiffering} values in ${summary.rowsDiffering} rows and ${summary.viewsDiffering} views differ`,
    ...(Object.keys(summary.byColumn).length === 0 ? [] : [`by column: ${counts(summary.byColumn)}`]),
    ...summary.viewMismatches.map(
      ({ decision, visitor, seq }) => `view of ${visitor} at seq ${seq}, decision ${decision}`,
    ),
    ...summary.mismatches.map(
      ({ visitor, seq, placement, item, column, served, recomputed }) =>
        `${visitor} at seq ${seq}, ${placement}, ${item}: ${column} was ${served}, the lake gives ${recomputed}`,
    ),
  ];
  return `${lines.join("\n")}\n`;
}
