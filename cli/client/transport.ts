// Requests that survive the server: what may pass (no connection, 429, 5xx) is sent again, with the same bytes, until it
// gets through or the time is up. Everything that Nowcast takes may be sent twice: events carry their ids, items and
// sections replace themselves. What may not is sent with `once`.
import { backoffMs, retryAfterMs } from "./backoff.ts";

/** Time and chance, so that tests need neither. */
export interface TransportPorts {
  readonly sleep: (ms: number) => Promise<void>;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Monotonic milliseconds. */
  readonly now: () => number;
}

export interface TransportOptions {
  /** Where Nowcast is, base path included. */
  readonly url: string;
  /** Secret key. */
  readonly key: string;
  /** How long one request is repeated before it counts as failed. */
  readonly timeoutMs: number;
  /** Hears of every attempt that will be repeated. */
  readonly onRetry?: (reason: string) => void;
  /** Ends whatever is under way, with its reason. */
  readonly signal?: AbortSignal;
  readonly ports?: TransportPorts;
}

export interface RequestOptions {
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses that are an answer although they are not 2xx. */
  readonly expect?: readonly number[];
  /** Not to be repeated once the server may have seen it. */
  readonly once?: boolean;
  /** How long one attempt may take, 60 s by default. */
  readonly attemptMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** An earlier attempt broke off without an answer: the server may have done the same already. */
  readonly uncertain: boolean;
  /** Of the attempt that got through. */
  readonly milliseconds: number;
}

/** The server's refusal: a problem+json as an error. */
export class RefusedError extends Error {
  override readonly name = "RefusedError";
  readonly status: number;
  readonly code: string;

  constructor(request: string, status: number, code: string, detail: string) {
    super(`${request}: ${status}${code === "" ? "" : ` ${code}`}${detail === "" ? "" : `: ${detail}`}`);
    this.status = status;
    this.code = code;
  }
}

/** The server could not be reached, or did not recover, in time. */
export class UnreachableError extends Error {
  override readonly name = "UnreachableError";
}

const ATTEMPT_MS = 60_000;
const RETRYABLE = (status: number): boolean => status === 429 || status >= 500;

const realPorts: TransportPorts = {
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  random: Math.random,
  now: () => performance.now(),
};

type Attempt =
  | { readonly response: Response; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly broken: string; readonly refused: boolean };

export class Transport {
  readonly url: string;
  readonly ports: TransportPorts;
  readonly timeoutMs: number;
  readonly #key: string;
  readonly #onRetry: (reason: string) => void;
  readonly #signal: AbortSignal | undefined;

  constructor({ url, key, timeoutMs, onRetry = () => {}, signal, ports = realPorts }: TransportOptions) {
    this.url = url.replace(/\/+$/, "");
    this.timeoutMs = timeoutMs;
    this.ports = ports;
    this.#key = key;
    this.#onRetry = onRetry;
    this.#signal = signal;
  }

  /**
   * @param path below the URL, such as `/v1/events`
   * @throws RefusedError for an answer that repeating would not change
   * @throws the reason of the client's signal; UnreachableError when the time is up, or at the first broken attempt with `once`
   */
  async request(method: string, path: string, options: RequestOptions = {}): Promise<Answer> {
    const { now, sleep, random } = this.ports;
    const startedAt = now();
    let uncertain = false;
    for (let attempt = 0; ; attempt++) {
      this.#signal?.throwIfAborted();
      const attemptedAt = now();
      const outcome = await this.#attempt(method, path, options);
      if ("response" in outcome) {
        const { response, bytes } = outcome;
        if (response.ok || options.expect?.includes(response.status)) {
          return { status: response.status, bytes, uncertain, milliseconds: now() - attemptedAt };
        }
        const refusal = refusalOf(`${method} ${path}`, response.status, bytes);
        // A 500 may have come after the work was done.
        const settled =
          !RETRYABLE(response.status) || (options.once && response.status !== 429 && response.status !== 503);
        if (settled) throw refusal;
        if (response.status !== 429 && response.status !== 503) uncertain = true;
        const wait = backoffMs(attempt, random, retryAfterMs(response.headers.get("retry-after"), Date.now()));
        if (now() - startedAt + wait > this.timeoutMs) throw new UnreachableError(refusal.message, { cause: refusal });
        this.#onRetry(`it answers ${refusal.status} ${refusal.code}`.trimEnd());
        await sleep(wait);
        continue;
      }
      if (!outcome.refused) uncertain = true;
      const wait = backoffMs(attempt, random);
      if ((options.once && !outcome.refused) || now() - startedAt + wait > this.timeoutMs) {
        throw new UnreachableError(`${method} ${this.url}${path}: ${outcome.broken}`);
      }
      this.#onRetry(outcome.broken);
      await sleep(wait);
    }
  }

  async #attempt(method: string, path: string, options: RequestOptions): Promise<Attempt> {
    try {
      const response = await fetch(this.url + path, {
        method,
        headers: { authorization: `Bearer ${this.#key}`, ...options.headers },
        signal: AbortSignal.any([
          AbortSignal.timeout(options.attemptMs ?? ATTEMPT_MS),
          ...(this.#signal ? [this.#signal] : []),
        ]),
        redirect: "error",
        ...(options.body === undefined ? {} : { body: options.body }),
      });
      return { response, bytes: new Uint8Array(await response.arrayBuffer()) };
    } catch (error) {
      const { message, code } = causeOf(error);
      return { broken: message, refused: code === "ECONNREFUSED" || code === "ENOTFOUND" };
    }
  }
}

/** fetch says "fetch failed" and hides why in its cause. */
function causeOf(error: unknown): { message: string; code: string } {
  if (error instanceof Error && error.name === "TimeoutError") return { message: "no answer in time", code: "" };
  let cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (cause instanceof AggregateError && cause.errors[0] instanceof Error) cause = cause.errors[0];
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  if (code === "ECONNREFUSED") return { message: "nothing listens there", code };
  return { message: cause instanceof Error && cause.message !== "" ? cause.message : code || String(cause), code };
}

function refusalOf(request: string, status: number, bytes: Uint8Array): RefusedError {
  const text = new TextDecoder().decode(bytes);
  let problem: { code?: unknown; detail?: unknown } = {};
  try {
    problem = JSON.parse(text) ?? {};
  } catch {
    problem = { detail: text.split("\n", 1)[0]?.slice(0, 200) };
  }
  return new RefusedError(request, status, String(problem.code ?? ""), String(problem.detail ?? ""));
}
