// What boosting lowers: an objective says, under the scores so far, in which direction each row's score should move and how
// sharply the loss bends there.

/** Writes the first and the second derivative of the loss by each row's score; hessians are from 0. */
export type Objective = (scores: Float64Array, gradient: Float32Array, hessian: Float32Array) => void;

/** The part of training data that an objective needs. */
export interface RankedLists {
  /** Offsets, ascending from 0 to rows; length lists + 1. */
  readonly groups: Uint32Array;
  /** Relevance of each row, from 0. */
  readonly labels: Float32Array;
}
