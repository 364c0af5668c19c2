// Everything that must hold before a change goes in: format and lint, types, generated bindings, tests, Worker builds.
// Every step runs, so that one call shows all that is wrong.
//   --no-tests       leaves the tests out, when they have just run (NOWCAST_TESTED=1 does the same)
//   --report <file>  writes {"passed", "failed"}, the numbers of steps, as JSON
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { run } from "./run.ts";

interface Step {
  readonly name: string;
  readonly command: readonly [program: string, ...args: string[]];
}

const { values: options } = parseArgs({
  options: { "no-tests": { type: "boolean", default: false }, report: { type: "string" } },
});
const tested = options["no-tests"] || process.env.NOWCAST_TESTED === "1";

// biome takes CI for a terminal and colours every letter.
const colors = process.stdout.isTTY ? [] : ["--colors=off"];

const steps: readonly Step[] = [
  { name: "format and lint", command: ["biome", "ci", "--error-on-warnings", ...colors, "."] },
  { name: "types of the Workers", command: ["tsc", "-p", "tsconfig.json"] },
  { name: "types of the Node programs", command: ["tsc", "-p", "tsconfig.node.json"] },
  { name: "types of what runs in a browser", command: ["tsc", "-p", "tsconfig.browser.json"] },
  { name: "types of the examples", command: ["tsc", "-p", "tsconfig.examples.json"] },
  { name: "generated bindings", command: ["node", "scripts/env-types.ts", "--check"] },
  ...(tested ? [] : [{ name: "tests", command: ["vitest", "run"] } satisfies Step]),
  { name: "the package", command: ["node", "scripts/build-package.ts"] },
  { name: "Worker builds", command: ["node", "scripts/build-workers.ts"] },
];

const lines: string[] = [];
let failed = 0;
for (const { name, command } of steps) {
  console.log(`\n▶ ${name}: ${command.join(" ")}`);
  const [program, ...args] = command;
  const startedAt = performance.now();
  const { ok } = run(program, args);
  if (!ok) failed++;
  lines.push(`${ok ? "passed" : "FAILED"}  ${name} (${((performance.now() - startedAt) / 1000).toFixed(1)} s)`);
  console.log(lines.at(-1));
}

console.log(`\n${lines.join("\n")}${tested ? "\nleft out tests" : ""}`);
if (options.report !== undefined) {
  writeFileSync(options.report, JSON.stringify({ passed: steps.length - failed, failed }));
}
process.exitCode = failed > 0 ? 1 : 0;
