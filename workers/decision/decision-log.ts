// A decision as it is logged whole: what went into it beside what came out. Made for a sample of the decisions and for
// those that ask for it; nobody waits for it.
import { statedContext } from "../../src/features/context.ts";
import { encodeBase64 } from "../../src/kernels/base64.ts";
import type { LoggedCandidate, LoggedDecision, LoggedPlacement } from "../../src/lake/decision-rows.ts";
import type { Workings } from "../../src/ranking/decide.ts";
import type { PlacementResult } from "../../src/ranking/decision.ts";

/** What a decision knows of itself without its workings. */
export interface DecisionFacts
  extends Omit<LoggedDecision, "snapshotId" | "featureHash" | "columns" | "context" | "placements" | "view"> {
  /** Its bytes; empty when none was used. */
  readonly view: Uint8Array;
  /** As the request says it. */
  readonly context: unknown;
  readonly placements: Readonly<Record<string, PlacementResult>>;
}

/** @param workings null when no ranker ranked */
export function loggedDecision(facts: DecisionFacts, workings: Workings | null): LoggedDecision {
  const manifest = workings?.ranker.snapshot.manifest;
  return {
    ...facts,
    view: encodeBase64(facts.view),
    snapshotId: manifest?.id ?? "",
    featureHash: manifest?.featureHash ?? "",
    columns: workings?.ranker.features.width ?? 0,
    context: statedContext(facts.context),
    placements: Object.entries(facts.placements).map(([name, result]) => loggedPlacement(name, result, workings)),
  };
}

function loggedPlacement(name: string, { strategy, items }: PlacementResult, workings: Workings | null) {
  const span = workings?.spans.find((span) => span.name === name);
  const { from, to, query, pruned } = span ?? { from: 0, to: 0, query: "", pruned: 0 };
  const width = workings?.ranker.features.width ?? 0;
  const ranks = ranksOf(items);
  const scored = (workings?.candidates ?? [])
    .slice(from, to)
    .map((candidate): LoggedCandidate => ({ ...candidate, rank: ranks.get(candidate.id)?.shift() ?? -1 }));
  const mark = pruned > 0 ? { pruned: true } : {};
  const unscored = items.flatMap(({ id, source }): LoggedCandidate[] =>
    (ranks.get(id) ?? []).splice(0).map((rank) => ({ id, source, position: -1, relevance: 0, rank, ...mark })),
  );
  return {
    name,
    query,
    strategy,
    candidates: [...scored, ...unscored],
    features: workings?.matrix.subarray(from * width, to * width) ?? new Float32Array(0),
    scores: workings?.scores.subarray(from, to) ?? new Float32Array(0),
  } satisfies LoggedPlacement;
}

/** Id → its places in the answer: a caller may have an item ranked twice. */
function ranksOf(items: PlacementResult["items"]): Map<string, number[]> {
  const ranks = new Map<string, number[]>();
  items.forEach(({ id }, rank) => {
    ranks.set(id, [...(ranks.get(id) ?? []), rank]);
  });
  return ranks;
}
