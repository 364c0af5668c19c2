// Publication of the batch view: shards first, each line checked, then the pointer that makes the version count.
import type { FieldError } from "../../../src/events/issues.ts";
import { parseJson, readText } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import { BATCH_LIMITS, parseBatchLine } from "../../../src/profile/batch-view.ts";
import { batchPointerSchema, batchShardParams } from "../batch-pointer.ts";
import type { EdgeContext } from "../context.ts";

const POINTER_BYTES = 4096;
const ERRORS_TOLD = 100;

export async function putBatchShard(c: EdgeContext): Promise<Response> {
  const { site } = c.get("credential");
  const { version, shard } = parseWith(batchShardParams, {
    version: c.req.param("version"),
    shard: c.req.param("shard"),
  });
  const lines = await readText(c.req.raw, BATCH_LIMITS.shardBytes);
  const visitors = countEntries(lines, site);
  try {
    await c.env.LAKE.putBatchShard(site, version, shard, lines);
  } catch (cause) {
    console.error({ message: "a shard of the batch view could not be stored", version, shard, error: String(cause) });
    throw new ProblemError(503, "storage_unavailable", "The shard could not be stored; send it again.", {
      cause,
      headers: { "retry-after": "1" },
    });
  }
  return c.json({ version, shard, visitors }, 201);
}

export async function postBatchView(c: EdgeContext): Promise<Response> {
  const body = parseJson(await readText(c.req.raw, POINTER_BYTES));
  const pointer = parseWith(batchPointerSchema, body);
  const missing = await c.env.LAKE.switchBatchView(c.get("credential").site, pointer);
  if (missing.length > 0) {
    const some = missing.slice(0, 10).join(", ");
    const detail = `Of ${pointer.shards} shards ${missing.length} are missing: ${some}${missing.length > 10 ? ", …" : ""}.`;
    throw new ProblemError(422, "batch_view_incomplete", detail);
  }
  return c.json(pointer);
}

export async function getBatchView(c: EdgeContext): Promise<Response> {
  return c.json({ current: await c.env.LAKE.batchView(c.get("credential").site) });
}

/** @throws ProblemError 422 that names every line which is no entry of a visitor of the site */
function countEntries(lines: string, site: string): number {
  let visitors = 0;
  const errors: FieldError[] = [];
  for (const [index, line] of lines.split("\n").entries()) {
    if (line === "") continue;
    const parsed = parseBatchLine(line);
    if (parsed?.visitor.startsWith(`${site}:`)) visitors++;
    else if (errors.length < ERRORS_TOLD) {
      const message =
        parsed === null ? "is no entry within the bounds" : `is about a visitor of another site than ${site}`;
      errors.push({ field: `lines.${index}`, message });
    }
  }
  if (errors.length === 0) return visitors;
  throw new ProblemError(422, "batch_line_invalid", `${errors[0]?.field} ${errors[0]?.message}.`, { errors });
}
