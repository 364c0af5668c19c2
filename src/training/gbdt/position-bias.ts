// What a place in a list is worth by itself: people click what stands on top because it stands there, and a ranker that learns
// from such clicks learns the old order. The place's worth is one more term of the score while learning, estimated by Newton
// steps beside the trees and left out of what they serve: the additive form of the examination models that unbiased LambdaMART
// estimates as factors (Hu et al., "Unbiased LambdaMART", WWW 2019; additive as in LightGBM 4).

/** Kept back towards 0, as so many rows of hessian 1 would: a place that few lists have says little. */
const PRIOR = 10;
/** Part of its Newton step that a place takes: more than a tree, so that trees find little of it left to learn. */
const RATE = 0.3;

export class PositionBias {
  readonly #positions: Uint16Array;
  readonly #worth: Float64Array;
  readonly #gradient: Float64Array;
  readonly #hessian: Float64Array;
  readonly #scores: Float64Array;

  /** @param positions of each row, from 0 */
  constructor(positions: Uint16Array) {
    const places = positions.reduce((most, place) => Math.max(most, place), 0) + 1;
    this.#positions = positions;
    this.#worth = new Float64Array(places);
    this.#gradient = new Float64Array(places);
    this.#hessian = new Float64Array(places);
    this.#scores = new Float64Array(positions.length);
  }

  /** The scores with what their places are worth; written over by the next call. */
  added(scores: Float64Array): Float64Array {
    for (let row = 0; row < scores.length; row++) {
      this.#scores[row] = (scores[row] as number) + (this.#worth[this.#positions[row] as number] as number);
    }
    return this.#scores;
  }

  /** One Newton step of every place. */
  learn(gradient: Float32Array, hessian: Float32Array): void {
    this.#gradient.fill(0);
    this.#hessian.fill(PRIOR);
    for (let row = 0; row < gradient.length; row++) {
      const place = this.#positions[row] as number;
      this.#gradient[place] = (this.#gradient[place] as number) + (gradient[row] as number);
      this.#hessian[place] = (this.#hessian[place] as number) + (hessian[row] as number);
    }
    for (let place = 0; place < this.#worth.length; place++) {
      const step = (this.#gradient[place] as number) / (this.#hessian[place] as number);
      this.#worth[place] = (this.#worth[place] as number) - RATE * step;
    }
  }

  /** What each place is worth more than the first. */
  values(): Float64Array {
    return this.#worth.map((worth) => worth - (this.#worth[0] as number));
  }
}
