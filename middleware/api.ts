// Nowcast as a site's Worker asks it: over a service binding, or over HTTP with a secret key. All that comes back is checked
// before it is believed; what is wrong with it is an error, which leaves the page as the site made it.
import type { NowcastAddress, NowcastService } from "./options.ts";

/** What the entrypoint for middleware offers besides fetch. */
interface TrustedService extends NowcastService {
  asServer(request: Request): Promise<Response>;
}

export class ApiError extends Error {
  readonly status: number;
  /** The problem's code, empty where the answer named none. */
  readonly code: string;
  constructor(status: number, code: string) {
    super(`Nowcast answered ${status} ${code}`.trim());
    this.name = "ApiError";
    this.status = status;
    this.code = code;
  }
}

/** Longer than any page waits: what is still under way then is given up. */
const TIMEOUT_MS = 5_000;

export class NowcastApi {
  readonly #address: NowcastAddress;

  constructor(address: NowcastAddress) {
    this.#address = address;
  }

  /** Asks as the site's server. @param token of the visitor, where one came. @throws ApiError, or what the network throws */
  async post(path: string, body: object, token: string | null): Promise<Readonly<Record<string, unknown>>> {
    const headers = new Headers({ "content-type": "application/json" });
    if (token !== null) headers.set("x-nowcast-visitor", token);
    const { service, url, key } = this.#address;
    if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
    const request = new Request(`${originOf(url)}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
    const answer = await (service === undefined
      ? fetch(request, { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT_MS) })
      : (service as TrustedService).asServer(request));
    const read = objectOf(await answer.json().catch(() => null));
    if (!answer.ok) throw new ApiError(answer.status, typeof read?.code === "string" ? read.code : "");
    if (read === null) throw new ApiError(answer.status, "no_json");
    return read;
  }

  /** Passes a browser's own request on, which says itself by which key it asks. */
  async forward(path: string, init: RequestInit): Promise<Response> {
    const { service, url } = this.#address;
    const request = new Request(`${originOf(url)}${path}`, { ...init, redirect: "manual" });
    return service === undefined ? fetch(request) : service.fetch(request);
  }
}

/** A binding does not look at the host. */
const originOf = (url: string | undefined): string => (url ?? "https://nowcast.internal").replace(/\/+$/, "");

function objectOf(value: unknown): Readonly<Record<string, unknown>> | null {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null;
}
