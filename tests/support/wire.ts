// The wire between a browser and Nowcast: hands every request on and notes it down, those of pages that go away too, which a
// browser's own tools do not show. It can be cut.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll } from "vitest";
import type { SentEvent } from "./client-page.ts";
import type { System } from "./system.ts";

export interface WireCall {
  /** Method and path without the query. */
  readonly call: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** What was answered; 0 when the wire was cut. */
  status: number;
  answer: string;
}

export interface Wire {
  /** `http://127.0.0.1:PORT`: another origin than `http://localhost:…`. */
  readonly url: string;
  /** Calls of the API of this test, in order. */
  readonly calls: WireCall[];
  /** What to answer instead of Nowcast: a status, `"cut"` for no answer, null to hand on. Reset after each test. */
  instead: (call: WireCall) => number | "cut" | null | Promise<number | "cut" | null>;
  /** The events that went over the wire, by type; those that were sent twice twice. */
  events(type?: string): SentEvent[];
}

export function useWire(nowcast: System): Wire {
  let server: Server;
  const wire: Wire & { url: string } = {
    url: "",
    calls: [],
    instead: () => null,
    events: (type) =>
      wire.calls
        .filter(({ call }) => call === "POST /v1/events")
        .flatMap(({ body }) => (JSON.parse(body) as { events: SentEvent[] }).events)
        .filter((event) => type === undefined || event.type === type),
  };
  const relay = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk as Uint8Array);
    const body = Buffer.concat(chunks);
    const { url = "/", method = "GET" } = request;
    const { host: _, connection: __, ...headers } = request.headers as Record<string, string>;
    const name = `${method} ${url.split("?")[0]}`;
    const call: WireCall = { call: name, url, headers, body: body.toString(), status: 0, answer: "" };
    if (url.startsWith("/v1/")) wire.calls.push(call);
    const instead = await wire.instead(call);
    if (instead === "cut") throw new Error("cut");
    const answer =
      instead === null
        ? await nowcast.harness.fetch(url, {
            method,
            headers,
            ...(body.length > 0 ? { body } : {}),
            redirect: "manual",
          })
        : new Response("{}", { status: instead, headers: { "access-control-allow-origin": "*" } });
    const text = await answer.text();
    Object.assign(call, { status: answer.status, answer: text });
    const { "content-encoding": ___, ...sent } = Object.fromEntries(
      answer.headers as unknown as Iterable<[string, string]>,
    );
    response.writeHead(answer.status, sent);
    response.end(text);
  };
  beforeAll(async () => {
    server = createServer((request, response) => {
      // Cut; or a page that was closed has sent its last when Nowcast was gone already.
      relay(request, response).catch(() => request.socket.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    wire.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => {
    wire.calls.length = 0;
    wire.instead = () => null;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  return wire;
}
