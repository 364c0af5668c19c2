#!/usr/bin/env node
// Starts the command line on the Node that the project pins (the `node` package), whatever Node started this file:
// cli/nowcast.ts is TypeScript, which older ones cannot run. Plain JavaScript for that reason.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { constants } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const OLDEST = 24;
const entry = fileURLToPath(new URL("./nowcast.ts", import.meta.url));

if (Number(process.versions.node.split(".")[0]) >= OLDEST) {
  await import("./nowcast.ts");
} else {
  const node = pinnedNode();
  if (node === undefined) {
    console.error(`nowcast: needs Node ${OLDEST} or later, or the \`node\` package that \`npm ci\` installs`);
    process.exit(1);
  }
  const child = spawn(node, [entry, ...process.argv.slice(2)], { stdio: "inherit" });
  // A terminal sends its signals to both processes; the child decides when to end. Those sent to this one go on.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("error", (error) => {
    console.error(`nowcast: ${error.message}`);
    process.exit(1);
  });
  child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** @returns {string | undefined} */
function pinnedNode() {
  try {
    const folder = dirname(createRequire(import.meta.url).resolve("node/package.json"));
    const binary = join(folder, "bin", process.platform === "win32" ? "node.exe" : "node");
    return existsSync(binary) ? binary : undefined;
  } catch {
    return undefined;
  }
}
