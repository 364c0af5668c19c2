// How every benchmark reports: figures with their targets, the machine, the commit; as a table or as one JSON object.
import { execFileSync } from "node:child_process";
import { cpus, totalmem } from "node:os";

export interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it should be, where there is a target. */
  readonly target?: string;
  readonly holds?: boolean;
}

export interface BenchReport {
  readonly figures: readonly Figure[];
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGiB: number; readonly node: string };
  readonly commit: string;
}

export function benchReport(figures: readonly Figure[]): BenchReport {
  return {
    figures,
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
    },
    commit: execFileSync("git", ["rev-parse", "--short", "HEAD"], { encoding: "utf8" }).trim(),
  };
}

/** Prints figures as a table or as one JSON object, and sets the exit code: 1 when a target is missed. */
export function printReport(figures: readonly Figure[], json: boolean): void {
  if (json) process.stdout.write(`${JSON.stringify(benchReport(figures))}\n`);
  else {
    for (const { name, value, unit, target, holds } of figures) {
      const verdict = target === undefined ? "" : `   ${holds ? "holds" : "FAILS"}: ${target}`;
      process.stdout.write(`${name.padEnd(62)}${String(value).padStart(12)} ${unit}${verdict}\n`);
    }
  }
  process.exitCode = figures.every(({ holds }) => holds !== false) ? 0 : 1;
}

/** A figure with a bound. */
export function bounded(
  name: string,
  value: number,
  unit: string,
  bound: "at least" | "at most",
  limit: number,
): Figure {
  const holds = bound === "at least" ? value >= limit : value <= limit;
  return { name, value, unit, target: `${bound} ${limit}`, holds };
}
