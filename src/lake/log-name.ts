// Which log takes the rows of a new source: a hash over the number of logs. The source then stays with it.
import { hash32 } from "../kernels/hash.ts";

export function logName(source: string, shards: number): string {
  return `log-${hash32(source) % shards}`;
}

export function logNames(shards: number): string[] {
  return Array.from({ length: shards }, (_, shard) => `log-${shard}`);
}
