// A site with Nowcast in front of it: a local origin that a test writes the answers of, and requests as a browser sends them,
// over a socket, so that bytes, headers and their times are seen as they are.
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll } from "vitest";
import type { TestHarness } from "wrangler";
import { createHarness } from "./harness.ts";
import { type System, systemOf } from "./system.ts";

export type OriginHandler = (request: IncomingMessage, response: ServerResponse) => unknown;

export interface SiteAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  readonly text: string;
  /** The connection ended before the body did. */
  readonly isCutOff: boolean;
  /** What came, and how many milliseconds after the request was sent. */
  readonly chunks: readonly { readonly atMs: number; readonly text: string }[];
  /** Milliseconds until the headers. */
  readonly headersMs: number;
}

export interface VisitOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string;
  /** A visitor's cookies, to be sent and kept as a browser does. */
  readonly jar?: Map<string, string>;
}

export interface Site {
  /** Without a slash at the end. */
  readonly url: string;
  readonly harness: TestHarness;
  /** Nowcast's own API, below its base path. */
  readonly system: System;
  readonly origin: Server;
  /** What the origin was asked for, newest last. */
  readonly asked: IncomingMessage[];
  /** Answers for a path; `*` for all others. */
  on(path: string, handler: OriginHandler): void;
  visit(path: string, options?: VisitOptions): Promise<SiteAnswer>;
}

export const HTML = { "content-type": "text/html; charset=utf-8" };
/** Of the template that is a slot's own. */
export const CARD = '<template><a href="{{url}}">{{title}}</a></template>';

const BROWSER = {
  accept: "text/html,application/xhtml+xml",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0 Safari/537.36",
  "sec-fetch-dest": "document",
};

/** @param workers configurations that stand in for those of the same Worker, by its place: 0 edge, 1 objects, 2 decision, 3 lake */
export function useSite(
  workers: Readonly<Record<number, string>> = {},
  secrets: Readonly<Record<string, string>> = {},
): Site {
  const handlers = new Map<string, OriginHandler>();
  const asked: IncomingMessage[] = [];
  const origin = createServer((request, response) => {
    asked.push(request);
    const path = (request.url ?? "/").split("?", 1)[0] as string;
    const handler = handlers.get(path) ?? handlers.get("*");
    if (handler === undefined) response.writeHead(404, HTML).end("<p>nothing</p>");
    else handler(request, response);
  });
  const state: { harness?: TestHarness; url: string; system?: System } = { url: "" };
  beforeAll(async () => {
    await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
    const { port } = origin.address() as AddressInfo;
    state.harness = createHarness({ vars: { ORIGIN: `http://127.0.0.1:${port}` }, secrets, workers });
    const { url } = await state.harness.listen();
    state.url = url.href.replace(/\/$/, "");
    const inner = systemOf(state.harness);
    state.system = { ...inner, request: (path, options) => inner.request(`/_nowcast${path}`, options) };
  });
  afterAll(async () => {
    await state.harness?.close();
    origin.closeAllConnections();
    await new Promise((resolve) => origin.close(resolve));
  });
  return {
    get url() {
      return state.url;
    },
    get harness() {
      return state.harness as TestHarness;
    },
    get system() {
      return state.system as System;
    },
    origin,
    asked,
    on: (path, handler) => void handlers.set(path, handler),
    visit: (path, options = {}) => visit(`${state.url}${path}`, options),
  };
}

/** A request as a browser sends it. @param url absolute */
export function visit(
  url: string,
  { method = "GET", headers = {}, body, jar }: VisitOptions = {},
): Promise<SiteAnswer> {
  const cookies = [...(jar ?? [])].map(([name, value]) => `${name}=${value}`).join("; ");
  const length = body === undefined ? {} : { "content-length": Buffer.byteLength(body) };
  const sent = { ...BROWSER, ...length, ...(cookies === "" ? {} : { cookie: cookies }), ...headers };
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const call = httpRequest(
      url,
      { method, headers: sent as Record<string, string | string[]>, agent: false },
      (response) => {
        const headersMs = performance.now() - start;
        const chunks: { atMs: number; text: string }[] = [];
        const parts: Buffer[] = [];
        for (const line of response.headers["set-cookie"] ?? []) {
          const [name = "", value = ""] = (line.split(";", 1)[0] as string).split(/=(.*)/s);
          jar?.set(name, value);
        }
        const done = (isCutOff: boolean): void => {
          const whole = Buffer.concat(parts);
          const { headers, statusCode: status = 0 } = response;
          resolve({ status, headers, body: whole, text: whole.toString(), isCutOff, chunks, headersMs });
        };
        response.on("data", (part: Buffer) => {
          parts.push(part);
          chunks.push({ atMs: performance.now() - start, text: part.toString() });
        });
        response.on("end", () => done(false));
        response.on("error", () => done(true));
      },
    );
    call.on("error", reject);
    call.end(body);
  });
}
