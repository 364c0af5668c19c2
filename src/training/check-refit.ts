// What has learned from the whole log is left without a list to measure it on. One thing can be told of it all the same: the lists
// that it has learned from by now it must not rank worse than the candidate did, which had not seen them.
import type { Feature } from "../features/feature.ts";
import { decodeSnapshot } from "../snapshot/snapshot.ts";
import { pairedBootstrap } from "./bootstrap.ts";
import type { HeldOut } from "./held-out.ts";
import { METRICS, measureRankings, rankHeldOut } from "./rank-held-out.ts";
import type { SnapshotFiles } from "./snapshot-files.ts";

export interface RefitCheck {
  readonly metric: string;
  /** What was learned again minus the candidate, on lists that only the former has learned from: no measure of its quality. */
  readonly delta: number;
  readonly ci95: readonly [number, number];
  /** Whether it may be published: it is not worse by more than chance. */
  readonly passed: boolean;
}

/** @param ranked ids as the candidate ranked each list, best first */
export async function checkRefit(
  heldOut: HeldOut,
  ranked: readonly (readonly string[])[],
  refitted: SnapshotFiles,
  features: readonly Feature[],
  seed: number,
  onProgress: (done: number, total: number) => void,
): Promise<RefitCheck> {
  const { protocol, lists } = heldOut;
  const metric = METRICS[protocol][0].name;
  const snapshot = await decodeSnapshot(refitted.manifest, refitted.files);
  const again = await rankHeldOut(heldOut, snapshot, features, { onProgress });
  const measure = (all: readonly (readonly string[])[]) =>
    measureRankings(protocol, lists, all)[metric] as Float64Array;
  const clusters = lists.map(({ visitor }) => visitor);
  const { delta, ci95 } = pairedBootstrap(measure(again), measure(ranked), { seed, clusters });
  return { metric, delta, ci95, passed: ci95[1] >= 0 };
}
