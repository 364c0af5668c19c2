// What passes through Nowcast to the site behind it, and back, as it is.
import { afterEach, expect, test } from "vitest";
import { HTML, useSite } from "./support/site.ts";

const site = useSite({ 2: "tests/fixtures/odd-decision/wrangler.toml" });

afterEach(() => {
  site.asked.length = 0;
});

test.each(["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])(
  "%s goes to the origin with its body and comes back",
  async (method) => {
    site.on("/form", (request, response) => {
      response.writeHead(201, { "content-type": "text/plain", "x-method": request.method });
      request.pipe(response);
    });
    const answer = await site.visit("/form?a=1&b=%20", { method, body: "name=value", headers: { "x-own": "1" } });
    expect([answer.status, answer.text, answer.headers["x-method"]]).toEqual([201, "name=value", method]);
    expect(site.asked[0]?.url).toBe("/form?a=1&b=%20");
    expect(site.asked[0]?.headers["x-own"]).toBe("1");
  },
);

test("HEAD has the origin's headers and no body", async () => {
  site.on("/head", (_, response) => response.writeHead(200, { ...HTML, "x-own": "1", etag: '"h"' }).end());
  const answer = await site.visit("/head", { method: "HEAD" });
  expect(answer).toMatchObject({ status: 200, text: "", headers: { "x-own": "1", etag: '"h"' } });
});

test("the origin hears who asks, for which host, and nothing that is ours", async () => {
  site.on("/headers", (_, response) => response.writeHead(200, HTML).end("<p>"));
  await site.visit("/headers", {
    headers: {
      "x-nowcast-variant": "b",
      "X-Nowcast-Anything": "1",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "gopher",
      cookie: "a=1; nowcast_visitor=v1.x.y; b=2",
    },
  });
  const headers = site.asked[0]?.headers ?? {};
  expect(Object.keys(headers).filter((name) => name.startsWith("x-nowcast"))).toEqual([]);
  expect(headers["x-forwarded-host"]).toBe(new URL(site.url).host);
  expect(headers["x-forwarded-proto"]).toBe("http");
  expect(headers.cookie?.replace(/\s/g, "")).toBe("a=1;b=2");
});

test("cookies of 8 KB reach the origin, and its own reach the visitor one by one", async () => {
  site.on("/cookies", (_, response) => {
    response.writeHead(200, [
      ["content-type", "text/html; charset=utf-8"],
      ["set-cookie", "one=1; Path=/"],
      ["set-cookie", "two=2; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT"],
    ]);
    response.end("<body>x</body>");
  });
  const large = `big=${"x".repeat(8_000)}`;
  const { headers } = await site.visit("/cookies", { headers: { cookie: large } });
  expect(site.asked[0]?.headers.cookie).toBe(large);
  expect(headers["set-cookie"]?.slice(0, 2)).toEqual([
    "one=1; Path=/",
    "two=2; Path=/; Expires=Wed, 21 Oct 2037 07:28:00 GMT",
  ]);
  expect(headers["set-cookie"]?.[2]).toMatch(/^nowcast_visitor=/);
});

test("a range of a file is that range", async () => {
  site.on("/file.bin", (request, response) => {
    expect(request.headers.range).toBe("bytes=2-4");
    response.writeHead(206, { "content-type": "video/mp4", "content-range": "bytes 2-4/10", "content-length": "3" });
    response.end("234");
  });
  const answer = await site.visit("/file.bin", { headers: { range: "bytes=2-4", "sec-fetch-dest": "video" } });
  expect(answer).toMatchObject({ status: 206, text: "234" });
  expect(answer.headers).toMatchObject({ "content-range": "bytes 2-4/10", "content-length": "3" });
});

test("what is not modified, and whatever is no page, keeps its headers", async () => {
  site.on("/style.css", (request, response) => {
    const headers = { etag: '"s"', "cache-control": "max-age=60", "content-type": "text/css" };
    if (request.headers["if-none-match"] === '"s"') response.writeHead(304, headers).end();
    else response.writeHead(200, { ...headers, "content-length": "6" }).end("a{b:c}");
  });
  const full = await site.visit("/style.css", { headers: { "sec-fetch-dest": "style" } });
  expect(full.headers).toMatchObject({ etag: '"s"', "cache-control": "max-age=60", "content-length": "6" });
  const none = await site.visit("/style.css", { headers: { "if-none-match": '"s"', "sec-fetch-dest": "style" } });
  expect([none.status, none.text]).toEqual([304, ""]);
});

test("server-sent events arrive as they are sent", async () => {
  site.on("/stream", (_, response) => {
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    response.write("data: one\n\n");
    setTimeout(() => response.end("data: two\n\n"), 300);
  });
  const { chunks, text, headers } = await site.visit("/stream", { headers: { accept: "text/event-stream" } });
  expect(text).toBe("data: one\n\ndata: two\n\n");
  expect(headers["content-type"]).toBe("text/event-stream");
  expect((chunks.at(-1)?.atMs ?? 0) - (chunks[0]?.atMs ?? 0)).toBeGreaterThan(150);
});

test("a large upload is streamed to the origin", async () => {
  let received = 0;
  site.on("/upload", (request, response) => {
    request.on("data", (part: Buffer) => {
      received += part.length;
    });
    request.on("end", () => response.end(String(received)));
  });
  const answer = await site.visit("/upload", { method: "POST", body: "x".repeat(3_000_000) });
  expect(answer.text).toBe("3000000");
});
