// The whole of Nowcast for one test file: the four Workers from their real configurations in one local server, with
// queues, objects and storage of their own. Secrets come from .dev.vars; only the keys of a second site are added.
import "./quiet.ts";
import { afterAll, beforeAll } from "vitest";
import { createTestHarness, type TestHarness } from "wrangler";

export const KEYS = {
  secret: "sk_dev",
  public: "pk_dev",
  otherSecret: "sk_other_dev",
  otherPublic: "pk_other_dev",
} as const;

const ROOT = new URL("../../", import.meta.url).pathname;
const CONFIGS = [
  "wrangler.toml",
  "durable-objects/wrangler.toml",
  "workers/decision/wrangler.toml",
  "workers/lake/wrangler.toml",
];

export interface RequestOptions {
  readonly method?: string;
  /** Sent as a Bearer token; null for none. Default: the secret key. */
  readonly key?: string | null;
  /** Becomes the body, as JSON. */
  readonly json?: unknown;
  /** A stream is sent in chunks, without a length. */
  readonly body?: string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A visitor token. */
  readonly token?: string;
  /** What to do with a redirect; by default it is followed. */
  readonly redirect?: "follow" | "manual";
}

export interface System {
  readonly harness: TestHarness;
  request(path: string, options?: RequestOptions): Promise<Response>;
  /** What the Workers wrote to the log as errors since the file began. */
  loggedErrors(): string[];
}

/** Starts the system before the tests of the calling file and stops it after them. */
export function useSystem(): System {
  const harness = createTestHarness({
    root: ROOT,
    workers: CONFIGS.map((configPath, index) => ({
      configPath,
      ...(index === 0 ? { secrets: { NOWCAST_KEYS: Object.values(KEYS).join(" ") } } : {}),
    })),
  });
  beforeAll(() => harness.listen());
  afterAll(() => harness.close());
  return {
    harness,
    request: (path, options = {}) => send(harness, path, options),
    loggedErrors: () =>
      harness
        .getLogs()
        .filter(({ level }) => level === "error")
        .map(({ message }) => message),
  };
}

async function send(harness: TestHarness, path: string, options: RequestOptions): Promise<Response> {
  const { key = KEYS.secret, json, token } = options;
  const body = json === undefined ? options.body : JSON.stringify(json);
  const response = await harness.fetch(path, {
    method: options.method ?? (body === undefined ? "GET" : "POST"),
    redirect: options.redirect ?? "follow",
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(json === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { "x-nowcast-visitor": token }),
      ...options.headers,
    },
    ...(body === undefined ? {} : { body, duplex: "half" as const }),
  });
  return response as unknown as Response;
}
