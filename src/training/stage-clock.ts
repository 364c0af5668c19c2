// Tells how long the stages of a run take and passes their progress on.
export interface StageObserver {
  readonly start: (stage: string) => void;
  readonly progress: (done: number, total: number) => void;
  readonly end: (stage: string, seconds: number) => void;
}

export interface StageClock {
  stage<T>(name: string, run: (onProgress: (done: number, total: number) => void) => T): T;
  /** By stage, in the order in which they ran. */
  seconds(): Record<string, number>;
}

export function createStageClock(observer?: StageObserver): StageClock {
  const took: Record<string, number> = {};
  return {
    stage(name, run) {
      observer?.start(name);
      const startedAt = performance.now();
      const result = run((done, total) => observer?.progress(done, total));
      took[name] = Math.round(performance.now() - startedAt) / 1000;
      observer?.end(name, took[name]);
      return result;
    },
    seconds: () => ({ ...took }),
  };
}
