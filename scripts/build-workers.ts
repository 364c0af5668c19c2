// Builds every Worker into dist/<name> as a deploy would, reports the sizes and fails when a bundle breaks a rule of
// scripts/bundle.ts. --json prints the report for programs.
import { rmSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Bundle, bundleProblems, RAW_BUDGETS, readBundle } from "./bundle.ts";
import { ROOT, run } from "./run.ts";
import { WORKERS, type WorkerProject } from "./workers.ts";

/** @throws Error with what wrangler said when the build fails */
function build(worker: WorkerProject): Bundle {
  // wrangler takes a relative outdir relative to the configuration.
  const outdir = resolve(ROOT, "dist", worker.name);
  rmSync(outdir, { recursive: true, force: true });
  const args = ["deploy", "--dry-run", "--metafile", "--outdir", outdir, "--config", resolve(ROOT, worker.config)];
  const { ok, output } = run("wrangler", args, true);
  if (!ok) throw new Error(`${worker.name} does not build:\n${output}`);
  return readBundle(worker.name, outdir);
}

function table(bundles: readonly Bundle[]): string {
  const kilobytes = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
  const rows = bundles.map((bundle) => [
    bundle.worker,
    kilobytes(bundle.codeBytes),
    kilobytes(bundle.wasmBytes),
    kilobytes(bundle.codeBytes + bundle.wasmBytes),
    kilobytes(bundle.gzipBytes),
    kilobytes(RAW_BUDGETS[bundle.worker]),
  ]);
  const lines = [["Worker", "code", "wasm", "raw", "gzip", "budget"], ...rows];
  return lines
    .map((cells) => cells.map((cell, column) => (column === 0 ? cell.padEnd(16) : cell.padStart(12))).join(""))
    .join("\n");
}

const { values: options } = parseArgs({ options: { json: { type: "boolean", default: false } } });

const bundles: Bundle[] = [];
const problems: string[] = [];
for (const worker of WORKERS) {
  try {
    const bundle = build(worker);
    bundles.push(bundle);
    problems.push(...bundleProblems(bundle));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
}

if (options.json) {
  console.log(JSON.stringify({ bundles, problems }, null, 2));
} else {
  console.log(table(bundles));
  for (const problem of problems) console.error(problem);
}
process.exitCode = problems.length > 0 ? 1 : 0;
