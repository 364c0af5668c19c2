import fc from "fast-check";
import { expect, test } from "vitest";
import { PairBudget } from "./pair-budget.ts";
import { MAX_SERVED, noPairs, Successors } from "./successors.ts";

const NOW = 1_732_280_000_000;
const LIMIT = 60;
const WALK = 3;

/** A shard: items by name, each with its pairs. */
class Shard {
  readonly items = new Map<string, Successors>();
  budget = new PairBudget(LIMIT);

  count(id: string, next: number, weight: number, at: number): void {
    const pairs = this.items.get(id) ?? Object.assign(new Successors(), { served: 0 });
    this.items.set(id, pairs);
    pairs.add({ next, weight, at });
    this.budget.noteTime(at);
    this.budget.grant(pairs);
    this.walk();
  }

  walk(): void {
    const from = this.budget.nextWalk();
    if (from === null) return;
    const ids = [...this.items.keys()]
      .sort()
      .filter((id) => id > from)
      .slice(0, WALK);
    for (const id of ids) this.budget.grant(this.items.get(id) as Successors);
    this.budget.walked(ids.length < WALK ? null : (ids.at(-1) ?? null));
  }

  get served(): number {
    return [...this.items.values()].reduce((sum, { served }) => sum + served, 0);
  }
}

const somePairs = fc.array(
  fc.record({
    id: fc.nat(30).map((n) => `item-${n}`),
    next: fc.nat(50),
    weight: fc.integer({ min: 1, max: 512 }),
    ago: fc.integer({ min: 0, max: 10 }),
  }),
  { maxLength: 400 },
);

test("what is served is what it says, and never above the limit, whatever comes, also after it was stored", () => {
  fc.assert(
    fc.property(somePairs, (pairs) => {
      const shard = new Shard();
      for (const { id, next, weight, ago } of pairs) {
        shard.count(id, next, weight, NOW - ago * 86_400_000);
        shard.budget = new PairBudget(LIMIT, JSON.parse(JSON.stringify(shard.budget.state)));
        expect(shard.served).toBe(shard.budget.state.served);
        expect(shard.served).toBeLessThanOrEqual(LIMIT);
      }
      const served = noPairs();
      for (const successors of shard.items.values()) {
        successors.serve(served);
        expect(served.size).toBeLessThanOrEqual(successors.served);
      }
    }),
  );
});

test("with room for all, all are served that a table which counts by itself shows", () => {
  const shard = new Shard();
  const alone = new Successors();
  for (let next = 0; next < 30; next++) {
    shard.count("a", next, 256 - next, NOW - next * 3_600_000);
    alone.add({ next, weight: 256 - next, at: NOW - next * 3_600_000 });
  }
  const [granted, all] = [noPairs(), noPairs()];
  shard.items.get("a")?.serve(granted);
  alone.serve(all);
  expect(granted).toEqual(all);
  expect(granted.size).toBe(MAX_SERVED);
});

test("a hit finds room among many pairs that nobody comes back to", () => {
  const shard = new Shard();
  for (let id = 0; id < 40; id++) {
    for (let next = 0; next < 4; next++) shard.count(`once-${id}`, next, 64, NOW - 3 * 86_400_000);
  }
  for (let times = 0; times < 40; times++) shard.count("hit", times % 4, 256, NOW);
  expect(shard.items.get("hit")?.served).toBe(4);
  expect(shard.served).toBeLessThanOrEqual(LIMIT);
  // Where it gets quiet the least weight falls again.
  for (const id of [...shard.items.keys()].slice(0, 40)) {
    shard.budget.release(shard.items.get(id) as Successors);
    shard.items.delete(id);
  }
  for (let times = 0; times < 20; times++) shard.walk();
  expect(shard.budget.state.level).toBe(0);
});
