// The whole of Nowcast for one test file, started before its tests and stopped after them.
import { afterAll, beforeAll } from "vitest";
import type { TestHarness } from "wrangler";
import { createHarness, KEYS } from "./harness.ts";

export { KEYS };

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
  const harness = createHarness();
  beforeAll(() => harness.listen());
  afterAll(() => harness.close());
  return systemOf(harness);
}

/** For tests that start and stop it themselves. @param worker that is asked, where the first one is not Nowcast's */
export function systemOf(harness: TestHarness, worker?: string): System {
  return {
    harness,
    request: (path, options = {}) => send(worker === undefined ? harness : harness.getWorker(worker), path, options),
    loggedErrors: () =>
      harness
        .getLogs()
        .filter(({ level }) => level === "error")
        .map(({ message }) => message),
  };
}

async function send(asked: Pick<TestHarness, "fetch">, path: string, options: RequestOptions): Promise<Response> {
  const { key = KEYS.secret, json, token } = options;
  const body = json === undefined ? options.body : JSON.stringify(json);
  const response = await asked.fetch(path, {
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
