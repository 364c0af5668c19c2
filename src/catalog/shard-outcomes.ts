// What a shard takes of a batch of outcomes. A batch is made by other code, of another deploy perhaps: an item of another
// shard would have two rows, of which the table shows the last one, and a time to come would hold all that fades in it.
import { itemShardOf } from "./item-shard.ts";
import type { ItemOutcome } from "./outcomes.ts";

/** The outcomes (or pairs) of items of `shard`, in their order, none of them later than `latestAt`; and the number of the others. */
export function outcomesOfShard<T extends Pick<ItemOutcome, "itemId" | "at">>(
  outcomes: readonly T[],
  shard: number,
  shards: number,
  latestAt: number,
): { readonly own: T[]; readonly foreign: number } {
  const own = outcomes
    .filter(({ itemId }) => itemShardOf(itemId, shards) === shard)
    .map((outcome) => (outcome.at > latestAt ? { ...outcome, at: latestAt } : outcome));
  return { own, foreign: outcomes.length - own.length };
}
