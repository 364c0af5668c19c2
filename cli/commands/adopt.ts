// `nowcast adopt`: a ranker that was trained elsewhere takes the place of a snapshot's own, when it gives its golden scores.
import { readFile } from "node:fs/promises";
import { defineCommand } from "citty";
import { type Adopted, adoptRanker } from "../../src/training/adopt-ranker.ts";
import { readGolden } from "../../src/training/golden.ts";
import { readCandidate, readSnapshotFiles, replaceRanker } from "../../src/training/snapshot-writer.ts";

export default defineCommand({
  meta: { description: "Put an ONNX ranker that was trained on the feature table into a snapshot" },
  args: {
    dir: {
      type: "positional",
      description: "Folder of the snapshot, changed in place",
      valueHint: "DIR",
      required: true,
    },
    model: { type: "positional", description: "The ranker", valueHint: "MODEL.onnx", required: true },
    golden: {
      type: "string",
      required: true,
      description: "Rows and the scores that they must get, see docs/rankers.md",
      valueHint: "FILE.json",
    },
    json: { type: "boolean", description: "Print the result as JSON on standard output" },
  },
  async run({ args }) {
    const snapshot = await readSnapshotFiles(args.dir);
    const candidate = await readCandidate(args.dir, snapshot.manifest);
    const [model, golden] = [await readFile(args.model), await readGolden(args.golden)];
    const adopted = await adoptRanker(snapshot, model, golden);
    const measured = candidate && (await adoptRanker(candidate, model, golden));
    await replaceRanker(args.dir, snapshot.manifest.id, adopted, adopted.report, measured);
    process.stdout.write(args.json ? `${JSON.stringify(adopted.report)}\n` : describe(adopted.report));
  },
});

function describe({ snapshot, producer, ranker, twin, trees, columns, golden }: Adopted["report"]): string {
  const size = trees === null ? "" : `, ${trees.trees} trees up to ${trees.deepest} deep`;
  const served = twin.exact
    ? `the TypeScript twin computes the same, largest difference ${golden.typescript?.toExponential(1)}`
    : `while ONNX is cold the linear first pass serves: ${twin.reason}`;
  return (
    `snapshot ${snapshot}: ${ranker} by ${producer || "an unnamed producer"} over ${columns} columns${size}\n` +
    `${golden.rows} golden rows: ONNX differs by ${golden.onnx.toExponential(1)} at most; ${served}\n`
  );
}
