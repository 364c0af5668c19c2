import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { createShop } from "../shop/app.ts";
import { browse } from "./browse.ts";

/** The shop, with slots marked as Nowcast marks them, and a place that takes events. */
const shop = createShop();
const SCRIPT = '<script async src="/_nowcast/nowcast.js" data-key="pk_dev" data-base="/_nowcast"></script></head>';
interface Taken {
  readonly id: string;
  readonly type: string;
  readonly decisionId?: string;
  readonly items?: readonly { readonly id: string }[];
}
let taken: Taken[] = [];
let orders = 0;
let server: Server;
let url: string;

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const path = request.url ?? "/";
    if (path.startsWith("/_nowcast/v1/events?key=pk_dev")) {
      taken.push(...JSON.parse(body.toString()).events);
      response.writeHead(202).end('{"accepted":1}');
      return;
    }
    if (request.method === "POST" && path === "/checkout") orders++;
    const answer = await shop.request(`http://shop.example${path}`, {
      method: request.method ?? "GET",
      headers: {
        cookie: request.headers.cookie ?? "",
        ...(request.headers["content-type"] ? { "content-type": request.headers["content-type"] } : {}),
      },
      ...(body.length > 0 ? { body: body.toString() } : {}),
    });
    for (const [name, value] of answer.headers) response.appendHeader(name, value);
    const html = (await answer.text())
      .replace("</head>", SCRIPT)
      .replaceAll(/data-nowcast="(\w+)"/g, '$& data-nowcast-state="filled" data-nowcast-decision="d-$1"');
    response.writeHead(answer.status).end(html);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  taken = [];
  orders = 0;
});

test("shoppers open pages, fill carts and order, and tell what the script would, with the page's receipts", async () => {
  const report = await browse({ url, visitors: 25, seed: 3 });
  expect(report).toMatchObject({ visitors: 25, events: taken.length, orders, fallbacks: {} });
  expect(report.pages).toBeGreaterThan(100);
  expect(report.orders).toBeGreaterThan(0);
  const types = new Set(taken.map(({ type }) => type));
  expect([...types].sort()).toEqual(
    ["add_to_cart", "begin_checkout", "purchase", "search", "select_item", "view_item", "view_item_list"].sort(),
  );
  expect(taken.filter(({ type }) => type === "purchase").length).toBe(orders);
  const ofSlots = taken.filter(({ type }) => type === "view_item_list" || type === "select_item");
  expect(ofSlots.filter(({ decisionId }) => !decisionId?.startsWith("d-"))).toEqual([]);
  expect(new Set(taken.map(({ id }) => id)).size).toBe(taken.length);
  const { home } = report.placements;
  expect(home?.filled).toBe(home?.lists);
  expect(home?.items).toBe(8 * (home?.lists ?? 0));
});

test("the same seed does the same, one browser at a time or several", async () => {
  const alone = await browse({ url, visitors: 8, seed: 4, concurrency: 1 });
  const told = taken.map(({ id, type, items = [] }) => `${id} ${type} ${items.map((item) => item.id)}`).sort();
  taken = [];
  expect(await browse({ url, visitors: 8, seed: 4, concurrency: 5 })).toEqual(alone);
  expect(taken.map(({ id, type, items = [] }) => `${id} ${type} ${items.map((item) => item.id)}`).sort()).toEqual(told);
});

test("a shop that does not answer with a page is an error that names it", async () => {
  await expect(browse({ url: "http://127.0.0.1:9", visitors: 1, seed: 1 })).rejects.toThrow("GET http://127.0.0.1:9/");
});
