// Load on one endpoint, bounded in time: requests a second and latencies in milliseconds with fractions.
import { Agent, request } from "node:http";
import autocannon from "autocannon";

export interface LoadRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
  /** Answers other than 2xx, and connections that failed. */
  readonly failures: number;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
}

/** Loopback only. @param next makes the request with the given number, so that ids can be unique */
export async function load(url: string, next: (n: number) => LoadRequest, options: LoadOptions): Promise<LoadResult> {
  requireLoopback(url);
  const latencies: number[] = [];
  let n = 0;
  let failures = 0;
  const result = await new Promise<autocannon.Result>((resolve, reject) => {
    const run = autocannon(
      {
        url,
        connections: options.connections,
        duration: options.seconds,
        // Called for every request, so that each carries what no other does.
        requests: [{ setupRequest: (request) => Object.assign(request, next(n++)) }],
      },
      (error, finished) => (error ? reject(error) : resolve(finished)),
    );
    run.on("response", (_client, status, _bytes, time) => {
      if (status >= 200 && status < 300) latencies.push(time);
      else failures++;
    });
  });
  return summary(latencies, result.duration, failures + result.errors);
}

export interface PacedOptions {
  readonly requestsPerSecond: number;
  readonly seconds: number;
}

/**
 * Requests at even distances, sent whether those before have been answered or not; a latency counts from when its request was
 * sent. Loopback only.
 */
export async function pacedLoad(
  url: string,
  next: (n: number) => LoadRequest,
  { requestsPerSecond, seconds }: PacedOptions,
): Promise<LoadResult> {
  requireLoopback(url);
  const agent = new Agent({ keepAlive: true });
  const latencies: number[] = [];
  let failures = 0;
  const send = async (n: number): Promise<void> => {
    const { body, ...options } = next(n);
    const sentAt = performance.now();
    await new Promise<void>((resolve) => {
      const call = request(url + options.path, { ...options, agent }, (response) => {
        response.resume().once("end", () => {
          if (response.statusCode === 200) latencies.push(performance.now() - sentAt);
          else failures++;
          resolve();
        });
      });
      call.once("error", () => {
        failures++;
        resolve();
      });
      call.end(body);
    });
  };
  const sent: Promise<void>[] = [];
  const startedAt = performance.now();
  const total = Math.round(requestsPerSecond * seconds);
  while (sent.length < total) {
    const due = Math.min(total, ((performance.now() - startedAt) / 1000) * requestsPerSecond);
    while (sent.length < due) sent.push(send(sent.length));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(sent);
  agent.destroy();
  return summary(latencies, seconds, failures);
}

function requireLoopback(url: string): void {
  if (!/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):/.test(url)) throw new Error(`load is for loopback only: ${url}`);
}

function summary(latencies: number[], seconds: number, failures: number): LoadResult {
  latencies.sort((a, b) => a - b);
  return {
    requestsPerSecond: latencies.length / seconds,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    requests: latencies.length,
    failures,
  };
}

/** @param sorted ascending; NaN when empty */
export function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}
