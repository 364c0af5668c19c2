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
