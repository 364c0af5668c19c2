// Which of two snapshots ranks the better, on lists that neither learned from: what publication asks before it puts a new
// one in the champion's place. The difference is paired by list and drawn by visitor, so that it is told from chance.
import type { Feature } from "../features/feature.ts";
import type { SnapshotManifest } from "../snapshot/manifest.ts";
import type { Snapshot } from "../snapshot/snapshot.ts";
import { SnapshotError } from "../snapshot/tensor-file.ts";
import { pairedBootstrap } from "./bootstrap.ts";
import { FEWEST_HELD_OUT, type HeldOut, type Protocol } from "./held-out.ts";
import { METRICS, measureRankings, rankHeldOut } from "./rank-held-out.ts";

/** Lists of fewer visitors make no interval that could be believed. */
const FEWEST_VISITORS = 10;
/** Without proof by the interval, a loss of this much counts too, on as many lists. */
export const LOSS_TOLERATED = 0.01;
export const LISTS_FOR_LOSS = 500;

export interface Compared {
  readonly protocol: Protocol;
  /** Name of the metric that decides. */
  readonly metric: string;
  readonly lists: number;
  readonly visitors: number;
  readonly champion: number;
  readonly challenger: number;
  /** Challenger minus champion. */
  readonly delta: number;
  readonly ci95: readonly [number, number];
  readonly worse: boolean;
}

/** Why there is no figure. */
export interface NotCompared {
  readonly reason:
    | "first_publication"
    | "no_holdout"
    | "no_common_lists"
    | "too_few_lists"
    | "champion_unknown"
    | "champion_unrankable";
  readonly detail: string;
}

/** The part of the held-out lists that is newer than what `champion` learned from. */
export function unseenBy(heldOut: HeldOut, { until }: { readonly until: number }): HeldOut {
  return { ...heldOut, lists: heldOut.lists.filter(({ ts }) => ts > until) };
}

/** Whether the difference says that the new one is worse. @param lists that were compared */
export function isWorse(delta: number, ci95: readonly [number, number], lists: number): boolean {
  return ci95[1] < 0 || (delta <= -LOSS_TOLERATED && lists >= LISTS_FOR_LOSS);
}

/** A champion that is fetched when there is something to compare it on. */
export interface Champion {
  readonly manifest: SnapshotManifest;
  readonly load: () => Promise<Snapshot>;
}

/**
 * Ranks the lists that are newer than what both learned from.
 * @throws what ranking with `challenger` throws, and what `load` throws but for SnapshotError: a champion that cannot be
 *   ranked with is no error
 */
export async function compareSnapshots(
  heldOut: HeldOut,
  champion: Champion,
  challenger: Snapshot,
  options: {
    readonly features: readonly Feature[];
    readonly seed?: number;
    readonly onProgress?: (done: number, total: number) => void;
  },
): Promise<Compared | NotCompared> {
  const { features, seed = 1, onProgress = () => {} } = options;
  const until = Math.max(champion.manifest.training.until, challenger.manifest.training.until);
  const common = unseenBy(heldOut, { until });
  const { protocol, lists } = common;
  if (lists.length === 0) {
    const time = new Date(champion.manifest.training.until).toISOString();
    return {
      reason: "no_common_lists",
      detail: `the champion learned from events up to ${time}, later than every list held back`,
    };
  }
  const visitors = new Set(lists.map(({ visitor }) => visitor)).size;
  if (lists.length < FEWEST_HELD_OUT || visitors < FEWEST_VISITORS) {
    const needed = `${FEWEST_HELD_OUT} lists of ${FEWEST_VISITORS} visitors`;
    return {
      reason: "too_few_lists",
      detail: `${lists.length} lists of ${visitors} visitors are newer than what the champion learned from, ${needed} are needed`,
    };
  }
  const measured = async (snapshot: Snapshot, from: number): Promise<Float64Array> => {
    const progress = (done: number): void => onProgress(from + done, 2 * lists.length);
    const rankings = await rankHeldOut(common, snapshot, features, { onProgress: progress });
    return measureRankings(protocol, lists, rankings)[metric] as Float64Array;
  };
  const metric = METRICS[protocol][0].name;
  let present: Snapshot;
  try {
    present = await champion.load();
  } catch (error) {
    if (error instanceof SnapshotError) return unrankable(error);
    throw error;
  }
  const own = await measured(challenger, 0);
  let other: Float64Array;
  try {
    other = await measured(present, lists.length);
  } catch (error) {
    return unrankable(error as Error);
  }
  const clusters = lists.map(({ visitor }) => visitor);
  const { delta, ci95 } = pairedBootstrap(own, other, { seed, clusters });
  return {
    protocol,
    metric,
    lists: lists.length,
    visitors,
    champion: meanOf(other),
    challenger: meanOf(own),
    delta,
    ci95,
    worse: isWorse(delta, ci95, lists.length),
  };
}

function unrankable(error: Error): NotCompared {
  const code = error instanceof SnapshotError ? `${error.code}: ` : "";
  return { reason: "champion_unrankable", detail: `the champion cannot be ranked with here: ${code}${error.message}` };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
