// Publication: sections go to R2 under their hash, a manifest becomes a version once the decision Worker has loaded it,
// and only then does the pointer move.
import { proxyDurable } from "itty-durable";
import * as z from "zod";
import type { RegistryCalls, RegistryState } from "../../../durable-objects/model-registry.ts";
import { declaredLength, parseJson, readText } from "../../../src/http/body.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import {
  type ModelPointer,
  manifestKey,
  pointerKey,
  sectionKey,
  sectionsOf,
  sha256Schema,
} from "../../../src/snapshot/manifest.ts";
import { readManifest } from "../../../src/snapshot/snapshot.ts";
import { SnapshotError } from "../../../src/snapshot/tensor-file.ts";
import type { EdgeContext } from "../context.ts";

/** What a request to a Worker may carry on Cloudflare's smallest plans. */
const SECTION_BYTES = 100 * 1024 * 1024;
const MANIFEST_BYTES = 1024 * 1024;

/** As the registry hands versions out. */
const versionSchema = z.string().regex(/^\d{4}-\d\d-\d\d\.\d{1,9}$/, "must be a version such as 2026-11-22.3");
const publishSchema = z.object({ manifest: z.unknown(), share: z.number().gt(0).max(1).default(1) });

export async function headSection(c: EdgeContext): Promise<Response> {
  const sha256 = parseWith(sha256Schema, c.req.param("sha256"), ["sha256"]);
  const found = await c.env.SNAPSHOTS.head(sectionKey(sha256));
  return new Response(null, { status: found === null ? 404 : 200 });
}

/**
 * Streamed, as a section can be larger than the isolate. Sections are not of a site: who knows the hash has it from a
 * manifest of its own, or has the bytes.
 */
export async function getSection(c: EdgeContext): Promise<Response> {
  const sha256 = parseWith(sha256Schema, c.req.param("sha256"), ["sha256"]);
  const found = await c.env.SNAPSHOTS.get(sectionKey(sha256));
  if (found === null) throw new ProblemError(404, "section_unknown", `There is no section ${sha256}.`);
  const headers = { "content-type": "application/octet-stream", "content-length": String(found.size) };
  return new Response(found.body, { headers });
}

/** Streamed, so that a large section never stands in the isolate; R2 itself checks the hash before it keeps anything. */
export async function putSection(c: EdgeContext): Promise<Response> {
  const sha256 = parseWith(sha256Schema, c.req.param("sha256"), ["sha256"]);
  const bytes = declaredLength(c.req.raw, SECTION_BYTES);
  try {
    await c.env.SNAPSHOTS.put(sectionKey(sha256), c.req.raw.body, { sha256 });
  } catch (cause) {
    if (/checksum|digest|sha-?256/i.test(String(cause))) {
      throw new ProblemError(422, "section_corrupt", `The body's SHA-256 is not ${sha256}.`, { cause });
    }
    console.error({ message: "a section could not be stored", sha256, error: String(cause) });
    throw new ProblemError(503, "storage_unavailable", "The section could not be stored; send it again.", {
      cause,
      headers: { "retry-after": "1" },
    });
  }
  return c.json({ sha256, bytes }, 201);
}

export async function postSnapshot(c: EdgeContext): Promise<Response> {
  const { site } = c.get("credential");
  const { manifest: raw, share } = parseWith(publishSchema, parseJson(await readText(c.req.raw, MANIFEST_BYTES)));
  const manifest = checked(() => readManifest(raw));
  const { candidate } = manifest;
  const ofCandidate = candidate === undefined ? [] : sectionsOf(candidate);
  const sections = [
    ...sectionsOf(manifest).map(([name, { sha256 }]) => ({ name: `${name}`, sha256 })),
    ...ofCandidate.map(([name, { sha256 }]) => ({ name: `${name} of the candidate`, sha256 })),
  ];
  const heads = await Promise.all(sections.map(({ sha256 }) => c.env.SNAPSHOTS.head(sectionKey(sha256))));
  const absent = sections.flatMap(({ name }, i) => (heads[i] === null ? name : []));
  if (absent.length > 0) throw new ProblemError(422, "snapshot_missing", `Not in R2: ${absent.join(", ")}.`);
  const registry = registryOf(c);
  const { version } = await registry.nextVersion(new Date().toISOString().slice(0, 10));
  await c.env.SNAPSHOTS.put(manifestKey(site, version), JSON.stringify(manifest));
  const check = await c.env.DECISION.checkSnapshot(site, version);
  if (!check.ok) {
    await c.env.SNAPSHOTS.delete(manifestKey(site, version));
    throw new ProblemError(422, check.code ?? "snapshot_corrupt", `The snapshot was refused: ${check.reason ?? ""}`);
  }
  const state = await registry.publish(version, manifest.id, Date.now(), share);
  await point(c, state);
  return c.json({ version, ...state }, 201);
}

export async function getSnapshots(c: EdgeContext): Promise<Response> {
  return c.json(await registryOf(c).read());
}

/** The manifest of a version of this site, as it was published. */
export async function getSnapshot(c: EdgeContext): Promise<Response> {
  const version = parseWith(versionSchema, c.req.param("version"), ["version"]);
  const found = await c.env.SNAPSHOTS.get(manifestKey(c.get("credential").site, version));
  if (found === null) throw new ProblemError(404, "snapshot_unknown", `There is no snapshot ${version}.`);
  return c.json({ version, manifest: await found.json() });
}

export async function postRollback(c: EdgeContext): Promise<Response> {
  const registry = registryOf(c);
  const before = await registry.read();
  if (before.previous.length === 0) throw new ProblemError(409, "no_previous", "There is no champion before this one.");
  const state = await registry.rollback();
  await point(c, state);
  return c.json(state);
}

/** Isolates poll this one small key; the registry stays the truth. */
async function point(c: EdgeContext, { champion, challengers }: RegistryState): Promise<void> {
  const pointer: ModelPointer = { champion, challengers };
  await c.env.SITE_CONFIG.put(pointerKey(c.get("credential").site), JSON.stringify(pointer));
}

function registryOf(c: EdgeContext): RegistryCalls {
  return proxyDurable(c.env.MODEL_REGISTRY, { parse: true }).get(c.get("credential").site) as RegistryCalls;
}

function checked<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SnapshotError) throw new ProblemError(422, error.code, error.message, { cause: error });
    throw error;
  }
}
