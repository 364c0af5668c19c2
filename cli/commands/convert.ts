// `nowcast convert`: a known dataset as a history log on standard output.
import { once } from "node:events";
import { defineCommand } from "citty";
import { convertRankLens } from "../../src/training/convert/ranklens.ts";
import { UsageError } from "../usage-error.ts";

const DATASETS: Readonly<Record<string, (dir: string) => AsyncIterable<string>>> = { ranklens: convertRankLens };
const PLANNED = ["yoochoose", "onlineretail"];

export default defineCommand({
  meta: { description: "Turn a known dataset into a history log: nowcast convert ranklens DIR > LOG" },
  args: {
    dataset: { type: "positional", required: true, description: "ranklens" },
    dir: { type: "positional", required: true, description: "Folder of the dataset's files as they are published" },
  },
  async run({ args }) {
    const convert = Object.hasOwn(DATASETS, args.dataset) ? DATASETS[args.dataset] : undefined;
    if (convert === undefined) {
      const known = Object.keys(DATASETS).join(", ");
      throw new UsageError(
        PLANNED.includes(args.dataset)
          ? `${args.dataset} cannot be converted yet; there is: ${known}`
          : `${JSON.stringify(args.dataset)} is not a known dataset; there is: ${known}`,
      );
    }
    await writeLines(convert(args.dir), process.stdout);
  },
});

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
