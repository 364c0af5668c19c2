// Which log takes the rows of a source: a stable hash over the number of logs.
import { hash32 } from "../kernels/hash.ts";

export function logName(source: string, shards: number): string {
  return `log-${hash32(source) % shards}`;
}

export function logNames(shards: number): string[] {
  return Array.from({ length: shards }, (_, shard) => `log-${shard}`);
}
