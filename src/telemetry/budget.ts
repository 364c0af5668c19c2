// A budget: waits for work no longer than a stage may take, and says so when time ran out. The work goes on.

export type InBudget<T> = { readonly value: T } | { readonly missed: "timeout" | "failed"; readonly cause?: unknown };

/** Starts a timer: the platform's, or a test's. A cancelled one never rings. */
export type Timer = (milliseconds: number) => { readonly rings: Promise<void>; readonly cancel: () => void };

/** The timer of the runtime. */
export const runtimeTimer: Timer = (milliseconds) => {
  let handle: ReturnType<typeof setTimeout> | undefined;
  const rings = new Promise<void>((resolve) => {
    handle = setTimeout(resolve, milliseconds);
  });
  const cancel = (): void => {
    if (handle !== undefined) clearTimeout(handle);
  };
  return { rings, cancel };
};

export async function withinBudget<T>(work: Promise<T>, budgetMs: number, timer: Timer): Promise<InBudget<T>> {
  const { rings, cancel } = timer(budgetMs);
  const settled = work.then(
    (value): InBudget<T> => ({ value }),
    (cause): InBudget<T> => ({ missed: "failed", cause }),
  );
  // A timer left running would keep the request's context alive long after its answer.
  return Promise.race([settled, rings.then((): InBudget<T> => ({ missed: "timeout" }))]).finally(cancel);
}
