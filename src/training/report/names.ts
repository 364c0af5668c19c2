// How a report calls what the figures name.
export const NAMES: Readonly<Record<string, string>> = {
  model: "This model",
  linear: "Its linear part alone",
  popular: "Most clicked",
  ctr: "Item click rate",
  "logged-order": "Order shown",
  covisitation: "Item co-visitation",
  markov: "Markov chain",
  "sequential-rules": "Sequential rules",
  "vs-knn": "VS-kNN",
  "vs-knn-tuned": "VS-kNN, tuned",
  "first-list": "First list: nothing known of the visitor",
  returning: "Returning: the visitor was seen before",
};

export const nameOf = (name: string): string => NAMES[name] ?? name;

/** `ndcg@10` as NDCG@10. */
export const metricName = (metric: string): string => metric.toUpperCase();

/** How many of what was measured, by protocol. */
export const UNITS = { rerank: "lists", "next-item": "predictions" } as const;

/** What kinds of rankers were chosen by. */
export const CHOSEN_BY = { rerank: "NDCG@10", "next-item": "Mean of HR@20 and MRR@20" } as const;

export const KINDS: Readonly<Record<string, string>> = {
  linear: "Linear",
  trees: "Boosted trees",
  "linear+trees": "Linear + trees",
  onnx: "ONNX ranker from elsewhere",
};
