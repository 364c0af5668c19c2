// GET and PUT /v1/config: the site's run-time configuration, as its owner reads and writes it.

import { sentence } from "../../../src/events/issues.ts";
import { EMPTY_SITE_CONFIG, siteConfigSchema } from "../../../src/html/site-config.ts";
import { SITE_LIMITS } from "../../../src/html/site-limits.ts";
import { asObject, parseJson, readText } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import type { EdgeContext } from "../context.ts";
import { foreignHosts } from "../site/hosts.ts";
import { type ConfigStore, readStored, type StoredConfig, storeConfig } from "../site-config-store.ts";

export async function getConfig(c: EdgeContext): Promise<Response> {
  const text = await stored(() => readStored(c.get("credential").site, storeOf(c)));
  const document = text === null ? EMPTY_SITE_CONFIG : (JSON.parse(text) as StoredConfig);
  return c.json(document, 200, { etag: `"${document.version}"`, "cache-control": "private, no-store" });
}

/**
 * The version that the editor started from stands in If-Match, or else in the document itself.
 * @throws ProblemError 400 naming what does not fit, 412 when somebody else was faster
 */
export async function putConfig(c: EdgeContext): Promise<Response> {
  const body = asObject(parseJson(await readText(c.req.raw, SITE_LIMITS.bytes)));
  const config = parseWith(siteConfigSchema, body);
  const foreign = foreignHosts(c.env, config);
  if (foreign.length > 0) throw new ProblemError(400, "invalid_request", sentence(foreign), { errors: foreign });
  const expected = expectedVersion(c.req.header("if-match")) ?? config.version;
  // As it was written: what the schema makes of it is for those who read it to serve pages.
  const result = await stored(() => storeConfig(c.get("credential").site, body, expected, storeOf(c)));
  if ("conflict" in result) {
    throw new ProblemError(
      412,
      "config_changed",
      `The configuration is at version ${result.conflict}, not ${expected}: read it again and make the change there.`,
      { errors: [{ field: "version", message: "is not the newest", value: `${expected}`, limit: result.conflict }] },
    );
  }
  const { version } = result.stored;
  return c.json({ version }, 200, { etag: `"${version}"` });
}

function expectedVersion(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const version = /^"(\d{1,15})"$/.exec(header.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw new ProblemError(400, "invalid_request", `If-Match: must be a version in quotes (got ${header.slice(0, 80)})`, {
    errors: [{ field: "If-Match", message: 'must be a version in quotes, such as "3"' }],
  });
}

function storeOf(c: EdgeContext): ConfigStore {
  return { bucket: c.env.SNAPSHOTS, copies: c.env.SITE_CONFIG };
}

async function stored<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    console.error({ message: "the site's configuration could not be stored or read", error: String(cause) });
    throw new ProblemError(503, "storage_unavailable", "The configuration could not be reached; try again.", {
      cause,
      headers: { "retry-after": "1" },
    });
  }
}
