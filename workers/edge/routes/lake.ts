// The lake's files and progress, for `nowcast lake pull` and for whoever waits until events have arrived.
import { itemEpochsName } from "../../../src/catalog/item-shard.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import type { EdgeContext } from "../context.ts";

export async function getLakeStatus(c: EdgeContext): Promise<Response> {
  return statusWith(c, await c.env.LAKE.status(c.get("credential").site));
}

export async function postLakeFlush(c: EdgeContext): Promise<Response> {
  return statusWith(c, await c.env.LAKE.flush(c.get("credential").site));
}

async function statusWith(c: EdgeContext, status: object): Promise<Response> {
  const { epoch: itemEpoch } = await c.env.ITEM_EPOCHS.getByName(itemEpochsName(c.get("credential").site)).head();
  return c.json({ ...status, itemEpoch });
}

export async function getLakeFiles(c: EdgeContext): Promise<Response> {
  return c.json(await c.env.LAKE.list(c.get("credential").site, c.req.query("cursor") ?? null));
}

export async function getLakeFile(c: EdgeContext): Promise<Response> {
  const key = c.req.query("key") ?? "";
  const body = await c.env.LAKE.read(c.get("credential").site, key);
  if (body === null) throw new ProblemError(404, "file_unknown", `There is no file ${JSON.stringify(key)}.`);
  return new Response(body, { headers: { "content-type": "application/octet-stream" } });
}
