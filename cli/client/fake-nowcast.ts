// A Nowcast for tests: an HTTP server that keeps events as the real one does (per visitor, ids deduplicated within the
// last 512), and fails in every way that a network and a busy server know, drawn from a seed.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createRandom, type Random } from "../../src/kernels/random.ts";
import { Client } from "./client.ts";
import type { TransportPorts } from "./transport.ts";

export interface FakeEvent {
  readonly id: string;
  readonly type: string;
  readonly ts: number;
  readonly anonymousId?: string;
  readonly userId?: string;
  readonly items?: readonly { readonly id: string }[];
}

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: the body of whatever request the test sends
  readonly json: any;
}

export interface FakeAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

type Route = (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer>;

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Sleeping takes no time, only a turn of the event loop; the clock moves by what was slept. */
export function fakePorts(random: () => number = () => 0.5): TransportPorts & { slept: number } {
  const ports = {
    slept: 0,
    random,
    now: () => ports.slept,
    sleep: async (ms: number) => {
      ports.slept += ms;
      await turn();
    },
  };
  return ports;
}

export class FakeNowcast {
  /** Events of each visitor in the order in which they were taken. */
  readonly taken = new Map<string, FakeEvent[]>();
  /** Ids of all of them, in that order. */
  readonly arrivals: string[] = [];
  readonly items: string[] = [];
  readonly requests: FakeRequest[] = [];
  /** Rows in the lake: they arrive a status later, and are written when a flush asks. */
  readonly lake = { appended: 0, written: 0, pendingBytes: 0, itemEpoch: 0 };
  /** Each route may be replaced: `"POST /v1/decide"`. */
  readonly routes: Record<string, Route> = {};
  /** What other routes answer. */
  fallback: Route = () => ({ status: 404, body: { code: "not_found" } });
  /** Chance of each kind of failure: of a request to any route, of a visitor in a batch, of a decision. */
  faults: Partial<Record<"drop" | "dropAfter" | "busy" | "tooMany" | "broken" | "putOff" | "stepDown", number>> = {};
  /** Two requests with events of one visitor at the same time: never seen in an orderly client. */
  overtaken = 0;
  readonly #random: Random;
  readonly #windows = new Map<string, string[]>();
  readonly #underWay = new Set<string>();
  #server: Server | null = null;
  #port = 0;

  /** A server that listens, with chance from a seed. */
  static async started(seed = 1, faults: FakeNowcast["faults"] = {}): Promise<FakeNowcast> {
    const server = new FakeNowcast(createRandom(seed));
    server.faults = faults;
    await server.start();
    return server;
  }

  constructor(random: Random) {
    this.#random = random;
    this.routes["POST /v1/events"] = (request) => this.#events(request);
    this.routes["PUT /v1/items"] = ({ json }) => {
      this.items.push(...json.items.map((item: { id: string }) => item.id));
      this.lake.itemEpoch++;
      return { status: 200, body: { accepted: json.items.length, epoch: this.lake.itemEpoch } };
    };
    this.routes["GET /v1/lake/status"] = () => {
      const body = { ...this.lake };
      this.lake.appended = this.arrivals.length + this.items.length;
      this.lake.pendingBytes = this.lake.appended - this.lake.written;
      return { status: 200, body };
    };
    this.routes["POST /v1/lake/flush"] = () => {
      this.lake.written = this.lake.appended;
      this.lake.pendingBytes = 0;
      this.lake.itemEpoch++;
      return { status: 200, body: this.lake };
    };
    this.routes["GET /v1/snapshots"] = () => ({ status: 200, body: { champion: "2026-11-22.1", challengers: [] } });
    this.routes["POST /v1/decide"] = ({ json }) => this.decide(json);
  }

  async start(): Promise<void> {
    const server = createServer((request, response) => void this.#serve(request, response));
    await new Promise<void>((resolve) => server.listen(this.#port, "127.0.0.1", resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As if killed: open requests get no answer. Start it again and it has what it had, on the same port. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    this.#underWay.clear();
  }

  client(ports: TransportPorts = fakePorts(), timeoutMs = 60_000): Client {
    return new Client({ url: `http://127.0.0.1:${this.#port}`, key: "sk_test", timeoutMs, ports });
  }

  idsOf(visitor: string): string[] {
    return (this.taken.get(visitor) ?? []).map(({ id }) => id);
  }

  /** Ranks the one list of a request backwards; recommends what the visitor touched, the newest first. */
  // biome-ignore lint/suspicious/noExplicitAny: the body of whatever request the test sends
  decide(request: any): FakeAnswer {
    const [name = ""] = Object.keys(request.placements);
    const { items: given, count } = request.placements[name];
    const touched = (this.taken.get(visitorOf(request)) ?? []).flatMap(({ items = [] }) => items.map(({ id }) => id));
    const items: { id: string }[] =
      given === undefined
        ? [...new Set(touched.reverse())].slice(0, count).map((id) => ({ id }))
        : [...given].reverse();
    const degraded = this.#happens("stepDown") && request.budgetMs === undefined ? ["profile_timeout"] : [];
    const placement = {
      strategy: "model",
      items: items.map(({ id }, position) => ({ id, score: -position, position, source: "given" })),
    };
    const snapshot = "2026-11-22.1";
    const { itemEpoch } = this.lake;
    const decided = { decisionId: "d", site: "default", snapshot, itemEpoch, degraded, timings: {} };
    return { status: 200, body: { ...decided, placements: { [name]: placement } } };
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://fake");
    const bytes = Buffer.concat(chunks);
    const isJson = request.headers["content-type"] === "application/json";
    const json = isJson ? JSON.parse(bytes.toString()) : null;
    const method = request.method ?? "";
    const seen: FakeRequest = { method, path: pathname, query: searchParams, headers: request.headers, bytes, json };
    this.requests.push(seen);
    if (this.#happens("drop")) return void request.socket.destroy();
    if (this.#happens("busy")) return answer(response, { status: 503, headers: { "retry-after": "1" } });
    if (this.#happens("tooMany")) return answer(response, { status: 429, body: { code: "rate_limited" } });
    const route = this.routes[`${method} ${pathname}`] ?? this.fallback;
    const result: FakeAnswer = await route(seen);
    if (this.#happens("dropAfter")) return void request.socket.destroy();
    if (this.#happens("broken")) return answer(response, { status: 500 });
    answer(response, result);
  }

  async #events({ json }: FakeRequest): Promise<FakeAnswer> {
    const events: FakeEvent[] = json.events;
    const visitors = [...new Set(events.map(visitorOf))];
    for (const visitor of visitors) {
      if (this.#underWay.has(visitor)) this.overtaken++;
      this.#underWay.add(visitor);
    }
    // Others get their turn while this one is under way.
    for (let turns = this.#random.integer(4); turns > 0; turns--) await turn();
    const putOff = new Set(visitors.filter(() => this.#happens("putOff")));
    const outcome = { accepted: 0, duplicates: 0, rejected: [] as object[] };
    events.forEach((event, index) => {
      const { id } = event;
      if (putOff.has(visitorOf(event))) {
        outcome.rejected.push({ index, id, code: "overloaded", message: "later", retryable: true });
      } else if (event.type === "invalid") {
        outcome.rejected.push({ index, id, code: "invalid_event", message: "no", retryable: false });
      } else if (this.#isNew(event)) outcome.accepted++;
      else outcome.duplicates++;
    });
    for (const visitor of visitors) this.#underWay.delete(visitor);
    return { status: 202, body: outcome };
  }

  #isNew(event: FakeEvent): boolean {
    const visitor = visitorOf(event);
    const window = this.#windows.get(visitor) ?? [];
    if (window.includes(event.id)) return false;
    this.#windows.set(visitor, [...window, event.id].slice(-512));
    this.taken.set(visitor, [...(this.taken.get(visitor) ?? []), event]);
    this.arrivals.push(event.id);
    return true;
  }

  #happens(fault: keyof FakeNowcast["faults"]): boolean {
    return this.#random.next() < (this.faults[fault] ?? 0);
  }
}

function visitorOf({ anonymousId, userId }: Pick<FakeEvent, "anonymousId" | "userId">): string {
  return userId ?? anonymousId ?? "";
}

function answer(response: ServerResponse, { status, body, headers = {} }: FakeAnswer): void {
  const raw = body instanceof Uint8Array ? body : body === undefined ? "" : JSON.stringify(body);
  response.writeHead(status, { ...headers, connection: "keep-alive" }).end(raw);
}
