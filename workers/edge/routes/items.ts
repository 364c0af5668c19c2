// PUT /v1/items, PATCH and DELETE /v1/items/{id}: the live catalogue.
import { itemPatchSchema, itemsRequestSchema } from "../../../src/catalog/item.ts";
import { identifier } from "../../../src/events/identifier.ts";
import { LIMITS } from "../../../src/events/limits.ts";
import { decodeText, parseJson, readBody } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import type { EdgeContext } from "../context.ts";
import { boundedItemBytes, itemParts } from "../item-limits.ts";

/** Items may carry long texts: a request of them is larger than one of events. */
const ITEMS_BYTES = 4 * 1024 * 1024;
const itemId = identifier(LIMITS.itemIdBytes);

export async function putItems(c: EdgeContext): Promise<Response> {
  const body = parseJson(decodeText(await readBody(c.req.raw, ITEMS_BYTES)));
  const { items } = parseWith(itemsRequestSchema, body);
  const parts = itemParts(items);
  let epoch = 0;
  // One after the other: a later part may hold a newer version of the same item.
  for (const part of parts) epoch = await objectOf(c).putItems(c.var.credential.site, part);
  return c.json({ accepted: items.length, epoch });
}

export async function patchItem(c: EdgeContext): Promise<Response> {
  const id = parseWith(itemId, c.req.param("id"), ["id"]);
  const patch = parseWith(itemPatchSchema, parseJson(decodeText(await readBody(c.req.raw, ITEMS_BYTES))));
  boundedItemBytes(patch, []);
  return answer(c, id, await objectOf(c).patchItem(c.var.credential.site, id, patch));
}

export async function deleteItem(c: EdgeContext): Promise<Response> {
  const id = parseWith(itemId, c.req.param("id"), ["id"]);
  return answer(c, id, await objectOf(c).deleteItem(c.var.credential.site, id));
}

function answer(c: EdgeContext, id: string, epoch: number | null): Response {
  if (epoch === null) throw new ProblemError(404, "item_unknown", `There is no item ${JSON.stringify(id)}.`);
  return c.json({ id, epoch });
}

function objectOf(c: EdgeContext) {
  return c.env.ITEM_STATS.getByName(`${c.var.credential.site}:items`);
}
