// Options of training that `train` and `evaluate` share, and how its stages show on standard error.
import type { RankerKind } from "../src/ranking/ranker-model.ts";
import type { StageObserver } from "../src/training/stage-clock.ts";
import type { TrainOptions } from "../src/training/train.ts";
import { wholeNumber } from "./options.ts";
import { type Progress, startProgress } from "./progress.ts";
import { UsageError } from "./usage-error.ts";

export const trainingArgs = {
  "vector-dimensions": { type: "string", description: "Dimensions of the vectors from behaviour", default: "32" },
  "content-dimensions": {
    type: "string",
    description: "Dimensions of the vectors from titles, tags, attributes",
    default: "64",
  },
  neighbours: { type: "string", description: "Neighbours kept an item", default: "20" },
  ranker: {
    type: "string",
    description:
      "linear, trees or linear+trees where it beats the linear model; best: whichever does best on lists held back",
    default: "best",
  },
  "debias-positions": {
    type: "boolean",
    description:
      "Trees leave out what a place in the list was worth by itself: for lists whose order you want to change",
    default: false,
  },
  "all-features": {
    type: "boolean",
    description: "Keep features that the ranker would not miss",
    default: false,
  },
  seed: { type: "string", description: "Equal seeds give equal files", default: "1" },
} as const;

type Flag = "debias-positions" | "all-features";
type TrainingArgs = Readonly<Record<Exclude<keyof typeof trainingArgs, Flag>, string>> &
  Readonly<Record<Flag, boolean>>;

export function trainingOptions(args: TrainingArgs): TrainOptions {
  return {
    vectorDimensions: wholeNumber("vector-dimensions", args["vector-dimensions"], 1),
    contentDimensions: wholeNumber("content-dimensions", args["content-dimensions"], 1),
    neighbours: wholeNumber("neighbours", args.neighbours, 1),
    ...(args.ranker === "best" ? {} : { rankers: [rankerKind(args.ranker)] }),
    debiasPositions: args["debias-positions"],
    allFeatures: args["all-features"],
    seed: wholeNumber("seed", args.seed, 0),
    observer: progressOfStages(),
  };
}

function rankerKind(text: string): RankerKind {
  const kinds: readonly RankerKind[] = ["linear", "trees", "linear+trees"];
  const kind = kinds.find((each) => each === text);
  if (kind === undefined)
    throw new UsageError(`--ranker ${JSON.stringify(text)} is none of: best, ${kinds.join(", ")}`);
  return kind;
}

function progressOfStages(): StageObserver {
  let progress: Progress | null = null;
  let label = "";
  return {
    start(stage) {
      label = stage;
    },
    progress(done, total) {
      progress ??= startProgress({ label, total });
      progress.update(done);
    },
    end() {
      progress?.stop();
      progress = null;
    },
  };
}
