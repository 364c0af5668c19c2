// One request to Nowcast.

/** Browsers let bodies of few bytes outlive their page, and refuse larger ones. */
const KEPT_ALIVE_CHARACTERS = 20_000;

/** A server that says nothing for so long is away. */
const TIMEOUT_MS = 30_000;

export interface Reply {
  readonly status: number;
  /** Parsed JSON; null when there was none. */
  readonly body: { readonly [field: string]: unknown } | null;
}

/** Posts a body; the request outlives the page where it can. @throws when there was no answer */
export async function post(url: string, body: string, headers: Readonly<Record<string, string>> = {}): Promise<Reply> {
  const keepalive = body.length < KEPT_ALIVE_CHARACTERS;
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { method: "POST", body, keepalive, headers, signal });
  return { status: response.status, body: await response.json().catch(() => null) };
}
