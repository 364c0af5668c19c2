// When to stop: at a signal, and when npm, which started us, is gone. npm 11 runs a script in a shell, and a shell that is
// told to end does not tell its children: `npm start` would leave everything running behind it.

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const WATCH_MS = 500;

/** Calls `stop` once. Does not keep the process alive. */
export function onEnd(stop: () => void): void {
  for (const signal of SIGNALS) process.once(signal, stop);
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    stop();
  }, WATCH_MS);
  watch.unref();
}
