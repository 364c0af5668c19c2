// `npm run bench:middleware`: what a page costs that goes through Nowcast, beside the origin alone and a Worker that only hands
// on, in one run. Requests to all of them alternate, so that a slow moment of the machine hits them all; medians are reported.
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:http";
import { tmpdir } from "node:os";
import { parseArgs } from "node:util";
import { sectionFiles } from "../src/training/snapshot-files.ts";
import { type LoadResult, load, quantile } from "./load.ts";
import { bounded, type Figure, printReport } from "./report.ts";
import { benchItemId, randomSnapshot } from "./snapshot.ts";
import { type BenchSystem, startBenchSystem } from "./system.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    requests: { type: "string", default: "400" },
    slow: { type: "string", default: "20" },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "3" },
  },
});

const VISITORS = 50;
const ITEMS = 10_000;
const CONNECTIONS = 16;
const PAGE_BYTES = 100_000;
const SLOTS = ["home", "similar", "popular", "recent"];
const say = (text: string): void => void process.stderr.write(`${text}\n`);
const round = (value: number): number => Number(value.toFixed(2));

/** Four slots of eight cards in a page of cards, script and text. */
function pageOf(): string {
  const card = (n: number): string =>
    `<li class="card" data-id="${n}"><a href="/p/${n}"><img src="/i/${n}.svg" alt="Item ${n}" loading="lazy" width="240" height="240"><span class="title">Item number ${n}</span><span class="price">12.50 EUR</span></a><p>Some text that says what it is, neither too short nor too long.</p></li>\n`;
  const cards = (count: number): string => Array.from({ length: count }, (_, n) => card(n)).join("");
  const template =
    '<template><li><a href="{{url}}"><img src="{{image}}" alt="{{title}}">{{title}} {{money}}</a></li></template>';
  const slots = SLOTS.map(
    (name) => `<h2>${name}</h2><ul data-nowcast="${name}" data-count="8">${cards(8)}${template}</ul>`,
  );
  const head = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title><script>${"const a = 1 < 2;\n".repeat(500)}</script></head><body>`;
  const [first = "", ...rest] = slots;
  const tail = `${rest.join(cards(20))}</body></html>`;
  const filler = PAGE_BYTES - head.length - first.length - tail.length;
  return head + first + cards(Math.ceil(filler / card(100).length)) + tail;
}

const HEADERS = { authorization: "Bearer sk_dev", "content-type": "application/json" };
const BROWSER = {
  accept: "text/html",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
  "sec-fetch-dest": "document",
};

interface Times {
  readonly headersMs: number;
  /** Until the end of the head had come. */
  readonly headMs: number;
  readonly wholeMs: number;
  readonly text: string;
  readonly cookie: string | undefined;
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

function timed(url: string, cookie?: string): Promise<Times> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const headers = { ...BROWSER, ...(cookie === undefined ? {} : { cookie }) };
    const call = request(url, { headers, agent }, (response) => {
      const headersMs = performance.now() - start;
      let headMs = Number.NaN;
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => {
        text += part;
        if (Number.isNaN(headMs) && text.includes("</head>")) headMs = performance.now() - start;
      });
      response.on("end", () => {
        const cookie = response.headers["set-cookie"]?.[0]?.split(";", 1)[0];
        resolve({ headersMs, headMs, wholeMs: performance.now() - start, text, cookie });
      });
      response.on("error", reject);
    });
    call.on("error", reject);
    call.end();
  });
}

async function call(url: string, path: string, init: RequestInit): Promise<void> {
  const response = await fetch(`${url}/_nowcast${path}`, { headers: HEADERS, ...init });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

/** Publishes a catalogue and a snapshot, gives visitors a history, and waits until pages come filled. @returns their cookies */
async function prepare(url: string): Promise<string[]> {
  for (let from = 0; from < ITEMS; from += 1000) {
    const items = Array.from({ length: 1000 }, (_, n) => ({
      id: benchItemId(from + n),
      title: `Item number ${from + n}`,
      url: `/p/${from + n}`,
      image: `/i/${from + n}.svg`,
      price: 10 + (n % 90),
      currency: "EUR",
    }));
    await call(url, "/v1/items", { method: "PUT", body: JSON.stringify({ items }) });
  }
  const { manifest, files } = await randomSnapshot(ITEMS, 20, 1);
  for (const { sha256, file } of sectionFiles({ manifest, files })) {
    await call(url, `/v1/snapshots/sections/${sha256}`, { method: "PUT", body: file as BodyInit });
  }
  await call(url, "/v1/snapshots", { method: "POST", body: JSON.stringify({ manifest }) });
  const cookies: string[] = [];
  for (let visitor = 0; visitor < VISITORS; visitor++) cookies.push((await timed(`${url}/`)).cookie ?? "");
  const events = Array.from({ length: 20 }, (_, n) => ({
    id: `e-${n}`,
    type: "view_item",
    items: [{ id: benchItemId((n * 7919) % ITEMS), price: 12.5 }],
  }));
  for (const cookie of cookies) {
    const headers = { ...HEADERS, authorization: "Bearer pk_dev", cookie };
    await call(url, "/v1/events", { method: "POST", headers, body: JSON.stringify({ events }) });
  }
  let filled = 0;
  for (let n = 0; filled < 3 * VISITORS && n < 3_000; n++) {
    const { text } = await timed(`${url}/`, cookies[n % VISITORS]);
    filled = (text.match(/data-nowcast-state="filled"/g)?.length ?? 0) === SLOTS.length ? filled + 1 : 0;
  }
  if (filled === 0) throw new Error("pages do not come filled");
  return cookies;
}

const page = pageOf();
const persist = mkdtempSync(`${tmpdir()}/nowcast-middleware-`);
say("starting workerd and publishing a catalogue …");
const system = await startBenchSystem(persist, undefined, page);
const { site } = system;
if (site === null) throw new Error("there is no site");
const urls = { origin: site.origin, pass: site.pass, nowcast: system.urls.edge, slow: site.slow };
const times = new Map<keyof typeof urls, Times[]>([
  ["origin", []],
  ["pass", []],
  ["nowcast", []],
  ["slow", []],
]);
const loads = new Map<string, LoadResult[]>([
  ["pass", []],
  ["nowcast", []],
  ["new", []],
  ["cut", []],
]);
try {
  const cookies = await prepare(system.urls.edge);
  const slowCookie = (await timed(`${site.slow}/`)).cookie;
  const cookieOf = (name: keyof BenchSystem["urls"] | string, n: number): string | undefined =>
    name === "nowcast" ? cookies[n % VISITORS] : name === "slow" ? slowCookie : undefined;
  for (const name of ["origin", "pass", "nowcast"] as const) {
    for (let n = 0; n < 100; n++) await timed(`${urls[name]}/`, cookieOf(name, n));
  }
  say("first bytes …");
  for (let n = 0; n < Number(options.requests); n++) {
    for (const name of ["origin", "pass", "nowcast"] as const) {
      times.get(name)?.push(await timed(`${urls[name]}/`, cookieOf(name, n)));
    }
  }
  for (let n = 0; n < Number(options.slow); n++) times.get("slow")?.push(await timed(`${urls.slow}/`, slowCookie));
  const requestOf = (name: string) => (n: number) => ({
    method: "GET" as const,
    path: "/",
    headers: {
      ...BROWSER,
      ...(name === "nowcast" ? { cookie: cookies[n % VISITORS] ?? "" } : {}),
      ...(name === "cut" ? { "sec-gpc": "1" } : {}),
    },
  });
  for (let turn = 1; turn <= Number(options.rounds); turn++) {
    for (const name of ["pass", "cut", "nowcast", "new"]) {
      say(`round ${turn}: throughput, ${name}`);
      const url = name === "pass" ? urls.pass : urls.nowcast;
      const result = await load(url, requestOf(name), { connections: CONNECTIONS, seconds: Number(options.seconds) });
      if (result.failures > 0) throw new Error(`${name}: ${result.failures} requests failed`);
      loads.get(name)?.push(result);
    }
  }
} finally {
  agent.destroy();
  await system.close();
  rmSync(persist, { recursive: true, force: true });
}

function median(name: keyof typeof urls, pick: (times: Times) => number): number {
  return quantile(
    (times.get(name) ?? []).map(pick).sort((a, b) => a - b),
    0.5,
  );
}
function rate(name: string): number {
  const rates = (loads.get(name) ?? []).map(({ requestsPerSecond }) => requestsPerSecond).sort((a, b) => a - b);
  return quantile(rates, 0.5);
}
const filledShare =
  (times.get("nowcast") ?? []).filter(({ text }) => (text.match(/state="filled"/g)?.length ?? 0) === SLOTS.length)
    .length / Number(options.requests);
const headers = (t: Times): number => t.headersMs;
const head = (t: Times): number => t.headMs;
const whole = (t: Times): number => t.wholeMs;
const figures: Figure[] = [
  { name: `page: bytes, ${SLOTS.length} slots`, value: Buffer.byteLength(page), unit: "bytes" },
  bounded("pages of known visitors that came with all slots filled", round(filledShare), "share", "at least", 0.95),
  ...(["origin", "pass", "nowcast", "slow"] as const).flatMap((name): Figure[] => [
    { name: `${name}: first byte, p50`, value: round(median(name, headers)), unit: "ms" },
    { name: `${name}: head, p50`, value: round(median(name, head)), unit: "ms" },
    { name: `${name}: whole page, p50`, value: round(median(name, whole)), unit: "ms" },
  ]),
  {
    name: "first byte added to the origin alone, p50",
    value: round(median("nowcast", headers) - median("origin", headers)),
    unit: "ms",
  },
  bounded(
    "first byte added to a Worker that hands on, p50",
    round(median("nowcast", headers) - median("pass", headers)),
    "ms",
    "at most",
    2,
  ),
  {
    name: "head added to a Worker that hands on, p50",
    value: round(median("nowcast", head) - median("pass", head)),
    unit: "ms",
  },
  bounded(
    "head added to a Worker that hands on, decision of 800 ms, p50",
    round(median("slow", head) - median("pass", head)),
    "ms",
    "at most",
    30,
  ),
  { name: "throughput, a Worker that hands on", value: Math.round(rate("pass")), unit: "pages/s" },
  {
    name: "throughput, Nowcast, nothing to decide (no consent) / hands on",
    value: round(rate("cut") / rate("pass")),
    unit: "ratio",
  },
  { name: "throughput, Nowcast, known visitors", value: Math.round(rate("nowcast")), unit: "pages/s" },
  { name: "throughput, Nowcast, each visitor new", value: Math.round(rate("new")), unit: "pages/s" },
  { name: "throughput, known visitors / hands on", value: round(rate("nowcast") / rate("pass")), unit: "ratio" },
  { name: "throughput, new visitors / hands on", value: round(rate("new") / rate("pass")), unit: "ratio" },
];
printReport(figures, options.json);
