// Backward elimination, a feature with all its columns at a time (Guyon and Elisseeff, "An introduction to variable and
// feature selection", JMLR 2003), by what lists of visitors left out of the training lose. The linear model's loss is followed
// by its quadratic approximation: some thousand models cost less than one fit.
import type { LinearModel } from "../ranking/linear-scorer.ts";
import { FoldModel } from "./fold-model.ts";
import { crossEntropies, type ListwiseData } from "./listwise.ts";
import { quadraticParts } from "./quadratic-loss.ts";

/** Parts that visitors are cut into: each is measured by the model of the others. */
const FOLDS = 8;

/** A feature as it stands in the matrix: its columns from `from` to before `to`. */
export interface ColumnSpan {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** Nanoseconds a candidate, see Feature.cost. */
  readonly cost: number;
}

/** How much the mean cross-entropy of a list grows. */
export interface LossChange {
  readonly feature: string;
  readonly loss: number;
  readonly standardError: number;
}

export interface EliminationStep extends LossChange {
  /** The losses of the lists with this feature and all before it gone. */
  readonly losses: Float64Array;
}

export class Elimination {
  readonly #data: ListwiseData;
  readonly #visitors: Uint32Array;
  readonly #scale: Float64Array;
  readonly #used: Uint32Array;
  readonly #partOf: Uint8Array;
  readonly #folds: readonly FoldModel[];
  readonly #lists: number;
  readonly #spans: readonly ColumnSpan[];

  /**
   * @param model fitted to `data` under `l2`, of which a column pays `factors` times as much
   * @param visitors of each list
   */
  constructor(
    data: ListwiseData,
    model: LinearModel,
    spans: readonly ColumnSpan[],
    {
      l2,
      factors,
      visitors,
    }: { readonly l2: number; readonly factors: Float32Array | null; readonly visitors: Uint32Array },
  ) {
    this.#data = data;
    this.#visitors = visitors;
    this.#spans = spans;
    const used = Uint32Array.from(model.scale.keys()).filter((column) => model.scale[column] !== 0);
    this.#used = used;
    this.#scale = Float64Array.from(used, (column) => model.scale[column] as number);
    this.#partOf = Uint8Array.from(visitors, (visitor) => visitor % FOLDS);
    const parts = quadraticParts(data, model, used, this.#partOf, FOLDS);
    this.#lists = parts.reduce((sum, { lists }) => sum + lists, 0);
    const weight = Float64Array.from(used, (column) => model.weight[column] as number);
    const penalty = Float64Array.from(used, (column) => l2 * (factors?.[column] ?? 1));
    this.#folds = parts.map((held) => new FoldModel(held, parts, weight, penalty));
  }

  /**
   * From all features to those of `keep`, each step without the feature that is missed least for what it costs.
   * @returns what is gone after each step, with the loss since the start
   */
  path(keep: ReadonlySet<string>): EliminationStep[] {
    const active = this.#activeWithout(new Set());
    const start = this.#lossesOf(active);
    const left = new Set(this.#spans.filter(({ name }) => !keep.has(name)));
    const path: EliminationStep[] = [];
    let now = this.#quadratic(active);
    while (left.size > 0) {
      let next: { span: ColumnSpan; loss: number; rank: number } | null = null;
      for (const span of left) {
        const loss = this.#quadratic(this.#without(active, span));
        const gained = loss - now;
        // Of what is not missed the dearest goes first; of the rest, what is missed least for each nanosecond.
        const cost = Math.max(1, span.cost);
        const rank = gained <= 0 ? -cost : gained / cost;
        if (next === null || rank < next.rank) next = { span, loss, rank };
      }
      if (next === null) break;
      left.delete(next.span);
      active.set(this.#without(active, next.span));
      now = next.loss;
      const losses = this.#lossesOf(active);
      path.push({ feature: next.span.name, losses, ...this.difference(losses, start) });
    }
    return path;
  }

  /** What each feature but the dropped is worth beside the others: the loss without it alone, largest first. */
  ablation(dropped: ReadonlySet<string>): LossChange[] {
    const active = this.#activeWithout(dropped);
    const start = this.#lossesOf(active);
    return this.#spans
      .filter(({ name }) => !dropped.has(name))
      .map((span) => {
        return { feature: span.name, ...this.difference(this.#lossesOf(this.#without(active, span)), start) };
      })
      .sort((a, b) => b.loss - a.loss);
  }

  /** The mean of `losses` minus `others` with its standard error; lists of one visitor hang together. */
  difference(losses: Float64Array, others: Float64Array): { loss: number; standardError: number } {
    const differences = losses.map((loss, list) => loss - (others[list] as number));
    const mean = differences.reduce((sum, each) => sum + each, 0) / differences.length;
    const byVisitor = new Map<number, number>();
    differences.forEach((each, list) => {
      const visitor = this.#visitors[list] as number;
      byVisitor.set(visitor, (byVisitor.get(visitor) ?? 0) + each - mean);
    });
    let squares = 0;
    for (const sum of byVisitor.values()) squares += sum * sum;
    return { loss: mean, standardError: Math.sqrt(squares) / differences.length };
  }

  #activeWithout(dropped: ReadonlySet<string>): Uint8Array {
    let active: Uint8Array = new Uint8Array(this.#used.length).fill(1);
    for (const span of this.#spans) if (dropped.has(span.name)) active = this.#without(active, span);
    return active;
  }

  #without(active: Uint8Array, { from, to }: ColumnSpan): Uint8Array {
    return active.map((on, k) => ((this.#used[k] as number) >= from && (this.#used[k] as number) < to ? 0 : on));
  }

  #quadratic(active: Uint8Array): number {
    return this.#folds.reduce((sum, fold) => sum + fold.loss(active), 0) / Math.max(1, this.#lists);
  }

  /** Of each list, by the model of other visitors; exact for that model. */
  #lossesOf(active: Uint8Array): Float64Array {
    const { matrix, groups, labels, columns } = this.#data;
    // Means are left out: they move all candidates of a list alike.
    const scaled = this.#folds.map((fold) => fold.weights(active).map((each, k) => each * (this.#scale[k] as number)));
    const scores = new Float64Array(labels.length);
    for (let list = 0; list + 1 < groups.length; list++) {
      const weight = scaled[this.#partOf[list] as number] as Float64Array;
      for (let row = groups[list] as number; row < (groups[list + 1] as number); row++) {
        let score = 0;
        for (let k = 0, at = row * columns; k < weight.length; k++) {
          score += (matrix[at + (this.#used[k] as number)] as number) * (weight[k] as number);
        }
        scores[row] = score;
      }
    }
    return crossEntropies(this.#data, scores);
  }
}
