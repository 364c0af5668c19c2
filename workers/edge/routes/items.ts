// PUT /v1/items, PATCH and DELETE /v1/items/{id}: the live catalogue.
import { items as config } from "../../../nowcast.config.ts";
import { type Item, itemPatchSchema, itemsRequestSchema } from "../../../src/catalog/item.ts";
import { byItemShard, itemShardName, itemShardOf } from "../../../src/catalog/item-shard.ts";
import { identifier } from "../../../src/events/identifier.ts";
import { LIMITS } from "../../../src/events/limits.ts";
import { parseJson, readText } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import type { EdgeContext } from "../context.ts";
import { boundedItemBytes, itemParts } from "../item-limits.ts";

/** Items may carry long texts: a request of them is larger than one of events. */
const ITEMS_BYTES = 4 * 1024 * 1024;
const itemId = identifier(LIMITS.itemIdBytes);

export async function putItems(c: EdgeContext): Promise<Response> {
  const body = parseJson(await readText(c.req.raw, ITEMS_BYTES));
  const { items } = parseWith(itemsRequestSchema, body);
  items.forEach((item, index) => {
    boundedItemBytes(item, ["items", index]);
  });
  const byShard = byItemShard(items, ({ id }) => id, config.shards);
  const epochs = await Promise.all([...byShard].map(([shard, items]) => putShard(c, shard, items)));
  return c.json({ accepted: items.length, epoch: Math.max(...epochs) });
}

export async function patchItem(c: EdgeContext): Promise<Response> {
  const id = parseWith(itemId, c.req.param("id"), ["id"]);
  const patch = parseWith(itemPatchSchema, parseJson(await readText(c.req.raw, ITEMS_BYTES)));
  boundedItemBytes(patch, []);
  const { stub, shard } = objectOf(c, itemShardOf(id, config.shards));
  return answer(c, id, await stub.patchItem(shard, id, patch));
}

export async function deleteItem(c: EdgeContext): Promise<Response> {
  const id = parseWith(itemId, c.req.param("id"), ["id"]);
  const { stub, shard } = objectOf(c, itemShardOf(id, config.shards));
  return answer(c, id, await stub.deleteItem(shard, id));
}

function answer(c: EdgeContext, id: string, epoch: number | null): Response {
  if (epoch === null) throw new ProblemError(404, "item_unknown", `There is no item ${JSON.stringify(id)}.`);
  return c.json({ id, epoch });
}

async function putShard(c: EdgeContext, index: number, items: readonly Item[]): Promise<number> {
  const { stub, shard } = objectOf(c, index);
  let epoch = 0;
  // One after the other: a later part may hold a newer version of the same item.
  for (const part of itemParts(items)) epoch = await stub.putItems(shard, part);
  return epoch;
}

function objectOf(c: EdgeContext, shard: number) {
  const { site } = c.get("credential");
  return { stub: c.env.ITEM_STATS.getByName(itemShardName(site, shard)), shard: { site, shard } };
}
