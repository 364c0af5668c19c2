// The softmax of a list as an objective of trees: each row moves towards its share of the clicks (ListNet's top-one
// cross-entropy, Cao et al. 2007: what the linear ranker learns by too).
import { exp } from "../../kernels/elementary.ts";
import { longestList } from "./lambda-rank.ts";
import type { Objective, RankedLists } from "./objective.ts";

export function listwiseSoftmax({ groups, labels }: RankedLists): Objective {
  const mass = new Float64Array(longestList(groups));
  return (scores, gradient, hessian) => {
    for (let list = 0; list + 1 < groups.length; list++) {
      const from = groups[list] as number;
      const to = groups[list + 1] as number;
      let relevance = 0;
      let top = Number.NEGATIVE_INFINITY;
      for (let row = from; row < to; row++) {
        relevance += labels[row] as number;
        top = Math.max(top, scores[row] as number);
      }
      if (relevance === 0) {
        gradient.fill(0, from, to);
        hessian.fill(0, from, to);
        continue;
      }
      let sum = 0;
      for (let row = from; row < to; row++) sum += mass[row - from] = exp((scores[row] as number) - top);
      for (let row = from; row < to; row++) {
        const share = (mass[row - from] as number) / sum;
        gradient[row] = share - (labels[row] as number) / relevance;
        hessian[row] = share * (1 - share);
      }
    }
  };
}
