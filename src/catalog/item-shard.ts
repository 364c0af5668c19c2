// Which object keeps an item, and what the objects of a site are called.
import { hash32 } from "../kernels/hash.ts";

/** The shard of an item, from 0. */
export function itemShardOf(id: string, shards: number): number {
  return hash32(id, 0x17e35) % shards;
}

/** `things` by the shard of their item, each in its order. */
export function byItemShard<T>(things: Iterable<T>, idOf: (thing: T) => string, shards: number): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const thing of things) {
    const shard = itemShardOf(idOf(thing), shards);
    const group = groups.get(shard);
    if (group) group.push(thing);
    else groups.set(shard, [thing]);
  }
  return groups;
}

/** Name of the object that keeps the items of a shard. */
export function itemShardName(site: string, shard: number): string {
  return `${site}:items:${shard}`;
}

/** Name of the one object that kept all items until 0.1. */
export function itemsOfVersion1(site: string): string {
  return `${site}:items`;
}

/** Name of the object that numbers a site's epochs. */
export function itemEpochsName(site: string): string {
  return `${site}:item-epochs`;
}
