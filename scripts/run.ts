// Runs a program of node_modules/.bin from the root of the repository, with Node 24 and without wrangler's extras.
import { spawnSync } from "node:child_process";
import { delimiter, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..");

export interface RunResult {
  readonly ok: boolean;
  /** What it printed, both streams; empty when it wrote straight to the terminal. */
  readonly output: string;
}

/** @param quiet collect the output instead of showing it; @param input what it reads, nothing by default */
export function run(command: string, args: readonly string[], quiet = false, input?: string): RunResult {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: ROOT,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
    ...(input === undefined ? {} : { input }),
    stdio: [input === undefined ? "ignore" : "pipe", quiet ? "pipe" : "inherit", quiet ? "pipe" : "inherit"],
    env: {
      ...process.env,
      PATH: [resolve(ROOT, "node_modules/.bin"), process.env.PATH].join(delimiter),
      ...(process.stdout.isTTY ? {} : { NO_COLOR: "1" }),
      WRANGLER_HIDE_BANNER: "true",
      WRANGLER_SEND_ERROR_REPORTS: "false",
      WRANGLER_SEND_METRICS: "false",
    },
  });
  return { ok: status === 0, output: [stdout, stderr, error?.message].filter(Boolean).join("\n") };
}
