// Waits until what was accepted stands in the lake. Acknowledged events are safe in their visitors' objects; how far the
// queue, the log and Parquet have caught up is another matter, and item statistics follow Parquet.
import type { Client, LakeStatus } from "./client.ts";

export interface LakeWait {
  readonly status: LakeStatus;
  /** False when the lake stood still for too long before it had everything. */
  readonly complete: boolean;
}

export interface LakeWaitOptions {
  /** The status before the first row was sent. */
  readonly before: LakeStatus;
  /** Rows that were accepted since: events and items. */
  readonly rows: number;
  /** Events that were accepted since or before: their first answers got lost. */
  readonly perhaps: number;
  readonly onProgress?: (rowsWritten: number) => void;
}

const POLL_MS = 500;
/** Objects hand over rows that got lost on the way again: after 20 s, then 40 s, then 80 s. */
const SETTLED_MS = 60_000;
const STUCK_MS = 180_000;

/** Polls, and has the lake write what it holds when nothing more arrives. Never gives up while rows arrive. */
export async function waitForLake(client: Client, options: LakeWaitOptions): Promise<LakeWait> {
  const { before, rows, perhaps, onProgress } = options;
  const { sleep, now } = client.transport.ports;
  let last = before;
  let movedAt = now();
  for (;;) {
    let status = await client.lakeStatus();
    const arriving = status.appended !== last.appended;
    if (!arriving && status.pendingBytes > 0) status = await client.lakeFlush();
    if (arriving || status.written !== last.written) movedAt = now();
    // Rows that waited when this began are written before ours.
    const written = status.written - before.appended;
    onProgress?.(Math.max(0, Math.min(rows, written)));
    const still = now() - movedAt;
    if (!arriving && status.pendingBytes === 0) {
      if (written >= rows + perhaps || (written >= rows && still > SETTLED_MS)) return { status, complete: true };
    }
    if (still > STUCK_MS) return { status, complete: false };
    last = status;
    await sleep(POLL_MS);
  }
}
