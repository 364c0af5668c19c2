// The lake Worker: queue consumer, cron, and the RPC by which the edge reads the lake's files for `nowcast lake pull` and
// puts the batch view there.
import { WorkerEntrypoint } from "cloudflare:workers";
import { lake } from "../../nowcast.config.ts";
import { utf8Length } from "../../src/kernels/bytes.ts";
import { epochPrefix } from "../../src/lake/keys.ts";
import { logNames } from "../../src/lake/log-name.ts";
import { TABLES } from "../../src/lake/message.ts";
import type { BatchPointer } from "../../src/profile/batch-view.ts";
import { putShard, readPointer, switchTo } from "./batch-view.ts";
import { consume } from "./consume.ts";
import { flushLog } from "./flush.ts";

/** What a key of R2 may have. */
const KEY_BYTES = 1024;

const allLogs = (): string[] => logNames(lake.shards);

export interface LakeStatus {
  /** Rows taken in from the queue, and rows that stand in Parquet. */
  readonly appended: number;
  readonly written: number;
  readonly pendingBytes: number;
}

export interface LakeFile {
  readonly key: string;
  readonly bytes: number;
}

export interface LakeListing {
  readonly files: readonly LakeFile[];
  /** Give it back for the next page; null at the end. */
  readonly cursor: string | null;
}

export class Lake extends WorkerEntrypoint<LakeEnv> {
  /** How far the rows of a site have come, over all logs. */
  async status(site: string): Promise<LakeStatus> {
    const logs = await Promise.all(allLogs().map((log) => this.env.LAKE_LOG.getByName(log).status(site)));
    return {
      appended: logs.reduce((sum, log) => sum + log.appended, 0),
      written: logs.reduce((sum, log) => sum + log.written, 0),
      pendingBytes: logs.reduce((sum, log) => sum + log.pendingBytes, 0),
    };
  }

  /** Writes everything that waits in the logs, whosever it is, and says how far the rows of a site have come. */
  async flush(site: string): Promise<LakeStatus> {
    for (const log of allLogs()) await flushLog(this.env, log);
    return this.status(site);
  }

  /** Files of a site, page by page: its tables, then its epochs. */
  async list(site: string, cursor: string | null): Promise<LakeListing> {
    const prefixes = [...TABLES.map((table) => `table=${table}/site=${site}/`), epochPrefix(site)];
    const [index = "0", inner] = (cursor ?? "0").split(":", 2);
    const at = Number(index);
    const prefix = prefixes[at];
    if (prefix === undefined) return { files: [], cursor: null };
    const page = await this.env.LAKE.list({ prefix, ...(inner ? { cursor: inner } : {}) });
    const next = page.truncated ? `${at}:${page.cursor}` : at + 1 < prefixes.length ? String(at + 1) : null;
    return { files: page.objects.map(({ key, size }) => ({ key, bytes: size })), cursor: next };
  }

  /** One file of a site. Null when there is none, or when it is another site's. */
  async read(site: string, key: string): Promise<ReadableStream<Uint8Array> | null> {
    if (key.split("/")[1] !== `site=${site}` || utf8Length(key) > KEY_BYTES) return null;
    const object = await this.env.LAKE.get(key);
    return object?.body ?? null;
  }

  /** @param lines checked already */
  async putBatchShard(site: string, version: string, shard: number, lines: string): Promise<void> {
    await putShard(this.env.LAKE, site, version, shard, lines);
  }

  /** Makes a version of the batch view count. @returns the shards that are missing; with any, nothing has changed */
  async switchBatchView(site: string, pointer: BatchPointer): Promise<number[]> {
    return switchTo(this.env.LAKE, site, pointer);
  }

  /** The version that counts; null before the first. */
  async batchView(site: string): Promise<BatchPointer | null> {
    return readPointer(this.env.LAKE, site);
  }
}

export default {
  queue: (batch, env) => consume(batch, env),
  async scheduled(_event, env) {
    for (const log of allLogs()) await flushLog(env, log);
  },
} satisfies ExportedHandler<LakeEnv, string>;
