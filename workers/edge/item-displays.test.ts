import { afterEach, expect, test, vi } from "vitest";
import { freshness } from "../../nowcast.config.ts";
import { type DisplayPorts, ItemDisplays, pickFields } from "./item-displays.ts";

/** Objects of items that count how often they are asked, a clock that the test moves, a timer that rings when told to. */
class World {
  readonly items = new Map<string, string>();
  readonly displays = new ItemDisplays();
  now = 1_000_000;
  asked: string[][] = [];
  /** Answers wait for it. */
  gate: Promise<void> = Promise.resolve();
  failing = false;
  timesUp = false;
  readonly behind: Promise<unknown>[] = [];

  readonly ports: DisplayPorts = {
    objects: {
      getByName: () => ({
        displaysOf: async (ids) => {
          this.asked.push([...ids]);
          await this.gate;
          if (this.failing) throw new Error("the object is away");
          return ids.map((id) => this.items.get(id) ?? null);
        },
      }),
    },
    waitUntil: (work) => void this.behind.push(work),
    clock: () => this.now,
    timer: () => ({ rings: this.timesUp ? Promise.resolve() : new Promise(() => {}), cancel: () => {} }),
  };

  put(id: string, title: string): void {
    this.items.set(id, JSON.stringify({ title }));
  }

  async titles(...ids: string[]): Promise<(string | undefined)[]> {
    const known = await this.displays.displaysOf("default", ids, 20, this.ports);
    return ids.map((id) => known.get(id)?.title);
  }

  async settled(): Promise<void> {
    await Promise.all(this.behind.splice(0));
  }
}

afterEach(() => vi.restoreAllMocks());

test("what is missing is read once, in one call a shard; what is known is not read again", async () => {
  const world = new World();
  const ids = Array.from({ length: 40 }, (_, n) => `sku-${n}`);
  for (const id of ids) world.put(id, id.toUpperCase());
  expect(await world.titles(...ids, "sku-1")).toEqual([...ids, "sku-1"].map((id) => id.toUpperCase()));
  expect(world.asked.length).toBeLessThanOrEqual(4);
  expect(world.asked.flat().sort()).toEqual(ids.toSorted());
  world.asked = [];
  await world.titles(...ids);
  expect(world.asked).toEqual([]);
});

test("an item that there is not is known not to be", async () => {
  const world = new World();
  expect(await world.titles("nobody")).toEqual([undefined]);
  await world.titles("nobody");
  expect(world.asked).toHaveLength(1);
});

test("past the budget an answer goes without, and what comes later is there for the next one", async () => {
  const world = new World();
  world.put("sku-1", "one");
  const gate = Promise.withResolvers<void>();
  world.gate = gate.promise;
  world.timesUp = true;
  expect(await world.titles("sku-1")).toEqual([undefined]);
  gate.resolve();
  await world.settled();
  expect(await world.titles("sku-1")).toEqual(["one"]);
});

test("what is old is shown as it is, and read again behind the answer, once", async () => {
  const world = new World();
  world.put("sku-1", "old");
  await world.titles("sku-1");
  await world.settled();
  world.now += freshness.displayMs + 1;
  world.put("sku-1", "new");
  expect(await Promise.all([world.titles("sku-1"), world.titles("sku-1")])).toEqual([["old"], ["old"]]);
  expect(world.asked).toHaveLength(2);
  await world.settled();
  expect(await world.titles("sku-1")).toEqual(["new"]);
});

test("an object that fails leaves what was known, and is asked again", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const world = new World();
  world.put("sku-1", "one");
  await world.titles("sku-1");
  world.failing = true;
  world.now += freshness.displayMs + 1;
  expect(await world.titles("sku-1", "sku-2")).toEqual(["one", undefined]);
  await world.settled();
  expect(errors).toHaveBeenCalled();
  world.failing = false;
  world.put("sku-1", "two");
  await world.titles("sku-1");
  await world.settled();
  expect(await world.titles("sku-1")).toEqual(["two"]);
});

test("sites do not see each other's items", async () => {
  const world = new World();
  world.put("sku-1", "mine");
  await world.titles("sku-1");
  world.items.clear();
  expect((await world.displays.displaysOf("other", ["sku-1"], 20, world.ports)).size).toBe(0);
});

test("an isolate holds a bounded amount: what was asked for longest ago goes first", async () => {
  const world = new World();
  const long = "x".repeat(60_000);
  for (let n = 0; n < 120; n++) world.put(`sku-${n}`, long);
  for (let n = 0; n < 120; n++) {
    await world.titles(`sku-${n}`, "sku-0");
  }
  world.asked = [];
  await world.titles("sku-0", "sku-119");
  expect(world.asked).toEqual([]);
  await world.titles("sku-1");
  expect(world.asked).toEqual([["sku-1"]]);
});

test("only the fields that were asked for are told", () => {
  const display = { title: "a", url: "/a", price: 1 };
  expect(pickFields(display, ["title", "price", "brand"])).toEqual({ title: "a", price: 1 });
});
