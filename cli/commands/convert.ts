// `nowcast convert`: a known dataset as a history log on standard output.
import { once } from "node:events";
import { defineCommand } from "citty";
import { convertOnlineRetail } from "../../src/training/convert/online-retail.ts";
import { convertRankLens } from "../../src/training/convert/ranklens.ts";
import { convertYooChoose, YOOCHOOSE_PARTS } from "../../src/training/convert/yoochoose.ts";
import { UsageError } from "../usage-error.ts";

const DATASETS = ["ranklens", "yoochoose", "onlineretail"] as const;
type Dataset = (typeof DATASETS)[number];

export default defineCommand({
  meta: { description: "Turn a known dataset into a history log: nowcast convert ranklens DIR > LOG" },
  args: {
    dataset: { type: "positional", required: true, description: DATASETS.join(", ") },
    dir: { type: "positional", required: true, description: "Folder of the dataset's files as they are published" },
    part: { type: "string", description: `Of yoochoose: ${YOOCHOOSE_PARTS.join(" or ")}`, valueHint: "PART" },
  },
  async run({ args: { dataset, dir, part } }) {
    if (!isDataset(dataset)) {
      throw new UsageError(`${JSON.stringify(dataset)} is not a known dataset; there is: ${DATASETS.join(", ")}`);
    }
    await writeLines(linesOf(dataset, dir, part), process.stdout);
  },
});

function isDataset(name: string): name is Dataset {
  return (DATASETS as readonly string[]).includes(name);
}

function linesOf(dataset: Dataset, dir: string, part: string | undefined): AsyncIterable<string> {
  if (dataset !== "yoochoose" && part !== undefined) throw new UsageError(`--part: ${dataset} has no parts`);
  if (dataset === "ranklens") return convertRankLens(dir);
  if (dataset === "onlineretail") return convertOnlineRetail(dir);
  const known = YOOCHOOSE_PARTS.find((name) => name === part);
  if (known === undefined) {
    const given = part === undefined ? "is missing" : `cannot be ${JSON.stringify(part)}`;
    throw new UsageError(`--part ${given}: yoochoose has ${YOOCHOOSE_PARTS.join(" and ")}`);
  }
  return convertYooChoose(dir, known);
}

/** Whole batches of lines, never faster than the reader takes them. */
async function writeLines(lines: AsyncIterable<string>, out: NodeJS.WritableStream): Promise<void> {
  let batch = "";
  const write = async (): Promise<void> => {
    if (!out.write(batch)) await once(out, "drain");
    batch = "";
  };
  for await (const line of lines) {
    batch += `${line}\n`;
    if (batch.length >= 65_536) await write();
  }
  await write();
}
