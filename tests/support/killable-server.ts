// A Nowcast of its own process, which tests may kill without warning: nothing is flushed, nobody says goodbye.
import type { ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { freePort, spawnServer, untilHealthy } from "../../cli/dev/local-server.ts";

export class KillableServer {
  readonly url: string;
  readonly #port: number;
  readonly #persist: string;
  #child: ChildProcess | null = null;

  private constructor(port: number, persist: string) {
    this.#port = port;
    this.#persist = persist;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** @param persist folder that keeps the state from one life to the next */
  static async start(persist: string): Promise<KillableServer> {
    const server = new KillableServer((await freePort(0)) ?? 0, persist);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    this.#child = spawnServer({ port: this.#port, persist: this.#persist, output: "ignore" });
    await untilHealthy(this.url, this.#child, 60_000);
  }

  /** SIGKILL for workerd, then for wrangler, which would only report the loss. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (child?.pid === undefined) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    const workerds = descendants(child.pid).filter(({ command }) => command.includes("workerd"));
    if (workerds.length === 0) throw new Error("there is no workerd to kill");
    for (const { pid } of workerds) process.kill(pid, "SIGKILL");
    for (const { pid } of descendants(child.pid)) tryKill(pid);
    child.kill("SIGKILL");
    await gone;
    this.#child = null;
  }
}

function tryKill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It went with its parent.
  }
}

/** Processes below `root`, by /proc. */
function descendants(root: number): { pid: number; command: string }[] {
  const processes = readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      return [{ pid: Number(entry), parent, command: readFileSync(`/proc/${entry}/cmdline`, "utf8") }];
    } catch {
      return [];
    }
  });
  const found = new Set([root]);
  for (let grown = true; grown; ) {
    const before = found.size;
    for (const { pid, parent } of processes) if (found.has(parent)) found.add(pid);
    grown = found.size > before;
  }
  return processes.filter(({ pid }) => pid !== root && found.has(pid));
}
