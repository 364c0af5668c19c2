// The files of a site's item data in R2, as the sequencer of its epochs keeps them: one delta an epoch, for good, and whole
// catalogues (bases), of which only the last two are of use. A base that got lost is made again from the epochs.
import { encodeDelta, mergeParts, partsOf } from "../src/catalog/delta.ts";
import { epochKey, epochOfKey, epochPrefix, itemBaseKey, itemBasePrefix } from "../src/lake/keys.ts";

/** Epochs that one call reads at most, and how many at a time. */
const EPOCHS_A_STEP = 500;
const READS_AT_ONCE = 6;
/** Deltas are merged when they have so many bytes: an object has 128 MB in all. */
const BYTES_A_MERGE = 8 * 1024 * 1024;
/** Beyond what any site reaches: one epoch a millisecond for 34 years. */
const EPOCH_BITS = 40;

/** The last epoch that has a file; 0 when none has. Names sort as numbers, so a search finds it. */
export async function lastEpochInLake(lake: R2Bucket, site: string): Promise<number> {
  const prefix = epochPrefix(site);
  const nextAfter = async (epoch: number): Promise<number | null> => {
    const { objects } = await lake.list({ prefix, startAfter: epochKey(site, epoch), limit: 1 });
    return objects[0] === undefined ? null : epochOfKey(objects[0].key);
  };
  let last = (await nextAfter(0)) ?? 0;
  if (last === 0) return 0;
  for (let step = 2 ** (EPOCH_BITS - 1); step >= 1; step = Math.floor(step / 2)) {
    last = (await nextAfter(last + step - 1)) ?? last;
  }
  return last;
}

/** The parts of the base of `epoch`; null when there is none, or none that can be read. */
export async function readBase(lake: R2Bucket, site: string, epoch: number): Promise<Uint8Array[] | null> {
  const file = await lake.get(itemBaseKey(site, epoch));
  return file === null ? null : partsIn(file, epoch);
}

export async function writeBase(lake: R2Bucket, site: string, epoch: number, parts: Uint8Array[]): Promise<void> {
  await lake.put(itemBaseKey(site, epoch), encodeDelta(0, epoch, parts));
}

/** Deletes the bases of epochs before `epoch`, a thousand at most: the next call takes the others. */
export async function deleteBasesBefore(lake: R2Bucket, site: string, epoch: number): Promise<void> {
  const { objects } = await lake.list({ prefix: itemBasePrefix(site) });
  const keys = objects.map(({ key }) => key).filter((key) => epochOfKey(key) < epoch);
  if (keys.length > 0) await lake.delete(keys);
}

/**
 * Makes the base of `epoch` again, from the newest one before it and the epochs since, in steps that are kept as bases of
 * their own. What an epoch without a file changed is left out, until it changes again.
 * @param first the epoch before the first of this sequence
 * @returns whether the base is there now; otherwise there is more to do
 */
export async function rebuildBase(lake: R2Bucket, site: string, first: number, epoch: number): Promise<boolean> {
  let { from, parts } = await newestBaseBefore(lake, site, first, epoch);
  const to = Math.min(epoch, from + EPOCHS_A_STEP);
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  for (; from < to; from = Math.min(to, from + READS_AT_ONCE)) {
    const epochs = Array.from({ length: Math.min(READS_AT_ONCE, to - from) }, (_, i) => from + i + 1);
    for (const part of (await Promise.all(epochs.map((each) => partsOfEpoch(lake, site, each)))).flat()) {
      waiting.push(part);
      bytes += part.length;
    }
    if (bytes < BYTES_A_MERGE) continue;
    parts = mergeParts([...parts, ...waiting], true);
    waiting = [];
    bytes = 0;
  }
  await writeBase(lake, site, to, mergeParts([...parts, ...waiting], true));
  return to === epoch;
}

async function newestBaseBefore(
  lake: R2Bucket,
  site: string,
  first: number,
  epoch: number,
): Promise<{ from: number; parts: Uint8Array[] }> {
  const epochs: number[] = [];
  let cursor: string | undefined;
  do {
    const page = await lake.list({ prefix: itemBasePrefix(site), ...(cursor === undefined ? {} : { cursor }) });
    for (const { key } of page.objects) epochs.push(epochOfKey(key));
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
  for (const from of epochs.filter((each) => each > first && each < epoch).sort((a, b) => b - a)) {
    const parts = await readBase(lake, site, from);
    if (parts !== null) return { from, parts };
  }
  return { from: first, parts: [] };
}

async function partsOfEpoch(lake: R2Bucket, site: string, epoch: number): Promise<Uint8Array[]> {
  const file = await lake.get(epochKey(site, epoch));
  const parts = file === null ? null : await partsIn(file, epoch);
  if (parts === null)
    console.error({ message: "an epoch of item data is missing: its changes are left out", site, epoch });
  return parts ?? [];
}

/** The parts of the delta in `file`, which must lead to `epoch`; null when it is damaged or another. */
async function partsIn(file: R2ObjectBody, epoch: number): Promise<Uint8Array[] | null> {
  try {
    const delta = partsOf(new Uint8Array(await file.arrayBuffer()));
    return delta.to === epoch ? delta.parts : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
