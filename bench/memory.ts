// `npm run bench:memory`: what an isolate of the decision Worker holds with a large catalogue, as the resident set of a workerd
// process that runs nothing else, less that of one with an empty Worker. In MB of 2^20 bytes.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { manifestKey, pointerKey, sectionKey } from "../src/snapshot/manifest.ts";
import { sectionFiles } from "../src/training/snapshot-files.ts";
import { type RawModule, startRawWorkerd } from "./raw-workerd.ts";
import { bounded, type Figure, printReport } from "./report.ts";
import { benchItemId, randomSnapshot } from "./snapshot.ts";

const { values: options } = parseArgs({
  options: { json: { type: "boolean", default: false }, items: { type: "string", default: "250000" } },
});
const ITEMS = Number(options.items);
const NEIGHBOURS = 20;
const DECISIONS = 300;
const LIMIT_MB = 100;
const ROOT = `${import.meta.dirname}/..`;
const MB = 2 ** 20;

const say = (text: string): void => void process.stderr.write(`${text}\n`);
const figure = (name: string, value: number): Figure => ({ name, value: Number(value.toFixed(1)), unit: "MB" });

/** Keys of R2 and KV over HTTP. */
async function startStore(objects: ReadonlyMap<string, Uint8Array | string>) {
  const server = createServer((request, response) => {
    const object = objects.get(decodeURIComponent((request.url ?? "/").slice(1)));
    response.statusCode = object === undefined ? 404 : 200;
    response.end(object);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

function decisionModules(): RawModule[] {
  const dir = `${ROOT}/dist/decision`;
  const wasm = readdirSync(dir).filter((file) => file.endsWith(".wasm"));
  return [
    { name: "main.js", type: "esModule", content: readFileSync(`${ROOT}/bench/workers/decision-alone.js`) },
    { name: "index.js", type: "esModule", content: readFileSync(`${dir}/index.js`) },
    ...wasm.map((file): RawModule => ({ name: file, type: "wasm", content: readFileSync(`${dir}/${file}`) })),
  ];
}

interface Answer {
  readonly degraded: readonly string[];
  readonly placements: { readonly home: { readonly items: readonly { readonly source: string }[] } };
}

/** A visitor who touched four items, different ones each time. */
async function decide(url: string, n: number): Promise<Answer> {
  const now = 1_732_280_000_000 + n * 1000;
  const touches = Array.from({ length: 4 }, (_, i) => [benchItemId((n * 7919 + i * 104_729) % ITEMS), i * 30]);
  const body = JSON.stringify({
    site: "default",
    visitor: `visitor-${n}`,
    mayPersonalize: true,
    event: null,
    digest: { at: now, touches },
    placements: { home: { type: "recommend", count: 12 } },
    now,
    explain: false,
  });
  const response = await fetch(url, { method: "POST", body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return JSON.parse(text) as Answer;
}

async function emptyMb(): Promise<number> {
  const content = readFileSync(`${ROOT}/bench/workers/empty.js`);
  const workerd = await startRawWorkerd([{ name: "main.js", type: "esModule", content }]);
  try {
    for (let n = 0; n < DECISIONS; n++) await (await fetch(workerd.url)).text();
    return workerd.residentMb();
  } finally {
    workerd.close();
  }
}

say(`a snapshot of ${ITEMS} items …`);
const { manifest, files } = await randomSnapshot(ITEMS, NEIGHBOURS, 1);
const sections = sectionFiles({ manifest, files });
const objects = new Map<string, Uint8Array | string>([
  [manifestKey("default", "1"), JSON.stringify(manifest)],
  [pointerKey("default"), JSON.stringify({ champion: "1", challengers: [] })],
  ...sections.map(({ sha256, file }): [string, Uint8Array] => [sectionKey(sha256), file]),
]);

say("an empty Worker …");
const empty = await emptyMb();
const store = await startStore(objects);
const workerd = await startRawWorkerd(decisionModules(), store.port);
const figures: Figure[] = sections.map(({ name, bytes }) => figure(`section ${name}`, bytes / MB));
figures.push(
  figure("all sections", sections.reduce((sum, { bytes }) => sum + bytes, 0) / MB),
  figure("empty Worker", empty),
);
try {
  say("the decision Worker …");
  const without = async (cold: readonly string[]): Promise<void> => {
    for (let n = 0; n < 600; n++) {
      const { degraded } = await decide(workerd.url, n);
      if (!cold.some((reason) => degraded.includes(reason))) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`decisions went on without ${cold.join(", ")}`);
  };
  await without(["snapshot_cold"]);
  figures.push(figure("decision Worker, snapshot just loaded, less the empty one", workerd.residentMb() - empty));
  await without(["onnx_cold"]);
  const sources = new Set<string>();
  for (let n = 0; n < DECISIONS; n++) {
    for (const { source } of (await decide(workerd.url, n)).placements.home.items) sources.add(source);
  }
  say(`items came from ${[...sources].join(", ")}`);
  const mb = workerd.residentMb() - empty;
  figures.push(
    bounded(`the same with ONNX warm, after ${DECISIONS} decisions`, Number(mb.toFixed(1)), "MB", "at most", LIMIT_MB),
  );
} finally {
  workerd.close();
  store.close();
}
printReport(figures, options.json);
