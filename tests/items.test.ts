// The items API: what it takes, and how soon decisions know it.
import { beforeAll, describe, expect, test } from "vitest";
import { type Decision, decide, postEvents, problemOf } from "./support/answers.ts";
import { eventually } from "./support/eventually.ts";
import { readLake } from "./support/lake.ts";
import { publish } from "./support/publish.ts";
import { snapshotParts } from "./support/snapshot.ts";
import { KEYS, useSystem } from "./support/system.ts";

const nowcast = useSystem();
/** What API.md promises: a change of an item counts in decisions within this time. */
const FRESH_MS = 5_000;

const put = (items: object[], key: string = KEYS.secret) =>
  nowcast.request("/v1/items", { method: "PUT", json: { items }, key });
const patch = (id: string, json: object) =>
  nowcast.request(`/v1/items/${encodeURIComponent(id)}`, { method: "PATCH", json });
const remove = (id: string) => nowcast.request(`/v1/items/${encodeURIComponent(id)}`, { method: "DELETE" });

async function changed(pending: Promise<Response>): Promise<{ epoch: number }> {
  const response = await pending;
  expect(response.status).toBe(200);
  return (await response.json()) as { epoch: number };
}

const itemEpoch = async () =>
  ((await (await nowcast.request("/v1/lake/status")).json()) as { itemEpoch: number }).itemEpoch;

/** Ids recommended from a category that a test has to itself. */
const recommend = (category: string, more: object = {}) =>
  decide(nowcast, { placements: { home: { type: "recommend", count: 100, filter: { category } } }, ...more });
const idsOf = (decision: Decision) => decision.placements.home?.items.map(({ id }) => id).toSorted();

function recommendsSoon(category: string, ids: string[]): Promise<Decision> {
  return eventually(async () => {
    const decision = await recommend(category);
    return JSON.stringify(idsOf(decision)) === JSON.stringify(ids.toSorted()) ? decision : null;
  }, FRESH_MS);
}

describe("within five seconds", () => {
  test("new items are recommended, in their category alone", async () => {
    const answer = await changed(
      put([
        { id: "pot-1", category: "pots" },
        { id: "pot-2", category: "pots" },
        { id: "pan-1", category: "pans" },
      ]),
    );

    expect(answer).toEqual({ accepted: 3, epoch: expect.any(Number) });
    await recommendsSoon("pots", ["pot-1", "pot-2"]);
    await recommendsSoon("pans", ["pan-1"]);
  });

  test("an item that is sold out is recommended no more, ranked last, and back when it is", async () => {
    await changed(put(["cup-1", "cup-2", "cup-3"].map((id) => ({ id, category: "cups" }))));
    await recommendsSoon("cups", ["cup-1", "cup-2", "cup-3"]);

    await changed(patch("cup-1", { available: false }));
    await recommendsSoon("cups", ["cup-2", "cup-3"]);
    const given = { type: "rank", items: [{ id: "cup-1" }, { id: "cup-2" }, { id: "cup-3" }] };
    const { placements } = await decide(nowcast, { placements: { list: given } });
    expect(placements.list?.items.map(({ id }) => id)).toEqual(["cup-2", "cup-3", "cup-1"]);

    await changed(patch("cup-1", { available: true }));
    await recommendsSoon("cups", ["cup-1", "cup-2", "cup-3"]);
  });

  test("a deleted item vanishes, is unknown to PATCH and DELETE, and can be put again", async () => {
    await changed(put(["fork-1", "fork-2"].map((id) => ({ id, category: "forks" }))));
    await recommendsSoon("forks", ["fork-1", "fork-2"]);

    await changed(remove("fork-1"));
    await recommendsSoon("forks", ["fork-2"]);
    await problemOf(await patch("fork-1", { available: true }), 404, "item_unknown");
    await problemOf(await remove("fork-1"), 404, "item_unknown");

    await changed(put([{ id: "fork-1", category: "forks" }]));
    await recommendsSoon("forks", ["fork-1", "fork-2"]);
  });

  test("rules on brand, tags and time hold for items that no snapshot knows, and follow what is put later", async () => {
    const [noble, plain] = [{ brand: "Noble", tags: ["gift"], publishedAt: 2_000 }, { brand: "Plain" }];
    const bowls = ["bowl-1", "bowl-2", "bowl-3"].map((id) => ({ id, category: "bowls", ...noble }));
    await changed(put([...bowls, { id: "bowl-4", category: "bowls", ...plain }]));
    await recommendsSoon("bowls", ["bowl-1", "bowl-2", "bowl-3", "bowl-4"]);
    const shown = async (rules: { filter?: object; caps?: object }) => {
      const filter = { category: "bowls", ...rules.filter };
      return idsOf(
        await decide(nowcast, { placements: { home: { type: "recommend", count: 100, ...rules, filter } } }),
      );
    };
    expect(await shown({ filter: { brand: "Plain" } })).toEqual(["bowl-4"]);
    for (const filter of [{ brand: "Noble" }, { tags: ["gift"] }, { publishedSince: 1_000 }]) {
      expect(await shown({ filter })).toEqual(["bowl-1", "bowl-2", "bowl-3"]);
    }
    const capped = await shown({ caps: { brand: 1 } });
    expect(capped).toHaveLength(2);
    expect(capped).toContain("bowl-4");

    await changed(patch("bowl-3", { brand: "Plain", tags: [] }));
    await eventually(async () => ((await shown({ filter: { brand: "Plain" } }))?.length === 2 ? true : null), FRESH_MS);
    expect(await shown({ filter: { tags: ["gift"] } })).toEqual(["bowl-1", "bowl-2"]);
  });

  test("a new category takes an item from one shelf to the other", async () => {
    await changed(put([{ id: "vase-1", category: "vases" }]));
    await recommendsSoon("vases", ["vase-1"]);

    await changed(patch("vase-1", { category: "jugs" }));

    await recommendsSoon("jugs", ["vase-1"]);
    expect(idsOf(await recommend("vases"))).toEqual([]);
  });

  describe("with a snapshot", () => {
    beforeAll(async () => {
      await publish(nowcast, await snapshotParts());
    });

    test("a new price counts in the features of a decision", async () => {
      const items = [{ id: "sku-0", price: 10 }];
      await changed(put([...items, { id: "sku-2", price: 10 }]));
      await postEvents(nowcast, { id: "look-1", type: "view_item", anonymousId: "looker", items });
      const distance = async () => {
        const { placements } = await decide(nowcast, {
          anonymousId: "looker",
          placements: { list: { type: "rank", items: [{ id: "sku-2" }] } },
          explain: true,
        });
        return placements.list?.items[0]?.features?.["price_distance.abs_log_ratio"]?.value ?? null;
      };
      await eventually(async () => ((await distance()) === 0 ? true : null), 20_000);

      await changed(patch("sku-2", { price: 1000 }));

      await eventually(async () => (((await distance()) ?? 0) > 4 ? true : null), FRESH_MS);
    });
  });
});

describe("the items API", () => {
  test.each(["a/b", "ü 🙂", "100%", "a?b#c", "__proto__"])("takes any id in a path as it is: %s", async (id) => {
    await changed(put([{ id }]));

    expect(await changed(patch(id, { price: 5 }))).toMatchObject({ id });
    expect(await changed(remove(id))).toMatchObject({ id });
  });

  test("the last of an item's versions in one request holds", async () => {
    await changed(
      put([
        { id: "twice", category: "first" },
        { id: "twice", category: "last" },
      ]),
    );

    await recommendsSoon("last", ["twice"]);
    expect(idsOf(await recommend("first"))).toEqual([]);
  });

  test("an item that was never put is 404", async () => {
    await problemOf(await patch("never", { price: 1 }), 404, "item_unknown");
    await problemOf(await remove("never"), 404, "item_unknown");
  });

  test("only a secret key may change items", async () => {
    const before = await itemEpoch();
    for (const [method, path] of [
      ["PUT", "/v1/items"],
      ["PATCH", "/v1/items/pot-1"],
      ["DELETE", "/v1/items/pot-1"],
    ]) {
      const options = { method: method ?? "", key: KEYS.public, json: { items: [{ id: "pot-1" }] } };
      await problemOf(await nowcast.request(path ?? "", options), 403, "secret_key_required");
    }
    expect(await itemEpoch()).toBe(before);
  });

  test.each([
    ["1,001 items", Array(1001).fill({ id: "x" }), "invalid_request", { field: "items", limit: 1000 }],
    ["no items", [], "invalid_request", { field: "items", limit: 1 }],
    ["an item without id", [{ id: "ok" }, { title: "x" }], "invalid_request", { field: "items.1.id" }],
    [
      "a negative price",
      [{ id: "x", price: -1 }],
      "invalid_request",
      { field: "items.0.price", value: "-1", limit: 0 },
    ],
    ["a price of text", [{ id: "x", price: "5" }], "invalid_request", { field: "items.0.price", value: '"5"' }],
    ["an id of 129 bytes", [{ id: "x".repeat(129) }], "invalid_request", { field: "items.0.id", limit: 128 }],
    ["101 tags", [{ id: "x", tags: Array(101).fill("t") }], "invalid_request", { field: "items.0.tags", limit: 100 }],
    [
      "a date that no calendar has",
      [{ id: "x", publishedAt: 1e300 }],
      "invalid_request",
      { field: "items.0.publishedAt", limit: 4_102_444_800_000 },
    ],
    [
      "half a surrogate pair",
      [{ id: "x", attributes: { a: "\ud800" } }],
      "ill_formed",
      { field: "items.0.attributes.a" },
    ],
    [
      "an item of 33 KB",
      [{ id: "x", attributes: { a: "€".repeat(11 * 1024) } }],
      "item_too_large",
      { field: "items.0", limit: 32_768 },
    ],
  ])("%s is refused, and nothing of the request is kept", async (_, items, code, error) => {
    const before = await itemEpoch();

    const { errors } = await problemOf(await put(items), 400, code);

    expect(errors).toMatchObject([error]);
    expect(await itemEpoch()).toBe(before);
  });

  test.each([
    ["an unknown field", { colour: "red" }, "invalid_request", { message: expect.stringMatching(/colour/) }],
    ["another id", { id: "other" }, "invalid_request", { message: expect.stringMatching(/id/) }],
    ["availability as text", { available: "no" }, "invalid_request", { field: "available", value: '"no"' }],
    ["33 KB", { attributes: { a: "x".repeat(33 * 1024) } }, "item_too_large", { field: "", limit: 32_768 }],
  ])("a change of %s is refused", async (_, json, code, error) => {
    const { errors } = await problemOf(await patch("pot-1", json), 400, code);

    expect(errors).toMatchObject([error]);
  });

  test("a catalogue near the limit of a request is taken whole, and every change of it stands in the lake", async () => {
    const text = "x".repeat(3500);
    const items = Array.from({ length: 1000 }, (_, i) => ({ id: `bulk-${i}`, category: "bulk", attributes: { text } }));

    expect(await changed(put(items))).toMatchObject({ accepted: 1000 });
    await changed(patch("bulk-7", { price: 9.5 }));
    await changed(remove("bulk-8"));

    const rows = await eventually(async () => {
      const bulk = (await readLake(nowcast, "items")).filter(({ id }) => String(id).startsWith("bulk-"));
      return bulk.length >= 1002 ? bulk : null;
    }, 25_000);
    expect(rows).toHaveLength(1002);
    const newest = (id: string) =>
      rows.filter((row) => row.id === id).toSorted((a, b) => Number(a.seq) - Number(b.seq));
    expect(newest("bulk-7").at(-1)).toMatchObject({ price: 9.5, attributes: { text } });
    expect(newest("bulk-8").at(-1)).toMatchObject({ deleted: true });
  });

  test("nothing of all this failed inside", () => {
    expect(nowcast.loggedErrors()).toEqual([]);
  });
});
