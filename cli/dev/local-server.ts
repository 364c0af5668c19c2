// The local server: wrangler with all four Workers, as a child process that goes when we go.
import { type ChildProcess, spawn } from "node:child_process";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The first has HTTP; the others answer through it. */
export const CONFIGS = [
  "wrangler.toml",
  "durable-objects/wrangler.toml",
  "workers/decision/wrangler.toml",
  "workers/lake/wrangler.toml",
];

export interface ServerOptions {
  readonly port: number;
  /** Folder of the local R2, KV and object storage. */
  readonly persist: string;
  /** `inherit` shows what the Workers log, `ignore` hides it. */
  readonly output: "inherit" | "ignore";
}

/** Starts wrangler; it is ready when /healthz answers. */
export function spawnServer({ port, persist, output }: ServerOptions): ChildProcess {
  const args = ["dev", ...CONFIGS.flatMap((config) => ["-c", config])];
  args.push("--ip", "127.0.0.1", "--port", String(port), "--persist-to", persist);
  args.push("--log-level", "error", "--show-interactive-dev-session=false", "--inspector-port", "0");
  return spawn(process.execPath, [`${ROOT}node_modules/wrangler/bin/wrangler.js`, ...args], {
    cwd: ROOT,
    stdio: ["ignore", output, output],
    env: {
      ...process.env,
      CI: "1",
      WRANGLER_SEND_METRICS: "false",
      WRANGLER_HIDE_BANNER: "true",
      // Nothing is asked of the network.
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
    },
  });
}

/** Resolves when the server answers. @throws Error when it ends before, or after `timeoutMs` */
export async function untilHealthy(url: string, server: ChildProcess, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (server.exitCode !== null)
      throw new Error(`wrangler ended with code ${server.exitCode}; NOWCAST_DEBUG=1 shows why`);
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((resolve) => setTimeout(resolve, 150));
  }
  throw new Error(`the server did not answer on ${url} within ${timeoutMs / 1000} s`);
}

/** Whether nobody listens on a port of this machine; port 0 asks for a free one. */
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
