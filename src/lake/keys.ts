// Names of files in the lake's bucket. Tables are Hive partitions, so that DuckDB, Spark, Trino and BigQuery read them.

/** The delta of one epoch of item data; zero-padded, so that names sort as numbers. */
export function epochKey(site: string, epoch: number): string {
  return `epochs/site=${site}/${String(epoch).padStart(12, "0")}.bin`;
}

/** All item data as of an epoch. Beside the epochs and not among them: whoever lists those expects one delta a file. */
export function itemBaseKey(site: string, epoch: number): string {
  return `item-bases/site=${site}/${String(epoch).padStart(12, "0")}.bin`;
}

export const epochPrefix = (site: string): string => `epochs/site=${site}/`;
export const itemBasePrefix = (site: string): string => `item-bases/site=${site}/`;

/** The epoch of a key of one of these two. */
export function epochOfKey(key: string): number {
  return Number(key.slice(key.lastIndexOf("/") + 1, -".bin".length));
}

/** `table=events/site=default/dt=2026-11-22/hour=21/log-0-000000000017.parquet`; `at` epoch ms, in UTC. */
export function partitionKey(table: string, site: string, at: number, log: string, segment: number): string {
  const iso = new Date(at).toISOString();
  const part = String(segment).padStart(12, "0");
  return `table=${table}/site=${site}/dt=${iso.slice(0, 10)}/hour=${iso.slice(11, 13)}/${log}-${part}.parquet`;
}
