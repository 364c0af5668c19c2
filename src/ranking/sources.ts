// Candidate sources: each puts item indices of the snapshot forward, best first. They share one contract, so that a new
// one is a new entry of the list.
import type { Evidence } from "../features/evidence.ts";
import { topK } from "../kernels/top-k.ts";
import { dotAt, dotRows } from "../kernels/vectors.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";

export interface SourceInput {
  readonly snapshot: Snapshot;
  readonly evidence: Evidence;
  /** Snapshot indices of the items that the page is about. */
  readonly contextIndex: readonly number[];
}

export interface CandidateSource {
  readonly name: string;
  /** At most `limit` snapshot indices without repeats, best first; may be empty. */
  find(input: SourceInput, limit: number): Iterable<number>;
}

/** Items that go together with what was just touched, and with the page's own items first of all. */
const neighbours: CandidateSource = {
  name: "neighbours",
  find({ snapshot, evidence, contextIndex }, limit) {
    const k = snapshot.manifest.neighbours;
    const support = new Map<number, number>();
    const add = (seed: number, weight: number): void => {
      for (let at = seed * k; at < seed * k + k; at++) {
        const id = snapshot.neighbourIds[at] as number;
        if (id < 0) break;
        support.set(id, (support.get(id) ?? 0) + (snapshot.neighbourWeights[at] as number) * weight);
      }
    };
    for (const seed of contextIndex) add(seed, 4);
    evidence.touchedIndex.forEach((seed, rank) => {
      add(seed, (evidence.touchedWeight[rank] as number) / (1 + rank));
    });
    const ids = [...support.keys()];
    const scores = Float64Array.from(support.values());
    return Array.from(topK(scores, limit), (row) => ids[row] as number);
  },
};

/** The nearest items to the visitor's taste in one space of vectors; nothing for a visitor without touches. */
function nearest(name: string, space: "behaviour" | "content"): CandidateSource {
  return {
    name,
    find({ snapshot, evidence, contextIndex }, limit) {
      const dimensions =
        space === "behaviour" ? snapshot.manifest.vectorDimensions : snapshot.manifest.contentDimensions;
      const matrix = space === "behaviour" ? snapshot.vectors : snapshot.content;
      const taste = space === "behaviour" ? evidence.behaviourTaste : evidence.contentTaste;
      const seed = contextIndex[0];
      const query = seed === undefined ? taste : matrix.subarray(seed * dimensions, (seed + 1) * dimensions);
      if (dotAt(query, 0, query, 0, dimensions) === 0) return [];
      const scores = new Float32Array(snapshot.ids.length);
      dotRows(query, matrix, dimensions, scores);
      return topK(scores, limit);
    },
  };
}

const popular: CandidateSource = {
  name: "popular",
  find({ snapshot }, limit) {
    return snapshot.byPopularity.subarray(0, limit);
  },
};

/** In the order in which they are asked; an item is credited to the first that finds it. */
export const SOURCES: readonly CandidateSource[] = [
  neighbours,
  nearest("similar_behaviour", "behaviour"),
  nearest("similar_content", "content"),
  popular,
];
