// Tells how long the stages of a run take and how much memory the process has come to need, and passes progress on.
export interface StageObserver {
  readonly start: (stage: string) => void;
  readonly progress: (done: number, total: number) => void;
  readonly end: (stage: string, seconds: number) => void;
}

export interface StageClock {
  /** A stage that returns a promise lasts until it is settled. */
  stage<T>(name: string, run: (onProgress: (done: number, total: number) => void) => T): T;
  /** By stage, in the order in which they ran. */
  seconds(): Record<string, number>;
  /** The most resident memory that the process ever had, by the end of each stage. */
  peakBytes(): Record<string, number>;
}

export function createStageClock(observer?: StageObserver): StageClock {
  const took: Record<string, number> = {};
  const peaks: Record<string, number> = {};
  return {
    stage(name, run) {
      observer?.start(name);
      const startedAt = performance.now();
      const end = (): void => {
        took[name] = Math.round(performance.now() - startedAt) / 1000;
        peaks[name] = process.resourceUsage().maxRSS * 1024;
        observer?.end(name, took[name]);
      };
      const result = run((done, total) => observer?.progress(done, total));
      if (result instanceof Promise) return result.finally(end) as typeof result;
      end();
      return result;
    },
    seconds: () => ({ ...took }),
    peakBytes: () => ({ ...peaks }),
  };
}
