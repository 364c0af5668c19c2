// What it costs to look into a page: `node bench/page-cut.ts`. Processor time of workerd for one page, handed on as it is, read 4 KB
// and 32 KB at a time, cut by the splitter, and through HTMLRewriter with one selector. Ways alternate; the least of the rounds counts.
import { Agent, request } from "node:http";
import { build } from "esbuild";
import { cpuSeconds, workerdPids } from "./process-cost.ts";
import { startRawWorkerd } from "./raw-workerd.ts";
import { type Figure, printReport } from "./report.ts";

const ROUNDS = 5;
const PAGES = 200;
const WAYS = ["handed-on", "default-reader", "buffer", "split", "rewriter"];

const card = (n: number): string =>
  `<li class="card" data-id="${n}"><a href="/p/${n}"><img src="/i/${n}.svg" alt="Item ${n}" loading="lazy"><span>Item number ${n}</span></a><p>Some text that says what it is.</p></li>\n`;
const cards = Array.from({ length: 600 }, (_, n) => card(n)).join("");
const page = `<!doctype html><html><head></head><body><ul data-nowcast="a">${card(1)}</ul>${cards}</body></html>`;

const headers = `{ "content-type": "text/html; charset=utf-8" }`;
const content = `const page = ${JSON.stringify(page)}; export default { fetch: () => new Response(page, { headers: ${headers} }) };`;
const origin = await startRawWorkerd([{ name: "origin.js", type: "esModule", content }]);
const others = new Set(workerdPids());
const { outputFiles } = await build({
  entryPoints: [`${import.meta.dirname}/workers/page-cut.js`],
  bundle: true,
  format: "esm",
  write: false,
});
const code = outputFiles[0]?.text ?? "";
const port = Number(new URL(origin.url).port);
const worker = await startRawWorkerd([{ name: "worker.js", type: "esModule", content: code }], port);
const pids = workerdPids().filter((pid) => !others.has(pid));
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function fetchPage(way: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(`${worker.url}/${way}`, { agent }, (response) => {
      let bytes = 0;
      response.on("data", (part: Buffer) => {
        bytes += part.length;
      });
      response.on("end", () => (bytes === page.length ? resolve() : reject(new Error(`${way}: ${bytes} bytes`))));
    })
      .on("error", reject)
      .end();
  });
}

const least = new Map<string, number>();
try {
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of WAYS) {
      for (let n = 0; n < PAGES / 4; n++) await fetchPage(way);
      const before = cpuSeconds(pids);
      for (let n = 0; n < PAGES; n++) await fetchPage(way);
      const ms = ((cpuSeconds(pids) - before) / PAGES) * 1000;
      least.set(way, Math.min(ms, least.get(way) ?? ms));
    }
  }
} finally {
  agent.destroy();
  worker.close();
  origin.close();
}
const figures = WAYS.map(
  (way): Figure => ({
    name: `${way}, processor time a page`,
    value: Number((least.get(way) ?? Number.NaN).toFixed(2)),
    unit: "ms",
  }),
);
printReport([{ name: "page", value: page.length, unit: "bytes" }, ...figures], process.argv.includes("--json"));
