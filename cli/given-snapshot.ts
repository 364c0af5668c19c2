// A snapshot to evaluate instead of one that is trained for it: it may have learned from what it is tested with.
import type { Snapshot } from "../src/snapshot/snapshot.ts";
import { readSnapshotDir } from "../src/training/snapshot-writer.ts";

/**
 * Warns of a snapshot that learned from events later than the first that tests: it would flatter itself.
 * @param first epoch ms of that
 * @param what tests, and what of it may have been seen
 * @param isOfTrainSide tells when later events are those of others, as they are for the split `hold-last`
 */
export async function givenSnapshot(
  dir: string,
  first: number,
  what: readonly [tests: string, seen: string],
  isOfTrainSide: (training: Snapshot["manifest"]["training"]) => boolean = () => false,
): Promise<Snapshot> {
  const snapshot = await readSnapshotDir(dir);
  const { training } = snapshot.manifest;
  if (training.until > first && !isOfTrainSide(training)) {
    const [newest, oldest] = [training.until, first].map((at) => new Date(at).toISOString());
    process.stderr.write(
      `warning: the snapshot learned from events up to ${newest}, the test ${what[0]} begin at ${oldest}: ` +
        `it may have seen their ${what[1]}. \`nowcast train --split\` leaves them out\n`,
    );
  }
  return snapshot;
}
