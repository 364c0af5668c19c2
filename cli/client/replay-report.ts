// How a running system conducted itself during a replay: how fast decisions came and how often one stepped down.
import type { QuestionDecision } from "./ask-question.ts";

export interface Conduct {
  readonly decisions: number;
  readonly strategies: Readonly<Record<string, number>>;
  readonly snapshots: Readonly<Record<string, number>>;
  /** Decisions that stepped down when first asked, and those that still did when asked again, by reason. */
  readonly degraded: {
    readonly first: number;
    readonly remaining: number;
    readonly firstByReason: Readonly<Record<string, number>>;
    readonly remainingByReason: Readonly<Record<string, number>>;
  };
  /** Of the first answers, for the client, in milliseconds. */
  readonly latency: { readonly p50: number; readonly p99: number; readonly max: number };
}

export function conductOf(decisions: readonly QuestionDecision[]): Conduct {
  const sorted = Float64Array.from(decisions, ({ milliseconds }) => milliseconds).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  const count = (of: (decision: QuestionDecision) => readonly string[]): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const name of decisions.flatMap((decision) => [...new Set(of(decision))])) {
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };
  return {
    decisions: decisions.length,
    strategies: count(({ strategy }) => [strategy]),
    snapshots: count(({ snapshot }) => [snapshot]),
    degraded: {
      first: decisions.filter(({ degradedAtFirst }) => degradedAtFirst.length > 0).length,
      remaining: decisions.filter(({ degraded }) => degraded.length > 0).length,
      firstByReason: count(({ degradedAtFirst }) => degradedAtFirst),
      remainingByReason: count(({ degraded }) => degraded),
    },
    latency: { p50: at(0.5), p99: at(0.99), max: at(1) },
  };
}
