// `nowcast simulate`: simulated shoppers of the demo shop, on paper as a history log, or over HTTP in a running shop.
import { defineCommand } from "citty";
import { type BrowseReport, browse } from "../../examples/storefront/simulator/browse.ts";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { wholeNumber } from "../options.ts";
import { startProgress } from "../progress.ts";
import { UsageError } from "../usage-error.ts";

export default defineCommand({
  meta: { description: "Simulated shoppers: a history log, or visits of the demo shop with --url" },
  args: {
    url: {
      type: "string",
      valueHint: "URL",
      description: "The shop to visit, such as http://localhost:8788; without it a log goes to standard output",
    },
    visitors: { type: "string", default: "50", valueHint: "N", description: "How many shoppers" },
    seed: { type: "string", default: "1", valueHint: "S", description: "The same seed, the same shoppers" },
    days: { type: "string", default: "14", valueHint: "N", description: "Length of the log" },
    json: { type: "boolean", default: false, description: "Print the report as JSON" },
  },
  async run({ args }) {
    const visitors = wholeNumber("visitors", args.visitors, 1);
    const seed = wholeNumber("seed", args.seed, 0);
    if (args.url === undefined) {
      const days = wholeNumber("days", args.days, 1);
      for (const record of simulateLog({ seed, endTs: Date.now(), shoppers: visitors, days })) {
        process.stdout.write(`${JSON.stringify(record)}\n`);
      }
      return;
    }
    if (!URL.canParse(args.url)) throw new UsageError(`--url: ${args.url} is no URL`);
    const progress = startProgress({ label: "Shoppers", total: visitors });
    const report = await browse({
      url: args.url,
      visitors,
      seed,
      onProgress: (done) => progress.update(done),
    }).finally(() => progress.stop());
    process.stdout.write(args.json ? `${JSON.stringify(report)}\n` : tableOf(report));
  },
});

function tableOf({ visitors, visits, pages, events, orders, fallbacks, placements }: BrowseReport): string {
  const rows = Object.entries(placements).map(([placement, { lists, items, filled, clicks }]) => [
    placement,
    String(lists),
    `${Math.round((100 * filled) / Math.max(1, lists))} %`,
    String(items),
    String(clicks),
    `${((100 * clicks) / Math.max(1, items)).toFixed(1)} %`,
  ]);
  const lines = [["placement", "lists seen", "by Nowcast", "items", "clicks", "click-through"], ...rows].map((cells) =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(10) : cell.padStart(14))).join(""),
  );
  const missed = Object.entries(fallbacks).map(([reason, count]) => `${reason} ${count}`);
  return `${visitors} shoppers, ${visits} visits, ${pages} pages, ${events} events, ${orders} orders
${missed.length === 0 ? "" : `slots left to the shop: ${missed.join(", ")}\n`}
${lines.join("\n")}
`;
}
