// workerd as a process of its own around one Worker, without Miniflare and its helpers: for what must be told of the process.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RawModule {
  readonly name: string;
  /** data: carried along, nothing that runs. */
  readonly type: "esModule" | "wasm" | "data";
  readonly content: string | Uint8Array;
}

export interface RawWorkerd {
  readonly url: string;
  /** Resident set of the process, in MB. */
  residentMb(): number;
  close(): void;
}

/** @param modules the main one first; @param store port of a server on this machine, bound as STORE */
export async function startRawWorkerd(modules: readonly RawModule[], store?: number): Promise<RawWorkerd> {
  const dir = mkdtempSync(join(tmpdir(), "nowcast-workerd-"));
  const listed = modules.map(({ name, type, content }, i) => {
    writeFileSync(join(dir, `module-${i}`), content);
    return `(name = "${name}", ${type} = embed "module-${i}")`;
  });
  const bindings = store === undefined ? "" : `(name = "STORE", service = "store")`;
  writeFileSync(
    join(dir, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "store", external = (address = "127.0.0.1:${store ?? 9}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [${listed.join(", ")}],
  compatibilityDate = "2026-08-01",
  bindings = [${bindings}],
);
`,
  );
  const { default: workerd } = createRequire(import.meta.url)("workerd") as { readonly default: string };
  // Parsing a text with 15 MB of modules in it would leave 70 MB of the parser's own in the process.
  const config = execFileSync(workerd, ["compile", "--config-only", join(dir, "config.capnp")], { maxBuffer: 2 ** 30 });
  writeFileSync(join(dir, "config.bin"), config);
  const child = spawn(workerd, ["serve", "--binary", join(dir, "config.bin"), "--control-fd=3"], {
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  const port = await listening(child);
  return {
    url: `http://127.0.0.1:${port}`,
    residentMb: () => Number(execFileSync("ps", ["-o", "rss=", "-p", String(child.pid)], { encoding: "utf8" })) / 1024,
    close() {
      child.kill();
      rmSync(dir, { recursive: true });
    },
  };
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdio[3]?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const port = /"event":"listen".*?"port":(\d+)/.exec(text)?.[1];
      if (port !== undefined) resolve(Number(port));
    });
    child.once("exit", (code) => reject(new Error(`workerd ended with ${code} before it listened`)));
  });
}
