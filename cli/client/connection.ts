// The options by which a command finds a running Nowcast, and the client that they make.
import { UsageError } from "../usage-error.ts";
import { Client } from "./client.ts";

export const DEFAULT_URL = "http://localhost:8787";
/** The secret key of local development. */
export const LOCAL_KEY = "sk_dev";

/** For a command's `args`. @param timeoutS default of --timeout */
export const connectionArgs = (timeoutS: number) =>
  ({
    url: { type: "string", valueHint: "URL", description: `Where Nowcast is (NOWCAST_URL, else ${DEFAULT_URL})` },
    key: { type: "string", valueHint: "KEY", description: `Secret key (NOWCAST_KEY, else ${LOCAL_KEY})` },
    timeout: {
      type: "string",
      valueHint: "SECONDS",
      default: String(timeoutS),
      description: "How long to go on trying while the server does not answer",
    },
  }) as const;

interface ConnectionOptions {
  readonly url?: string | undefined;
  readonly key?: string | undefined;
  readonly timeout: string;
}

/** How often standard error hears that the server is still away. */
const REMIND_MS = 10_000;

/** @throws UsageError when an option makes no sense */
export function connect(options: ConnectionOptions, environment: NodeJS.ProcessEnv = process.env): Client {
  const url = options.url ?? environment.NOWCAST_URL ?? DEFAULT_URL;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) throw new UsageError(`--url: ${url} is no http(s) URL`);
  const seconds = Number(options.timeout);
  if (!(seconds >= 0)) throw new UsageError(`--timeout: ${options.timeout} is no number of seconds`);
  let remindAt = Number.NEGATIVE_INFINITY;
  return new Client({
    url,
    key: options.key ?? environment.NOWCAST_KEY ?? LOCAL_KEY,
    timeoutMs: seconds * 1000,
    onRetry(reason) {
      if (performance.now() < remindAt) return;
      remindAt = performance.now() + REMIND_MS;
      process.stderr.write(`${process.stderr.isTTY ? "\n" : ""}${url}: ${reason}; trying again\n`);
    },
  });
}
