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

/** So many turns of the microtask queue are waited before a timer is started. */
const TURNS = 4;

/** Work that is done at once, as what an isolate holds already, is done without a timer: in workerd one costs some 20 µs. */
export async function withinBudget<T>(work: Promise<T>, budgetMs: number, timer: Timer): Promise<InBudget<T>> {
  let done: InBudget<T> | null = null;
  const settled = work.then(
    (value): InBudget<T> => {
      done = { value };
      return done;
    },
    (cause): InBudget<T> => {
      done = { missed: "failed", cause };
      return done;
    },
  );
  for (let turn = 0; turn < TURNS && done === null; turn++) await null;
  if (done !== null) return done;
  const { rings, cancel } = timer(budgetMs);
  try {
    return await Promise.race([settled, rings.then((): InBudget<T> => ({ missed: "timeout" }))]);
  } finally {
    // A timer left running would keep the request's context alive long after its answer.
    cancel();
  }
}
