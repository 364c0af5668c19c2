// A page when the visitor's object is slow, far or dead: the last touches in the cookie keep it about what the visitor looks at.
import { beforeAll, expect, test } from "vitest";
import { verifyReceipt } from "../src/privacy/receipt.ts";
import { importSigningKeys } from "../src/privacy/signature.ts";
import { eventually } from "./support/eventually.ts";
import { publish } from "./support/publish.ts";
import { CARD, HTML, useSite } from "./support/site.ts";
import { snapshotParts } from "./support/snapshot.ts";
import { OWN_KEY, readToken, tokenFor } from "./support/tokens.ts";

const site = useSite({ 1: "tests/fixtures/ailing-objects/wrangler.toml" });
const ITEMS = 10;

const slot = `<ul data-nowcast="home" data-count="4">old${CARD}</ul>`;

beforeAll(async () => {
  site.on("/", (_, response) => response.writeHead(200, HTML).end(`<!doctype html><html><body>${slot}</body></html>`));
  const items = Array.from({ length: ITEMS }, (_, n) => ({ id: `sku-${n}`, title: `No. ${n}`, url: `/p/${n}` }));
  await site.system.request("/v1/items", { method: "PUT", json: { items } });
  // Neighbours of what was touched, and nothing else, make an item better.
  await publish(site.system, await snapshotParts(ITEMS, { "neighbour_support.weighted": 1 }));
  await eventually(async () => receiptIn(await visit()), 20_000);
});

async function visit(path = "/", cookie?: string): Promise<string> {
  return (await site.visit(path, cookie === undefined ? {} : { headers: { cookie } })).text;
}

/** The receipt of the page's slot; null when it is not filled. */
const receiptIn = (text: string): string | null => /data-nowcast-decision="(.*?)"/.exec(text)?.[1] ?? null;

/** On what grounds it was filled, by the receipt. */
async function groundsOf(text: string): Promise<string | undefined> {
  const record = await verifyReceipt(receiptIn(text) ?? "", await importSigningKeys([OWN_KEY]));
  return record?.placements[0]?.strategy;
}

const digest = {
  at: Date.now(),
  touches: [
    ["sku-2", 5],
    ["sku-4", 60],
  ],
} as const;

test.each(["hang", "throw"])(
  "when the object is told to %s, the cookie's touches decide, within the budget",
  async (mode) => {
    const cookie = `nowcast_visitor=${await tokenFor(`ailing-${mode}`, { digest })}`;
    const text = await eventually(async () => {
      const text = await visit(`/?object=${mode}`, cookie);
      return receiptIn(text) === null ? null : text;
    }, 10_000);
    expect(await groundsOf(text)).toBe("session");
    expect(text).toContain('data-nowcast-state="filled"');
  },
);

test("without touches it is what the page is about, and still filled", async () => {
  const cookie = `nowcast_visitor=${await tokenFor("ailing-blank")}`;
  const text = await eventually(async () => {
    const text = await visit("/?object=throw", cookie);
    return receiptIn(text) === null ? null : text;
  }, 10_000);
  expect(await groundsOf(text)).toBe("contextual");
});

test("an object that is well is asked, and what it knows is in the cookie afterwards", async () => {
  const jar = new Map([["nowcast_visitor", await tokenFor("hale")]]);
  const events = [{ id: "hale-1", type: "view_item", items: [{ id: "sku-6" }] }];
  const sent = await site.visit("/_nowcast/v1/events", {
    method: "POST",
    jar,
    headers: { authorization: "Bearer pk_dev", "content-type": "application/json" },
    body: JSON.stringify({ events }),
  });
  expect(sent.status).toBe(202);
  expect((await readToken(jar.get("nowcast_visitor"))).digest?.touches[0]?.[0]).toBe("sku-6");
  const text = await eventually(async () => {
    const { text } = await site.visit("/", { jar });
    return (await groundsOf(text)) === "model" ? text : null;
  }, 10_000);
  expect(text).toContain('data-nowcast-state="filled"');
});

test("POST /v1/decide tells of items what is asked for, once the isolate has read it", async () => {
  const placements = { home: { type: "recommend", count: 3, itemFields: ["title", "url"] } };
  const answer = await eventually(async () => {
    const response = await site.system.request("/v1/decide", { json: { anonymousId: "server", placements } });
    const { placements: decided } = (await response.json()) as {
      placements: { home: { items: { id: string; item?: Record<string, unknown> }[] } };
    };
    return decided.home.items.every(({ item }) => item !== undefined) ? decided.home.items : null;
  }, 10_000);
  expect(answer).toHaveLength(3);
  for (const { id, item } of answer) {
    const n = id.replace("sku-", "");
    expect(item).toEqual({ title: `No. ${n}`, url: `/p/${n}` });
  }
});
