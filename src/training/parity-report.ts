// What a check of parity found: how much was compared, what was left out and why, and where bits differ.
import type { LoggedDecision } from "../lake/decision-rows.ts";

/**
 * Why a decision could not be compared:
 * no_profile: it used no visitor's view · no_model: nothing ranked · history_incomplete: the lake lacks events before it
 * (recording was not allowed) · parts_missing: the lake lacks rows of it · epoch_missing: the lake lacks a delta of item data · snapshot_not_given · features_of_another_build
 */
export type SkipReason =
  | "no_profile"
  | "no_model"
  | "history_incomplete"
  | "parts_missing"
  | "epoch_missing"
  | "snapshot_not_given"
  | "features_of_another_build";

/** A place where the lake gives another number than the decision had. */
export interface Mismatch {
  readonly decision: string;
  readonly visitor: string | null;
  readonly seq: number;
  /** Epoch ms. */
  readonly ts: number;
  readonly placement: string;
  readonly item: string;
  readonly column: string;
  readonly served: number;
  readonly recomputed: number;
}

export interface ParitySummary {
  /** Decisions compared, and what they are made of. */
  readonly decisions: number;
  readonly rows: number;
  readonly values: number;
  /** Columns of the widest matrix. */
  readonly columns: number;
  readonly visitors: number;
  readonly snapshots: readonly string[];
  readonly itemEpochs: { readonly min: number; readonly max: number; readonly distinct: number };
  readonly skipped: Readonly<Partial<Record<SkipReason, number>>>;
  /** Decisions whose view has other bytes. */
  readonly viewsDiffering: number;
  /** Values with other bits, and the rows and decisions that have any. */
  readonly valuesDiffering: number;
  readonly rowsDiffering: number;
  readonly decisionsDiffering: number;
  /** Column → values of it with other bits, most first. */
  readonly byColumn: Readonly<Record<string, number>>;
  /** The first of them. */
  readonly mismatches: readonly Mismatch[];
  /** Visitors with their seq whose views differ: the first of them. */
  readonly viewMismatches: readonly {
    readonly decision: string;
    readonly visitor: string | null;
    readonly seq: number;
  }[];
  /** Candidates that were ranked, of which the log has no score: their rows could not be compared. */
  readonly rowsMissing: number;
  /** Something was compared, nothing of it is missing from the log, and every bit is the same. */
  readonly equal: boolean;
}

const EXAMPLES = 20;

/** What answers when nothing of a placement was ranked: its candidates have no scores. */
const UNRANKED = ["popular", "default"];

export class ParityReport {
  #decisions = 0;
  #rows = 0;
  #values = 0;
  #columns = 0;
  readonly #visitors = new Set<string>();
  readonly #snapshots = new Set<string>();
  readonly #epochs = new Set<number>();
  readonly #skipped = new Map<SkipReason, number>();
  #valuesDiffering = 0;
  #rowsDiffering = 0;
  #rowsMissing = 0;
  readonly #differing = new Set<string>();
  readonly #byColumn = new Map<string, number>();
  readonly #mismatches: Mismatch[] = [];
  readonly #views: ParitySummary["viewMismatches"][number][] = [];
  #viewsDiffering = 0;

  skip(reason: SkipReason): void {
    this.#skipped.set(reason, (this.#skipped.get(reason) ?? 0) + 1);
  }

  /** @param served null when the object had nothing to hand out: the visitor was never seen */
  view({ key, visitor, seq }: LoggedDecision, served: Uint8Array | null, recomputed: Uint8Array): void {
    if (served === null ? seq === 0 : sameBytes(served, recomputed)) return;
    this.#viewsDiffering++;
    this.#differing.add(key);
    if (this.#views.length < EXAMPLES) this.#views.push({ decision: key, visitor, seq });
  }

  /** @param recomputed as long as what was served; @param columns their names */
  matrix(decision: LoggedDecision, recomputed: Float32Array, columns: readonly string[]): void {
    this.#decisions++;
    this.#columns = Math.max(this.#columns, columns.length);
    if (decision.visitor !== null) this.#visitors.add(decision.visitor);
    this.#snapshots.add(decision.snapshot);
    this.#epochs.add(decision.itemEpoch);
    let from = 0;
    for (const { name, strategy, candidates, features, scores } of decision.placements) {
      if (!UNRANKED.includes(strategy)) {
        this.#rowsMissing += candidates.filter(({ pruned }) => !pruned).length - scores.length;
      }
      const again = recomputed.subarray(from, from + scores.length * columns.length);
      from += again.length;
      this.#rows += scores.length;
      this.#values += again.length;
      const [a, b] = [bitsOf(features), bitsOf(again)];
      if (a.length !== b.length) throw new RangeError(`decision ${decision.key} has a matrix of another width`);
      let last = -1;
      for (let i = 0; i < a.length; i++) {
        if (a[i] === b[i]) continue;
        const row = Math.floor(i / columns.length);
        if (row !== last) this.#rowsDiffering++;
        last = row;
        const item = candidates[row]?.id ?? "";
        const column = columns[i % columns.length] as string;
        this.#differ(decision, {
          placement: name,
          item,
          column,
          served: features[i] as number,
          recomputed: again[i] as number,
        });
      }
    }
  }

  #differ(
    { key, visitor, seq, ts }: LoggedDecision,
    place: Pick<Mismatch, "placement" | "item" | "column" | "served" | "recomputed">,
  ): void {
    this.#valuesDiffering++;
    this.#differing.add(key);
    this.#byColumn.set(place.column, (this.#byColumn.get(place.column) ?? 0) + 1);
    if (this.#mismatches.length < EXAMPLES) this.#mismatches.push({ decision: key, visitor, seq, ts, ...place });
  }

  summary(): ParitySummary {
    const epochs = [...this.#epochs];
    return {
      decisions: this.#decisions,
      rows: this.#rows,
      values: this.#values,
      columns: this.#columns,
      visitors: this.#visitors.size,
      snapshots: [...this.#snapshots].sort(),
      itemEpochs: {
        min: epochs.reduce((least, epoch) => Math.min(least, epoch), epochs[0] ?? 0),
        max: epochs.reduce((most, epoch) => Math.max(most, epoch), 0),
        distinct: epochs.length,
      },
      skipped: Object.fromEntries(this.#skipped),
      viewsDiffering: this.#viewsDiffering,
      valuesDiffering: this.#valuesDiffering,
      rowsDiffering: this.#rowsDiffering,
      decisionsDiffering: this.#differing.size,
      byColumn: Object.fromEntries([...this.#byColumn].sort(([, a], [, b]) => b - a)),
      mismatches: this.#mismatches,
      viewMismatches: this.#views,
      rowsMissing: this.#rowsMissing,
      equal:
        this.#values > 0 &&
        this.#differing.size === 0 &&
        this.#rowsMissing === 0 &&
        !this.#skipped.has("parts_missing"),
    };
  }
}

function bitsOf(values: Float32Array): Uint32Array {
  return new Uint32Array(values.buffer, values.byteOffset, values.length);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
