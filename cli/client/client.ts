// The HTTP surface of Nowcast, as the commands use it: one method a route, answers read by their schemas.
import * as z from "zod";
import type { Item } from "../../src/catalog/item.ts";
import type { Event } from "../../src/events/event.ts";
import { decideAnswerSchema, eventsAnswerSchema } from "../../src/http/contract.ts";
import type { BatchPointer } from "../../src/profile/batch-view.ts";
import type { PlacementRequest } from "../../src/ranking/request.ts";
import type { SnapshotManifest } from "../../src/snapshot/manifest.ts";
import { type Answer, Transport, type TransportOptions } from "./transport.ts";

const registrySchema = z.looseObject({
  champion: z.string().nullable(),
  challengers: z.array(z.looseObject({ version: z.string(), share: z.number() })),
});
const publishedSchema = registrySchema.extend({ version: z.string() });
const snapshotSchema = z.object({ version: z.string(), manifest: z.unknown() });
const batchPointerSchema = z.looseObject({ version: z.string(), asOf: z.int(), visitors: z.int() });
const itemsAnswerSchema = z.object({ accepted: z.int(), epoch: z.int() });
const lakeStatusSchema = z.object({
  appended: z.int(),
  written: z.int(),
  pendingBytes: z.int(),
  itemEpoch: z.int(),
});
const lakeFilesSchema = z.object({
  files: z.array(z.object({ key: z.string(), bytes: z.int() })),
  cursor: z.string().nullable(),
});

const siteConfigAnswerSchema = z.looseObject({ version: z.int() });

export type DecideAnswer = z.infer<typeof decideAnswerSchema>;
export type SiteConfigDocument = z.infer<typeof siteConfigAnswerSchema>;
export type EventsAnswer = z.infer<typeof eventsAnswerSchema>;
export type LakeStatus = z.infer<typeof lakeStatusSchema>;
export type LakeFile = z.infer<typeof lakeFilesSchema>["files"][number];
export type Registry = z.infer<typeof registrySchema>;
export type Published = z.infer<typeof publishedSchema>;

export interface DecideRequest {
  readonly anonymousId?: string;
  readonly userId?: string;
  /** Epoch ms; by default the server's now. */
  readonly ts?: number;
  readonly context?: Readonly<Record<string, unknown>>;
  readonly placements: Readonly<Record<string, PlacementRequest>>;
  readonly budgetMs?: { readonly profile: number };
  /** Has the decision logged whole. */
  readonly record?: boolean;
}

/** An answer with what the transport knows about how it came. */
export type Received<T> = T & Pick<Answer, "uncertain" | "milliseconds">;

const JSON_TYPE = { "content-type": "application/json" };
/** Uploads and downloads of whole files. */
const FILE_MS = 10 * 60_000;

/** Every method throws RefusedError and UnreachableError (transport.ts), and Error for an answer of another shape. */
export class Client {
  readonly transport: Transport;

  constructor(options: TransportOptions) {
    this.transport = new Transport(options);
  }

  /** @param body JSON of `{"events":[…]}`; each event's own time is its time of receipt */
  async sendEvents(body: string): Promise<Received<EventsAnswer>> {
    const headers = { ...JSON_TYPE, "nowcast-replay": "true" };
    return this.#json(eventsAnswerSchema, "POST", "/v1/events", { body, headers });
  }

  /** @param body JSON of `{"items":[…]}` */
  async putItems(body: string): Promise<Received<{ accepted: number; epoch: number }>> {
    return this.#json(itemsAnswerSchema, "PUT", "/v1/items", { body, headers: JSON_TYPE });
  }

  async decide(request: DecideRequest): Promise<Received<DecideAnswer>> {
    return this.#json(decideAnswerSchema, "POST", "/v1/decide", { body: JSON.stringify(request), headers: JSON_TYPE });
  }

  async hasSection(sha256: string): Promise<boolean> {
    const { status } = await this.transport.request("HEAD", `/v1/snapshots/sections/${sha256}`, { expect: [404] });
    return status !== 404;
  }

  async putSection(sha256: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const headers = { "content-type": "application/octet-stream" };
    await this.transport.request("PUT", `/v1/snapshots/sections/${sha256}`, {
      body: bytes,
      headers,
      attemptMs: FILE_MS,
    });
  }

  async section(sha256: string): Promise<Uint8Array<ArrayBuffer>> {
    const path = `/v1/snapshots/sections/${sha256}`;
    return (await this.transport.request("GET", path, { attemptMs: FILE_MS })).bytes;
  }

  /** The manifest of a published version, to be read by `readManifest`. */
  async manifest(version: string): Promise<unknown> {
    const path = `/v1/snapshots/${encodeURIComponent(version)}`;
    return (await this.#json(snapshotSchema, "GET", path)).manifest;
  }

  /** @param share of the visitors, in (0, 1]; 1 makes it the champion */
  async publish(manifest: SnapshotManifest, share: number): Promise<Published> {
    const body = JSON.stringify({ manifest, share });
    return this.#json(publishedSchema, "POST", "/v1/snapshots", { body, headers: JSON_TYPE, once: true });
  }

  async rollback(): Promise<Registry> {
    return this.#json(registrySchema, "POST", "/v1/snapshots/rollback", { once: true });
  }

  async registry(): Promise<Registry> {
    return this.#json(registrySchema, "GET", "/v1/snapshots");
  }

  /** The site's run-time configuration, as it is stored. */
  async siteConfig(): Promise<SiteConfigDocument> {
    const {
      uncertain: _,
      milliseconds: __,
      ...document
    } = await this.#json(siteConfigAnswerSchema, "GET", "/v1/config");
    return document;
  }

  /** @param expected the version that it replaces. @returns the new version */
  async putSiteConfig(document: object, expected: number): Promise<number> {
    const headers = { ...JSON_TYPE, "if-match": `"${expected}"` };
    const body = JSON.stringify(document);
    return (await this.#json(siteConfigAnswerSchema, "PUT", "/v1/config", { body, headers })).version;
  }

  /** @param bytes NDJSON, a visitor a line */
  async putBatchShard(version: string, shard: number, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const headers = { "content-type": "application/x-ndjson" };
    await this.transport.request("PUT", `/v1/batch-view/${version}/${shard}`, { body: bytes, headers });
  }

  /** Makes a version count whose shards are there. */
  async publishBatchView(pointer: BatchPointer): Promise<void> {
    const body = JSON.stringify(pointer);
    await this.#json(batchPointerSchema, "POST", "/v1/batch-view", { body, headers: JSON_TYPE });
  }

  async lakeStatus(): Promise<LakeStatus> {
    return this.#json(lakeStatusSchema, "GET", "/v1/lake/status");
  }

  /** Has everything written that waits for its Parquet file. */
  async lakeFlush(): Promise<LakeStatus> {
    return this.#json(lakeStatusSchema, "POST", "/v1/lake/flush", { attemptMs: FILE_MS });
  }

  /** One page of the lake's files. @param cursor of the page before; null for the first */
  async lakeFiles(cursor: string | null): Promise<{ files: LakeFile[]; cursor: string | null }> {
    const query = cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    return this.#json(lakeFilesSchema, "GET", `/v1/lake/files${query}`);
  }

  async lakeFile(key: string): Promise<Uint8Array> {
    const path = `/v1/lake/file?key=${encodeURIComponent(key)}`;
    return (await this.transport.request("GET", path, { attemptMs: FILE_MS })).bytes;
  }

  async #json<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    options: Parameters<Transport["request"]>[2] = {},
  ): Promise<Received<z.infer<Schema>>> {
    const { bytes, uncertain, milliseconds } = await this.transport.request(method, path, options);
    let parsed: z.ZodSafeParseResult<z.infer<Schema>>;
    try {
      parsed = schema.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    } catch (cause) {
      throw new Error(`${method} ${path}: the answer is not JSON; is that Nowcast?`, { cause });
    }
    if (!parsed.success) {
      throw new Error(`${method} ${path}: the answer is not what it should be: ${parsed.error.issues[0]?.message}`);
    }
    return { ...(parsed.data as object), uncertain, milliseconds } as Received<z.infer<Schema>>;
  }
}

/** An item or event of a log as the API takes it. */
export type Sendable = Event | Item;
