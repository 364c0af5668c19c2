// What the test harness cannot show, since it asks origins through Node: redirects, WebSockets, encodings and broken connections
// between workerd and an origin.
import type { ChildProcess } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gunzipSync, gzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort, spawnServer, untilHealthy } from "../cli/dev/local-server.ts";
import { HTML, type OriginHandler, visit } from "./support/site.ts";

const persist = mkdtempSync(join(tmpdir(), "nowcast-site-"));
const handlers = new Map<string, OriginHandler>();
const origin: Server = createServer((request, response) => handlers.get(request.url ?? "")?.(request, response));
let nowcast: ChildProcess;
let url = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => origin.listen(0, "127.0.0.1", resolve));
  const port = (await freePort(0)) ?? 0;
  const vars = { ORIGIN: `http://127.0.0.1:${(origin.address() as AddressInfo).port}` };
  nowcast = spawnServer({ port, persist, output: "ignore", vars });
  url = `http://127.0.0.1:${port}`;
  await untilHealthy(`${url}/_nowcast`, nowcast, 60_000);
});

afterAll(async () => {
  const gone = new Promise((resolve) => nowcast.once("exit", resolve));
  nowcast.kill("SIGTERM");
  await gone;
  origin.closeAllConnections();
  origin.close();
  rmSync(persist, { recursive: true, force: true });
});

const page = (body: string) => `<!doctype html><html><head></head><body>${body}</body></html>`;

test.each([
  ["gzip", gzipSync],
  ["br", brotliCompressSync],
])("a page that comes as %s is read, and says nothing of bytes that it no longer has", async (encoding, compress) => {
  const body = compress(Buffer.from(page('<div data-nowcast="home">old</div>')));
  const headers = { ...HTML, "content-encoding": encoding, "content-length": body.length, etag: '"abc"' };
  const path = `/packed-${encoding}`;
  let asked = "";
  handlers.set(path, (request, response) => {
    asked = String(request.headers["accept-encoding"]);
    response.writeHead(200, headers).end(body);
  });
  const answer = await visit(url + path);
  expect(answer.text).toMatch(/<div data-nowcast-state="fallback"[^>]*>old<\/div><\/body><\/html>$/);
  for (const name of ["etag", "content-length", "content-encoding"]) expect(answer.headers).not.toHaveProperty(name);
  expect(asked).not.toContain("zstd");
});

test("a file that comes compressed is passed on", async () => {
  const body = gzipSync(Buffer.from("a{b:c}"));
  handlers.set("/style.css", (_, response) =>
    response.writeHead(200, { "content-type": "text/css", "content-encoding": "gzip", etag: '"s"' }).end(body),
  );
  const answer = await visit(`${url}/style.css`, { headers: { "sec-fetch-dest": "style", "accept-encoding": "gzip" } });
  expect(gunzipSync(answer.body).toString()).toBe("a{b:c}");
  expect(answer.headers).toMatchObject({ etag: '"s"', "content-encoding": "gzip" });
});

test.each(["/cut.txt", "/cut.html"])("what breaks off at the origin breaks off: %s", async (path) => {
  handlers.set(path, (_, response) => {
    response.writeHead(200, path.endsWith("html") ? HTML : { "content-type": "text/plain" });
    response.write('<body><section data-nowcast="home">half of');
    setTimeout(() => response.destroy(), 50);
  });
  const { text, isCutOff } = await visit(url + path);
  expect(text).toMatch(/^<body>.*<section.*>half of$/);
  expect(isCutOff).toBe(true);
});

test("an origin that is away is told of, not hidden", async () => {
  handlers.set("/gone", (request) => request.socket.destroy());
  expect((await visit(`${url}/gone`)).status).toBe(502);
});

test("a WebSocket is opened, and messages go both ways", async () => {
  let asked: string | undefined;
  origin.on("upgrade", (request, socket: Socket) => {
    asked = request.url;
    const accept = createHash("sha1").update(
      `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`,
    );
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept.digest("base64")}\r\n\r\n`,
    );
    socket.once("data", (frame) => {
      const mask = frame.subarray(2, 6);
      const text = Buffer.from(frame.subarray(6).map((byte, i) => byte ^ (mask[i % 4] as number))).toString();
      const reply = Buffer.from(`echo: ${text}`);
      socket.write(Buffer.concat([Buffer.of(0x81, reply.length), reply]));
    });
  });
  const socket = new WebSocket(`${url.replace("http", "ws")}/socket?room=1`);
  const heard = new Promise((resolve, reject) => {
    socket.onopen = () => socket.send("hello");
    socket.onmessage = ({ data }) => resolve(data);
    socket.onerror = () => reject(new Error("the socket failed"));
  });
  expect(await heard).toBe("echo: hello");
  expect(asked).toBe("/socket?room=1");
  socket.close();
});

test.each([
  ["/relative", "/relative"],
  ["https://elsewhere.example/x", "https://elsewhere.example/x"],
  ["//elsewhere.example/x", "//elsewhere.example/x"],
])("a redirect to %s is the visitor's to follow", async (location, seen) => {
  handlers.set("/redirect", (_, response) => response.writeHead(302, { location }).end());
  const answer = await visit(`${url}/redirect`);
  expect([answer.status, answer.headers.location]).toEqual([302, seen]);
});

test("a redirect to the origin's own host stays in front of it", async () => {
  handlers.set("/own", (request, response) =>
    response.writeHead(301, { location: `http://${request.headers.host}/there?x=1#y` }).end(),
  );
  const answer = await visit(`${url}/own`);
  expect(answer.headers.location).toBe(`${url}/there?x=1#y`);
});
