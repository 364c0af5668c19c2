// `npm run bench:memory`: what an isolate of the decision Worker holds with a large catalogue, as the resident set of a workerd
// process that runs nothing else, less that of one with an empty Worker. The empty one carries the same 15 MB of files as data:
// what a process holds of its configuration is not the isolate's. In MB of 2^20 bytes.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { manifestKey, pointerKey, sectionKey } from "../src/snapshot/manifest.ts";
import { sectionFiles } from "../src/training/snapshot-files.ts";
import { decodeAnswer } from "../workers/decision/wire.ts";
import { type RawModule, startRawWorkerd } from "./raw-workerd.ts";
import { bounded, type Figure, printReport } from "./report.ts";
import { benchItemId, randomSnapshot } from "./snapshot.ts";

const { values: options } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    items: { type: "string", default: "250000" },
    "vector-dimensions": { type: "string", default: "32" },
    "content-dimensions": { type: "string", default: "64" },
  },
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
    nonce: [n, n],
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
  const { head, placements } = decodeAnswer(text);
  return { degraded: head.degraded, placements: JSON.parse(placements) as Answer["placements"] };
}

async function emptyMb(files: readonly RawModule[]): Promise<number> {
  const content = readFileSync(`${ROOT}/bench/workers/empty.js`);
  const carried = files.map(({ content }, i): RawModule => ({ name: `file-${i}`, type: "data", content }));
  const workerd = await startRawWorkerd([{ name: "main.js", type: "esModule", content }, ...carried]);
  try {
    for (let n = 0; n < DECISIONS; n++) await (await fetch(workerd.url)).text();
    return workerd.residentMb();
  } finally {
    workerd.close();
  }
}

say(`a snapshot of ${ITEMS} items …`);
const { manifest, files } = await randomSnapshot(ITEMS, NEIGHBOURS, 1, undefined, {
  vectorDimensions: Number(options["vector-dimensions"]),
  contentDimensions: Number(options["content-dimensions"]),
});
const sections = sectionFiles({ manifest, files });
const objects = new Map<string, Uint8Array | string>([
  [manifestKey("default", "1"), JSON.stringify(manifest)],
  ...sections.map(({ sha256, file }): [string, Uint8Array] => [sectionKey(sha256), file]),
]);

say("an empty Worker …");
const bare = await emptyMb([]);
const empty = await emptyMb(decisionModules());
const store = await startStore(objects);
const workerd = await startRawWorkerd(decisionModules(), store.port);
const figures: Figure[] = sections.map(({ name, bytes }) => figure(`section ${name}`, bytes / MB));
figures.push(
  figure("all sections", sections.reduce((sum, { bytes }) => sum + bytes, 0) / MB),
  figure("empty Worker", bare),
  figure("empty Worker that carries the files", empty),
);
try {
  say("the decision Worker …");
  /** Decides until a reason to step down is gone. */
  const without = async (reason: string, pauseMs: number): Promise<void> => {
    for (let n = 0; n < 2_000; n++) {
      if (!(await decide(workerd.url, n)).degraded.includes(reason)) return;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
    throw new Error(`decisions went on with ${reason}`);
  };
  const held = (): number => Number((workerd.residentMb() - empty).toFixed(1));
  for (let n = 0; n < 20; n++) await decide(workerd.url, n);
  figures.push(figure("decision Worker without a snapshot, less the empty one", held()));
  objects.set(pointerKey("default"), JSON.stringify({ champion: "1", challengers: [] }));
  await without("snapshot_cold", 10);
  figures.push(bounded("with the snapshot", held(), "MB", "at most", LIMIT_MB));
  const sources = new Set<string>();
  for (let n = 0; n < DECISIONS; n++) {
    for (const { source } of (await decide(workerd.url, n)).placements.home.items) sources.add(source);
  }
  say(`items came from ${[...sources].join(", ")}`);
  figures.push(bounded(`after ${DECISIONS} decisions`, held(), "MB", "at most", LIMIT_MB));
} finally {
  workerd.close();
  store.close();
}
printReport(figures, options.json);
