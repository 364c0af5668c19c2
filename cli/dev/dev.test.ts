import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, onTestFailed, test } from "vitest";
import { catalogueItems } from "../../examples/storefront/catalogue/products.ts";
import { SHOP_CONFIG } from "../../examples/storefront/site-config.ts";
import { eventSchema } from "../../src/events/event.ts";
import { createRandom } from "../../src/kernels/random.ts";
import { placementsSchema } from "../../src/ranking/request.ts";
import { FakeNowcast } from "../client/fake-nowcast.ts";
import { RefusedError } from "../client/transport.ts";
import { freePort, ROOT } from "./local-server.ts";
import { openSecondPort } from "./second-port.ts";
import { seed } from "./seed.ts";
import { siteConfig } from "./site-worker.ts";
import { welcome } from "./welcome.ts";

let folder: string;
let server: FakeNowcast;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "nowcast-"));
  server = new FakeNowcast(createRandom(1));
  server.routes["POST /v1/snapshots"] = () => ({
    status: 201,
    body: { version: "2026-11-22.1", champion: "2026-11-22.1", challengers: [] },
  });
  server.routes["POST /v1/decide"] = () => {
    const home = { strategy: "model", items: [] };
    const decided = { decisionId: "d", site: "default", snapshot: "2026-11-22.1", itemEpoch: 1, degraded: [] };
    return { status: 200, body: { ...decided, timings: {}, placements: { home } } };
  };
  server.routes["GET /v1/config"] = () => ({ status: 200, body: { version: 0 } });
  server.routes["PUT /v1/config"] = () => ({ status: 200, body: { version: 1 } });
  server.fallback = ({ method }) => ({ status: method === "HEAD" ? 404 : 201, body: {} });
  await server.start();
});

afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const NOW = Date.parse("2026-11-22T12:00:00Z");
const DAY_MS = 86_400_000;
const quiet = { say: () => {}, startProgress: () => ({ update: () => {}, stop: () => {} }) };

test("a first start imports a simulated fortnight that ends now, says so, and publishes what it learned", async () => {
  const said: string[] = [];
  const version = await seed(server.client(), {
    folder,
    now: NOW,
    shoppers: 8,
    ...quiet,
    say: (line) => said.push(line),
  });
  expect(version).toBe("2026-11-22.1");
  expect(said.join("\n")).toContain("SIMULATED");
  const taken = [...server.taken.values()].flat();
  expect(server.taken.size).toBe(8);
  expect(Math.max(...taken.map(({ ts }) => ts))).toBeLessThanOrEqual(NOW);
  expect(Math.min(...taken.map(({ ts }) => ts))).toBeGreaterThan(NOW - 15 * DAY_MS);
  expect(server.requests.filter(({ path }) => path === "/v1/snapshots").length).toBe(1);
  expect(server.requests.find(({ method, path }) => method === "PUT" && path === "/v1/config")?.json).toEqual(
    SHOP_CONFIG,
  );
});

test("a first start that broke off is finished by the next, with the same events", async () => {
  const events = server.routes["POST /v1/events"];
  server.routes["POST /v1/events"] = () => ({ status: 401, body: { code: "key_unknown" } });
  await expect(seed(server.client(), { folder, now: NOW, shoppers: 8, ...quiet })).rejects.toThrow(RefusedError);
  if (events) server.routes["POST /v1/events"] = events;
  await seed(server.client(), { folder, now: NOW + DAY_MS, shoppers: 8, ...quiet });
  expect(JSON.parse(readFileSync(join(folder, "sample.json"), "utf8")).endTs).toBe(NOW);
  expect(new Set(server.arrivals).size).toBe(server.arrivals.length);
  expect(server.items.length).toBe(catalogueItems(NOW).length);
});

test("a server that was emptied begins anew, with a fortnight that ends now", async () => {
  await seed(server.client(), { folder, now: NOW, shoppers: 8, ...quiet });
  Object.assign(server.lake, { appended: 0, written: 0, itemEpoch: 0 });
  server.routes["GET /v1/lake/status"] = () => ({
    status: 200,
    body: { appended: 0, written: 0, pendingBytes: 0, itemEpoch: 0 },
  });
  await seed(server.client(), { folder, now: NOW + DAY_MS, shoppers: 8, ...quiet });
  expect(JSON.parse(readFileSync(join(folder, "sample.json"), "utf8")).endTs).toBe(NOW + DAY_MS);
});

test("the commands of the first screen are requests that the API takes, about an item that the sample has", () => {
  const bodies = [...welcome({ url: "http://localhost:8787", version: "1", seconds: 9.5 }).matchAll(/-d '(.*)'/g)].map(
    ([, body = ""]) => JSON.parse(body),
  );
  expect(bodies.length).toBe(2);
  const ids = catalogueItems(NOW).map(({ id }) => id);
  for (const body of bodies) {
    if ("placements" in body) placementsSchema.parse(body.placements);
    else expect(ids).toContain(eventSchema.parse(body).items?.[0]?.id);
  }
});

test("a port that someone listens on is not free, and 0 finds one that is", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  expect(await freePort(port)).toBeNull();
  other.close();
  await once(other, "close");
  expect(await freePort(port)).toBe(port);
  expect(await freePort(0)).toBeGreaterThan(1023);
});

test("a second port leads to the server and leaves the request the port that it was sent to", async () => {
  const asked: (string | undefined)[] = [];
  const first = createHttpServer(({ headers }, answer) => {
    asked.push(headers.host);
    answer.end("the same");
  }).listen(0, "127.0.0.1");
  await once(first, "listening");
  const { port } = first.address() as AddressInfo;
  const second = await openSecondPort(0, port);
  const { port: other } = second.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${other}/`)).text()).toBe("the same");
  expect(asked).toEqual([`127.0.0.1:${other}`]);
  await expect(openSecondPort(other, port)).rejects.toThrow("EADDRINUSE");
  second.closeAllConnections();
  second.close();
  first.closeAllConnections();
  first.close();
});

test("the Worker in front of the shop is the edge Worker under another name", () => {
  const edge = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  const site = siteConfig(edge, "/repository");
  expect(site).toContain('name = "nowcast-site"');
  expect(site).toContain('main = "/repository/workers/edge/index.ts"');
  expect(site).toContain('directory = "/repository/.assets"');
  const changed = edge.split("\n").filter((line) => !site.split("\n").includes(line));
  expect(changed.length).toBe(3);
  expect(() => siteConfig(edge.replace("workers/edge", "elsewhere"), "/repository")).toThrow(
    "wrangler.toml: no line like",
  );
});

test("a process ends with the parent that was killed", async () => {
  const guard = new URL("end-with-parent.ts", import.meta.url).href;
  const child = "process.stdout.write(String(process.pid)); setInterval(() => {}, 1e6)";
  const script = `
    const { spawn } = require("node:child_process");
    spawn(process.execPath, ["--no-warnings", "--import", ${JSON.stringify(guard)}, "-e", ${JSON.stringify(child)}], {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
  `;
  const parent = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const [pid] = await once(parent.stdout, "data");
  onTestFailed(() => void process.kill(Number(pid), "SIGKILL"));
  parent.kill("SIGKILL");
  // The child holds the other end of this pipe: it closes when the child is gone.
  await once(parent.stdout, "close");
});
