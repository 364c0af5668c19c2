// The local server: wrangler with all four Workers, as a child process that goes when we go.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeSiteWorker } from "./site-worker.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The first has HTTP; the others answer through it. */
export const CONFIGS = [
  "wrangler.toml",
  "durable-objects/wrangler.toml",
  "workers/decision/wrangler.toml",
  "workers/lake/wrangler.toml",
];

/** A site behind Nowcast, on two more ports that lead to the same server (`openSecondPort`). */
export interface SitePorts {
  /** Of the site through Nowcast. */
  readonly site: number;
  /** Of the site alone, which is the origin. */
  readonly origin: number;
}

export interface ServerOptions {
  readonly port: number;
  /** Folder of the local R2, KV and object storage. */
  readonly persist: string;
  /** `inherit` shows what the Workers report as errors (with NOWCAST_DEBUG everything), `ignore` hides it. */
  readonly output: "inherit" | "ignore";
  /** Variables of the edge Worker; not with the shop. */
  readonly vars?: Readonly<Record<string, string>>;
  /** With the demo shop behind Nowcast; without it the API alone. */
  readonly shop?: SitePorts;
}

/** Starts wrangler; it is ready when /healthz answers. */
export function spawnServer({ port, persist, output, vars = {}, shop }: ServerOptions): ChildProcess {
  const debug = (process.env.NOWCAST_DEBUG ?? "") !== "";
  const configs = shop === undefined ? CONFIGS : configsWithShop(persist, shop);
  const args = ["dev", ...configs.flatMap((config) => ["-c", config])];
  // They are those of the first Worker, which knows the others by their ports.
  const ports = shop === undefined ? {} : { SITE_PORT: shop.site, SHOP_PORT: shop.origin };
  args.push(...Object.entries({ ...vars, ...ports }).flatMap(([name, value]) => ["--var", `${name}:${value}`]));
  args.push("--ip", "127.0.0.1", "--port", String(port), "--persist-to", persist, "--inspector-port", "0");
  args.push("--log-level", debug ? "log" : "error", "--show-interactive-dev-session=false");
  // wrangler's own program and not the small one that starts it: a signal, or the end of the channel, must reach it.
  const wrangler = join(ROOT, "node_modules/wrangler/wrangler-dist/cli.js");
  const guard = new URL("end-with-parent.ts", import.meta.url).href;
  return spawn(process.execPath, ["--no-warnings", "--import", guard, wrangler, ...args], {
    cwd: ROOT,
    stdio: ["ignore", output, output, "ipc"],
    env: { ...process.env, ...quiet(persist) },
  });
}

function configsWithShop(persist: string, { origin }: SitePorts): string[] {
  const site = writeSiteWorker(ROOT, join(persist, "site"), `http://localhost:${origin}`);
  return ["cli/dev/doors.toml", ...CONFIGS, site, "examples/storefront/wrangler.toml"];
}

/** Asks nothing of a person or of the network, and leaves nothing outside of the repository. */
function quiet(persist: string): Record<string, string> {
  return {
    CI: "1",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    WRANGLER_LOG_PATH: join(ROOT, ".wrangler/logs"),
    // Where wranglers find each other's Workers: two of them on one machine must not mix theirs.
    WRANGLER_REGISTRY_PATH: join(persist, "registry"),
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    // wrangler 4.156.2 traces every call into a database of its own, and fills the terminal with "tail session was
    // canceled" when it cannot follow.
    X_LOCAL_OBSERVABILITY: "false",
    X_LOCAL_EXPLORER: "false",
  };
}

/** Resolves when the server answers. @throws Error when it ends before, or after `timeoutMs` */
export async function untilHealthy(url: string, server: ChildProcess, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (server.exitCode !== null || server.signalCode !== null) {
      throw new Error(`wrangler ended with ${server.exitCode ?? server.signalCode}; NOWCAST_DEBUG=1 shows why`);
    }
    if (await isHealthy(url)) return;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`the server did not answer on ${url} within ${timeoutMs / 1000} s`);
}

/** Whether a Nowcast answers there. */
export async function isHealthy(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(10_000) });
    return answer.ok && "status" in ((await answer.json()) as object);
  } catch {
    return false;
  }
}

/** The port if nobody listens on it on this machine, else null; port 0 asks for a free one. */
export function freePort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(null));
    probe.listen(port, "127.0.0.1", () => {
      const address = probe.address();
      const found = typeof address === "object" && address !== null ? address.port : port;
      probe.close(() => resolve(found));
    });
  });
}
