// How strongly each item draws clicks when it stands among others: the scores under which the clicked lists of a log are most
// likely, softmax over the items of a list (the conditional logit; McFadden 1974). A click rate does not know whom an item
// stood beside, in which place, and who was looking; this does. An item's score lies around a linear function of its design,
// so that one that was seldom shown has one too. How closely is chosen on visitors held out.
import { exp, log } from "../kernels/elementary.ts";
import { hash32 } from "../kernels/hash.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Query } from "./history.ts";
import type { ItemDesign } from "./item-design.ts";
import { minimize } from "./lbfgs.ts";

/** Penalties of an item's distance from what its design makes likely, to choose from. */
const ITEM_PENALTIES = [3, 10, 30, 100];
const DESIGN_PENALTY = 2;
const POSITION_PENALTY = 5;
/** Places further down share a score. */
const POSITIONS = 64;
/** Part of the visitors that the penalty is chosen on. */
const HELD_OUT = 0.2;
/** With fewer lists nothing can be chosen: the strongest penalty stands. */
const FEWEST_LISTS = 50;
const STEPS = 40;

/** Clicked lists, one after the other: those of list l are starts[l] … starts[l + 1] − 1. */
interface Choices {
  readonly starts: Uint32Array;
  readonly item: Uint32Array;
  readonly clicked: Uint8Array;
}

/**
 * A float32 an item of the catalogue, in log-odds against an average one; 0 for all without a list. Equal input gives equal
 * output to the bit.
 * @param queries lists that were clicked; @param design of the catalogue's items
 */
export function fitItemAppeal(
  queries: readonly Query[],
  { indexOf, ids }: Catalogue,
  design: ItemDesign,
): Float32Array {
  if (queries.length === 0) return new Float32Array(ids.length);
  const isHeld = ({ visitor }: Query): boolean => hash32(String(visitor), 0xa99ea1) / 2 ** 32 < HELD_OUT;
  const held = queries.filter(isHeld);
  let penalty = ITEM_PENALTIES.at(-1) as number;
  if (held.length >= FEWEST_LISTS && queries.length - held.length >= FEWEST_LISTS) {
    const [known, unknown] = [queries.filter((query) => !isHeld(query)), held].map((some) =>
      choicesOf(some, indexOf),
    ) as [Choices, Choices];
    let best = Number.POSITIVE_INFINITY;
    for (const candidate of ITEM_PENALTIES) {
      const { model, parameters } = fitChoices(known, design, candidate);
      const loss = model.loss(unknown, parameters);
      if (loss < best) [best, penalty] = [loss, candidate];
    }
  }
  const { model, parameters } = fitChoices(choicesOf(queries, indexOf), design, penalty);
  return model.scores(parameters);
}

function choicesOf(queries: readonly Query[], indexOf: Catalogue["indexOf"]): Choices {
  const starts = new Uint32Array(queries.length + 1);
  queries.forEach(({ labels }, list) => {
    starts[list + 1] = (starts[list] as number) + labels.length;
  });
  const item = new Uint32Array(starts[queries.length] as number);
  const clicked = new Uint8Array(item.length);
  queries.forEach(({ list: { items = [] }, labels }, list) => {
    items.forEach(({ id }, row) => {
      const at = (starts[list] as number) + row;
      item[at] = indexOf.get(id) as number;
      clicked[at] = (labels[row] as number) > 0 ? 1 : 0;
    });
  });
  return { starts, item, clicked };
}

function fitChoices(choices: Choices, design: ItemDesign, penalty: number) {
  const model = new ChoiceModel(design);
  const { x } = minimize(
    (parameters, gradient) => model.penalizedLoss(choices, parameters, gradient, penalty),
    new Float64Array(model.size),
    { iterations: STEPS },
  );
  return { model, parameters: x };
}

/** Parameters: an item's own score, a weight a column of the design, a score a place. */
class ChoiceModel {
  readonly #design: ItemDesign;
  readonly #items: number;
  readonly #scores: Float64Array;

  constructor(design: ItemDesign) {
    this.#design = design;
    this.#items = design.matrix.length / design.columns;
    this.#scores = new Float64Array(this.#items);
  }

  get size(): number {
    return this.#items + this.#design.columns + POSITIONS;
  }

  /** Of all items, whatever their place, around a mean of 0. */
  scores(parameters: Float64Array): Float32Array {
    this.#score(parameters);
    const mean = this.#scores.reduce((sum, score) => sum + score, 0) / this.#items;
    return Float32Array.from(this.#scores, (score) => score - mean);
  }

  /** Minus the log-likelihood of the clicks. */
  loss(choices: Choices, parameters: Float64Array): number {
    this.#score(parameters);
    return this.#walk(choices, parameters, null);
  }

  penalizedLoss(choices: Choices, parameters: Float64Array, gradient: Float64Array, penalty: number): number {
    this.#score(parameters);
    gradient.fill(0);
    let loss = this.#walk(choices, parameters, gradient);
    const { columns, matrix } = this.#design;
    for (let item = 0; item < this.#items; item++) {
      const slope = gradient[item] as number;
      if (slope === 0) continue;
      for (let c = 0, at = item * columns; c < columns; c++, at++) {
        gradient[this.#items + c] = (gradient[this.#items + c] as number) + slope * (matrix[at] as number);
      }
    }
    for (let i = 0; i < this.size; i++) {
      const own = i < this.#items ? penalty : i < this.#items + columns ? DESIGN_PENALTY : POSITION_PENALTY;
      const value = parameters[i] as number;
      gradient[i] = (gradient[i] as number) + own * value;
      loss += (own * value * value) / 2;
    }
    return loss;
  }

  #score(parameters: Float64Array): void {
    const { columns, matrix } = this.#design;
    for (let item = 0, at = 0; item < this.#items; item++) {
      let score = parameters[item] as number;
      for (let c = 0; c < columns; c++, at++) score += (matrix[at] as number) * (parameters[this.#items + c] as number);
      this.#scores[item] = score;
    }
  }

  /** The loss under the scores of the moment; adds its slopes by item and by place to `gradient`. */
  #walk({ starts, item, clicked }: Choices, parameters: Float64Array, gradient: Float64Array | null): number {
    const places = this.#items + this.#design.columns;
    const placeOf = (row: number): number => places + Math.min(POSITIONS - 1, row);
    let loss = 0;
    for (let list = 0; list + 1 < starts.length; list++) {
      const from = starts[list] as number;
      const to = starts[list + 1] as number;
      const scoreAt = (at: number): number =>
        (this.#scores[item[at] as number] as number) + (parameters[placeOf(at - from)] as number);
      let top = Number.NEGATIVE_INFINITY;
      for (let at = from; at < to; at++) top = Math.max(top, scoreAt(at));
      let mass = 0;
      let clicks = 0;
      for (let at = from; at < to; at++) {
        const relative = scoreAt(at) - top;
        mass += exp(relative);
        if (clicked[at] !== 1) continue;
        clicks++;
        loss -= relative;
      }
      loss += clicks * log(mass);
      if (gradient === null) continue;
      for (let at = from; at < to; at++) {
        const slope = (clicks * exp(scoreAt(at) - top)) / mass - (clicked[at] as number);
        const place = placeOf(at - from);
        gradient[item[at] as number] = (gradient[item[at] as number] as number) + slope;
        gradient[place] = (gradient[place] as number) + slope;
      }
    }
    return loss;
  }
}
