// `npm run proof:freshness`: read-your-writes on many trials. An event that was acknowledged must be in the visitor's next
// decision, under concurrent load and across evictions of the visitor's object.
import { parseArgs } from "node:util";
import { createHarness, evictVisitor, KEYS } from "../tests/support/harness.ts";
import { readYourWrites } from "../tests/support/read-your-writes.ts";
import { quantile } from "./load.ts";
import { bounded, printReport } from "./report.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    trials: { type: "string", default: "10000" },
    concurrency: { type: "string", default: "4" },
    "evict-every": { type: "string", default: "25" },
  },
});

const harness = createHarness();
await harness.listen();
let done = 0;
const report = await readYourWrites({
  count: Number(options.trials),
  concurrency: Number(options.concurrency),
  evictEvery: Number(options["evict-every"]),
  post: async (path, json) => {
    if (path === "/v1/decide" && ++done % 1000 === 0) process.stderr.write(`${done} trials\n`);
    const response = await harness.fetch(path, {
      method: "POST",
      headers: { authorization: `Bearer ${KEYS.secret}`, "content-type": "application/json" },
      body: JSON.stringify(json),
    });
    return response as unknown as Response;
  },
  evict: (anonymousId) => evictVisitor(harness, anonymousId),
}).finally(() => harness.close());

for (const line of report.stale.slice(0, 10)) process.stderr.write(`${line}\n`);
const share = Number(((100 * report.degraded) / report.trials).toFixed(2));
printReport(
  [
    bounded(
      "decisions with the profile that lacked an acknowledged event",
      report.stale.length,
      `of ${report.trials}`,
      "at most",
      0,
    ),
    bounded("decisions that went without the profile, and said so", share, "%", "at most", 1),
    { name: "evictions of the visitor's object", value: report.evictions, unit: "evictions" },
    {
      name: "acknowledgement → decision that uses it, p50",
      value: Number(quantile(report.freshnessMs, 0.5).toFixed(1)),
      unit: "ms",
    },
    {
      name: "acknowledgement → decision that uses it, p99",
      value: Number(quantile(report.freshnessMs, 0.99).toFixed(1)),
      unit: "ms",
    },
  ],
  options.json,
);
