// The whole of a replay: what comes before the questions is imported and waited for, the rest is played in order, and
// the decisions that came back are measured.
import { buildHistory } from "../../src/training/history.ts";
import type { LogRecord } from "../../src/training/log.ts";
import { type QuestionDecision, warmUp } from "./ask-question.ts";
import type { Client, LakeStatus } from "./client.ts";
import type { Refusal } from "./encode.ts";
import { EpochWatch } from "./epoch-watch.ts";
import { type ImportCounts, importRecords } from "./import-records.ts";
import type { ReplayProtocol } from "./replay-protocol.ts";
import { replayRecords } from "./replay-records.ts";
import { type Conduct, conductOf } from "./replay-report.ts";
import { waitForLake } from "./wait-for-lake.ts";

export interface ReplayLogOptions<Quality> {
  readonly protocol: ReplayProtocol<Quality>;
  /** Share of what is asked about that is imported alone; null plays the whole log. */
  readonly trainShare: number | null;
  /** Have each decision logged whole in the lake. */
  readonly recordWhole?: boolean;
  /** A phase begins; `total` is what its progress counts up to. */
  readonly onPhase?: (label: string, total: number) => void;
  readonly onProgress?: (done: number) => void;
  readonly onDecision?: (decision: QuestionDecision) => void;
  readonly onRejected?: (refusal: Refusal) => void;
  readonly warn?: (message: string) => void;
}

export interface ReplayReport<Quality> extends Conduct {
  readonly quality: Quality | null;
  /** What was sent before the first decision, and how long the lake took to have it. */
  readonly history: ImportCounts & { readonly lakeComplete: boolean; readonly lakeSeconds: number };
  readonly replayed: ImportCounts & { /** Questions that were refused. */ readonly unanswered: number };
  /** Epochs of item statistics that decisions used; `lag` is how many were made and not yet used. */
  readonly itemEpoch: { readonly min: number; readonly max: number; readonly lagMean: number; readonly lagMax: number };
  readonly seconds: number;
}

/** @throws RangeError when the split leaves nothing to ask; RefusedError, UnreachableError */
export async function replayLog<Quality>(
  records: Iterable<LogRecord>,
  client: Client,
  options: ReplayLogOptions<Quality>,
): Promise<ReplayReport<Quality>> {
  const { onPhase, onProgress, onRejected, warn = () => {} } = options;
  const { now } = client.transport.ports;
  const startedAt = now();
  const history = buildHistory(records);
  const { cut, questions, measure } = options.protocol(history, options.trainShare);
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
  const { value: first } = questions.values().next();
  const lasting = first ? await warmUp(client, first.request, lake.status.itemEpoch) : new Set<string>();
  if (lasting.size > 0) warn(`decisions step down whatever is asked: ${[...lasting].join(", ")}`);

  onPhase?.("Replay", after.length);
  const decisions = new Map<number, QuestionDecision>();
  const epochs = new EpochWatch(client, lake.status.itemEpoch);
  let unanswered = 0;
  const replayed = await replayRecords(after, client, {
    questions: new Map([...questions].map(([position, question]) => [position - cut, question])),
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
      if (unanswered++ === 0) warn(`record ${cut + index}: ${error.message}`);
    },
  });
  warnOfDuplicates(replayed, warn);
  return {
    quality: measure(decisions),
    ...conductOf([...decisions.values()]),
    history: { ...historyCounts, lakeComplete: lake.complete, lakeSeconds: lake.seconds },
    replayed: { ...replayed, unanswered },
    itemEpoch: epochs.summary(),
    seconds: (now() - startedAt) / 1000,
  };
}

async function reachLake(
  client: Client,
  before: LakeStatus,
  counts: ImportCounts,
  options: Pick<ReplayLogOptions<unknown>, "onPhase" | "onProgress">,
) {
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
export function recordLine({ list, itemEpoch, snapshot, items, degraded }: QuestionDecision): string {
  return `${JSON.stringify({ list, itemEpoch, snapshot, items, degraded })}\n`;
}
