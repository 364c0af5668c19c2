// The whole of a replay: what came before the test lists is imported and waited for, the rest is played in order, and
// the decisions that came back are measured.
import { buildHistory, type History } from "../../src/training/history.ts";
import type { LogRecord } from "../../src/training/log.ts";
import { type Split, splitHistory } from "../../src/training/split.ts";
import type { Client, LakeStatus } from "./client.ts";
import { type ListDecision, warmUp } from "./decide-list.ts";
import type { Refusal } from "./encode.ts";
import { EpochWatch } from "./epoch-watch.ts";
import { type ImportCounts, importRecords } from "./import-records.ts";
import { replayRecords } from "./replay-records.ts";
import { type Conduct, conductOf, type Quality, qualityOf } from "./replay-report.ts";
import { waitForLake } from "./wait-for-lake.ts";

export interface ReplayLogOptions {
  /** Null plays the whole log. */
  readonly split: (Split & { readonly kind: "time" }) | null;
  /** Have each decision logged whole in the lake. */
  readonly recordWhole?: boolean;
  /** A phase begins; `total` is what its progress counts up to. */
  readonly onPhase?: (label: string, total: number) => void;
  readonly onProgress?: (done: number) => void;
  readonly onDecision?: (decision: ListDecision) => void;
  readonly onRejected?: (refusal: Refusal) => void;
  readonly warn?: (message: string) => void;
}

export interface ReplayReport extends Conduct {
  readonly quality: Quality | null;
  /** What was sent before the first decision, and how long the lake took to have it. */
  readonly history: ImportCounts & { readonly lakeComplete: boolean; readonly lakeSeconds: number };
  readonly replayed: ImportCounts & { readonly refusedLists: number };
  /** Epochs of item statistics that decisions used; `lag` is how many were made and not yet used. */
  readonly itemEpoch: { readonly min: number; readonly max: number; readonly lagMean: number; readonly lagMax: number };
  readonly seconds: number;
}

/** @throws RangeError when the split leaves no list; RefusedError, UnreachableError */
export async function replayLog(
  records: Iterable<LogRecord>,
  client: Client,
  options: ReplayLogOptions,
): Promise<ReplayReport> {
  const { onPhase, onProgress, onRejected, warn = () => {} } = options;
  const { now } = client.transport.ports;
  const startedAt = now();
  const history = buildHistory(records);
  const cut = cutOf(history, options.split);
  const before = history.timeline.slice(0, cut);
  const after = history.timeline.slice(cut);

  const lakeBefore = await client.lakeStatus();
  onPhase?.("History", before.length);
  const historyCounts = await importRecords(
    before.map(({ record }) => record),
    client,
    {
      onSettled: (ledger) => onProgress?.(ledger.count),
      ...(onRejected ? { onRejected } : {}),
    },
  );
  warnOfDuplicates(historyCounts, warn);
  const lake = await reachLake(client, lakeBefore, historyCounts, options);
  if (!lake.complete) warn("the lake stands still without all of the history: item statistics are incomplete");
  const firstList = after.find((entry) => "event" in entry && entry.event.type === "view_item_list");
  const ids = firstList && "event" in firstList ? (firstList.event.items ?? []).map(({ id }) => id) : [];
  const lasting = ids.length === 0 ? new Set<string>() : await warmUp(client, ids, lake.status.itemEpoch);
  if (lasting.size > 0) warn(`decisions step down whatever is asked: ${[...lasting].join(", ")}`);

  onPhase?.("Replay", after.length);
  const decisions = new Map<number, ListDecision>();
  const epochs = new EpochWatch(client, lake.status.itemEpoch);
  let refusedLists = 0;
  const replayed = await replayRecords(after, client, {
    lasting,
    recordWhole: options.recordWhole ?? false,
    ...(onProgress ? { onProgress } : {}),
    ...(onRejected ? { onRejected } : {}),
    async onDecision(index, decision) {
      decisions.set(cut + index, decision);
      options.onDecision?.(decision);
      await epochs.note(decision.itemEpoch);
    },
    onRefused(index, error) {
      if (refusedLists++ === 0) warn(`record ${cut + index}: ${error.message}`);
    },
  });
  warnOfDuplicates(replayed, warn);
  const queries = history.queries.filter(({ position }) => position >= cut);
  return {
    quality: qualityOf(history, queries, (position) => decisions.get(position)?.items ?? null),
    ...conductOf([...decisions.values()]),
    history: { ...historyCounts, lakeComplete: lake.complete, lakeSeconds: lake.seconds },
    replayed: { ...replayed, refusedLists },
    itemEpoch: epochs.summary(),
    seconds: (now() - startedAt) / 1000,
  };
}

/** Position in the timeline at which decisions begin: the first test list, or the first list of all. */
function cutOf(history: History, split: ReplayLogOptions["split"]): number {
  if (split !== null) return splitHistory(history, split).test[0]?.position ?? history.timeline.length;
  const first = history.timeline.findIndex((entry) => "event" in entry && entry.event.type === "view_item_list");
  return first === -1 ? history.timeline.length : first;
}

async function reachLake(client: Client, before: LakeStatus, counts: ImportCounts, options: ReplayLogOptions) {
  const { now } = client.transport.ports;
  const startedAt = now();
  const rows = counts.accepted + counts.items;
  options.onPhase?.("Rows in the lake", rows);
  const { status, complete } = await waitForLake(client, {
    before,
    rows,
    perhaps: counts.acceptedBefore,
    ...(options.onProgress ? { onProgress: options.onProgress } : {}),
  });
  return { status, complete, seconds: (now() - startedAt) / 1000 };
}

function warnOfDuplicates({ duplicates, acceptedBefore }: ImportCounts, warn: (message: string) => void): void {
  const known = duplicates - acceptedBefore;
  if (known > 0) {
    warn(`${known} events were there already: decisions know what the log has not told yet, and the figures flatter`);
  }
}

/** A decision as one line of a record file, read by `nowcast evaluate --decisions`. */
export function recordLine({ list, itemEpoch, snapshot, items, degraded }: ListDecision): string {
  return `${JSON.stringify({ list, itemEpoch, snapshot, items, degraded })}\n`;
}
