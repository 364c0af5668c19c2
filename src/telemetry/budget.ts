// A budget: waits for work no longer than a stage may take, and says so when time ran out. The work goes on.

export type InBudget<T> = { readonly value: T } | { readonly missed: "timeout" | "failed"; readonly cause?: unknown };

/** Resolves after the given time; the platform's timer, or a test's. */
export type Sleep = (milliseconds: number) => Promise<void>;

export async function withinBudget<T>(work: Promise<T>, budgetMs: number, sleep: Sleep): Promise<InBudget<T>> {
  const settled = work.then(
    (value): InBudget<T> => ({ value }),
    (cause): InBudget<T> => ({ missed: "failed", cause }),
  );
  return Promise.race([settled, sleep(budgetMs).then((): InBudget<T> => ({ missed: "timeout" }))]);
}
