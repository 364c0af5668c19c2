// The whole system on workerd without the dev server: the bundles of `npm run build`, Miniflare's R2, KV and queue, and
// a socket straight into each Worker that is measured (Miniflare's own entry Worker is not on the way).
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare, type V4WorkerOptions } from "miniflare";
import { unstable_getMiniflareWorkerOptions as optionsOf } from "wrangler";
import { WORKERS } from "../scripts/workers.ts";

const ROOT = `${import.meta.dirname}/..`;

export interface BenchSystem {
  /** Base URL of a Worker by its name in this file or in WORKERS. */
  readonly urls: Readonly<Record<"empty" | "hop" | "writer" | "edge", string>>;
  /** The same for a page and what stands in front of it; null without one. */
  readonly site: Readonly<Record<"origin" | "pass" | "slow", string>> | null;
  close(): Promise<void>;
}

/**
 * @param keys API keys of the edge, when not those of a developer's machine
 * @param page what a Worker answers with, for the edge to stand in front of: with its own decisions, and with ones of 800 ms
 * @throws Error when the bundles are not there: `npm run build` makes them
 */
export async function startBenchSystem(persist: string, keys?: string, page?: string): Promise<BenchSystem> {
  // wrangler tells on standard output that it read .dev.vars: there stands nothing but the report.
  process.env.WRANGLER_LOG = "error";
  const date = "2026-08-01";
  const socket = [{ host: "127.0.0.1", port: 0 }];
  const bench = (name: string, rest: Partial<V4WorkerOptions> = {}): V4WorkerOptions =>
    ({
      name: `bench-${name}`,
      compatibilityDate: date,
      modules: [
        { type: "ESModule", path: `${name}.js`, contents: readFileSync(`${ROOT}/bench/workers/${name}.js`, "utf8") },
      ],
      unsafeDirectSockets: socket,
      ...rest,
    }) as V4WorkerOptions;
  const reader = { className: "Numbers", scriptName: "bench-reader", useSQLite: true };
  const rows = { className: "Rows", scriptName: "bench-reader", useSQLite: true };
  const port = page === undefined ? 0 : await freePort();
  const vars = {
    ...(keys === undefined ? {} : { NOWCAST_KEYS: keys }),
    ...(port === 0 ? {} : { ORIGIN: `http://127.0.0.1:${port}` }),
  };
  const product = (name: string, rest: Partial<V4WorkerOptions> = {}): V4WorkerOptions => {
    const worker = WORKERS.find((worker) => worker.name === name) as (typeof WORKERS)[number];
    return {
      ...productWorker(worker, name === "edge" ? socket : [], name === "edge" ? vars : {}),
      ...rest,
    } as V4WorkerOptions;
  };
  const site =
    page === undefined
      ? []
      : [
          bench("page", { bindings: { PAGE: page }, unsafeDirectSockets: [{ host: "127.0.0.1", port }] } as object),
          bench("pass", { bindings: { ORIGIN: `http://127.0.0.1:${port}` } }),
          bench("slow-decision"),
          { ...product("edge"), name: "bench-slow", serviceBindings: slowly(product("edge")) } as V4WorkerOptions,
        ];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      kvPersist: `${persist}/kv`,
      r2Persist: `${persist}/r2`,
      durableObjectsPersist: `${persist}/do`,
      workers: [
        ...WORKERS.map(({ name }) => product(name)),
        ...site,
        bench("empty"),
        bench("hop", { serviceBindings: { READER: { name: "bench-reader", entrypoint: "Reader" } } }),
        bench("reader", { durableObjects: { NUMBERS: reader, ROWS: rows } }),
        bench("writer", { durableObjects: { ROWS: rows } }),
      ],
    }),
  );
  await miniflare.ready;
  const edge = WORKERS.find(({ name }) => name === "edge");
  const url = async (name: string): Promise<string> =>
    String(await miniflare.unsafeGetDirectURL(name)).replace(/\/$/, "");
  return {
    urls: {
      empty: await url("bench-empty"),
      hop: await url("bench-hop"),
      writer: await url("bench-writer"),
      edge: await url(deployedName(edge?.config ?? "")),
    },
    site:
      page === undefined
        ? null
        : { origin: `http://127.0.0.1:${port}`, pass: await url("bench-pass"), slow: await url("bench-slow") },
    close: () => miniflare.dispose(),
  };
}

/** The bindings of the edge Worker with a decision Worker that takes 800 ms. */
function slowly({ serviceBindings }: V4WorkerOptions): NonNullable<V4WorkerOptions["serviceBindings"]> {
  return { ...serviceBindings, DECISION: { name: "bench-slow-decision", entrypoint: "Decision" } };
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

function deployedName(config: string): string {
  const name = /^name = "(.+)"$/m.exec(readFileSync(`${ROOT}/${config}`, "utf8"))?.[1];
  if (name === undefined) throw new Error(`${config} has no name`);
  return name;
}

/** A Worker of the product: its real configuration around its built bundle. */
function productWorker(
  { name, config }: (typeof WORKERS)[number],
  sockets: object[],
  vars: Readonly<Record<string, string>>,
): V4WorkerOptions {
  const { workerOptions } = optionsOf(`${ROOT}/${config}`);
  const dir = `${ROOT}/dist/${name}`;
  const modules = readdirSync(dir)
    .filter((file) => file.endsWith(".wasm"))
    .map((file) => ({ type: "CompiledWasm" as const, path: file, contents: readFileSync(`${dir}/${file}`) }));
  // Without the assets of /docs: Miniflare would put its asset router, two Workers more, before every request.
  const { modulesRules: _, assets: __, bindings, ...options } = workerOptions as Record<string, unknown>;
  return {
    ...options,
    bindings: { ...(bindings as object), ...vars },
    name: deployedName(config),
    modules: [{ type: "ESModule", path: "index.js", contents: readFileSync(`${dir}/index.js`, "utf8") }, ...modules],
    unsafeDirectSockets: sockets,
  } as unknown as V4WorkerOptions;
}
