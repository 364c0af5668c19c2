import { describe, expect, test } from "vitest";
import type { ItemHead } from "../../durable-objects/item-messages.ts";
import { freshness } from "../../nowcast.config.ts";
import { encodeDelta, encodePart, mergeParts } from "../../src/catalog/delta.ts";
import type { ItemTable } from "../../src/catalog/item-table.ts";
import { bareRow } from "../../tests/support/item-events.ts";
import { cachedEpochs, type EpochSource, type ResponseCache, rangeStart } from "./item-epochs.ts";
import { IsolateItems } from "./items.ts";

/** An object that counts what it is asked for. Each epoch gives item `a` its own number as price, and a new item. */
class FakeEpochs implements EpochSource {
  calls: string[] = [];
  incarnation = "one";
  base_ = 0;
  oldest = 0;
  readonly #parts: Uint8Array[] = [];

  get epoch(): number {
    return this.#parts.length;
  }

  add(epochs: number): void {
    for (let i = 0; i < epochs; i++) {
      const price = this.#parts.length + 1;
      const rows = ["a", `only-${price}`].map((id) =>
        bareRow({ id, deleted: false, available: true, price, category: "" }, {}),
      );
      this.#parts.push(encodePart({ shard: 0, sinceHour: null, clicksAt: [], rows }));
    }
  }

  async head(): Promise<ItemHead> {
    this.calls.push("head");
    return { incarnation: this.incarnation, epoch: this.epoch, base: this.base_, oldest: this.oldest };
  }

  async range(head: ItemHead, from: number): Promise<Uint8Array> {
    this.calls.push(`range ${from}-${head.epoch}`);
    if (from < this.oldest || head.epoch > this.epoch) throw new RangeError("not kept");
    return encodeDelta(from, head.epoch, mergeParts(this.#parts.slice(from, head.epoch)));
  }

  async base(head: ItemHead): Promise<Uint8Array> {
    this.calls.push(`base ${head.base}`);
    return encodeDelta(0, head.base, mergeParts(this.#parts.slice(0, head.base)));
  }
}

/** The Cache API of one data centre, with a clock of its own. */
class FakeCache implements ResponseCache {
  now = 0;
  readonly entries = new Map<string, { body: Uint8Array; until: number }>();

  async match(url: string): Promise<Response | undefined> {
    const entry = this.entries.get(url);
    return entry === undefined || entry.until <= this.now ? undefined : new Response(entry.body.slice());
  }

  async put(url: string, response: Response): Promise<void> {
    const seconds = Number(/max-age=(\d+)/.exec(response.headers.get("cache-control") ?? "")?.[1]);
    this.entries.set(url, { body: new Uint8Array(await response.arrayBuffer()), until: this.now + seconds * 1000 });
  }
}

/** Isolates of one data centre at one clock. */
function dataCentre(epochs = new FakeEpochs(), cache: ResponseCache = new FakeCache()) {
  const clock = { now: 0 };
  const pending: Promise<unknown>[] = [];
  const refresh = async (isolate: IsolateItems): Promise<{ table: ItemTable; fresh: boolean }> => {
    if (cache instanceof FakeCache) cache.now = clock.now;
    const waitUntil = (work: Promise<unknown>) => void pending.push(work);
    const cached = cachedEpochs("default", epochs, async () => cache, waitUntil);
    const answer = await isolate.fresh(
      "default",
      () => ({ cached, direct: epochs }),
      waitUntil,
      () => clock.now,
    );
    await Promise.all(pending.splice(0));
    return answer;
  };
  return { epochs, cache, clock, refresh };
}

const priceOf = (table: ItemTable, id = "a") => table.price[table.slotOf(id)];

test("a thousand isolates that refresh within a second ask the object twice", async () => {
  const { epochs, clock, refresh } = dataCentre();
  const isolates = Array.from({ length: 1000 }, () => new IsolateItems());
  epochs.add(7);
  for (const isolate of isolates) {
    clock.now += 0.9;
    expect(priceOf((await refresh(isolate)).table)).toBe(7);
  }
  expect(epochs.calls).toEqual(["head", "range 0-7"]);

  // Each had another epoch when the next came: they are spread over two seconds, in which the head moved on.
  epochs.calls = [];
  clock.now += 10_000;
  for (const isolate of isolates) {
    clock.now += 2;
    if (clock.now % 100 < 2) epochs.add(1);
    await refresh(isolate);
  }
  epochs.calls = [];
  clock.now += 10_000;
  for (const isolate of isolates) {
    clock.now += 0.9;
    expect(priceOf((await refresh(isolate)).table)).toBe(epochs.epoch);
  }
  expect(epochs.calls.length).toBeLessThanOrEqual(8);
  expect(epochs.calls.filter((call) => call === "head")).toHaveLength(1);
});

test("an isolate that was idle has a new price at its first decision; a busy one within its freshness and the head's second", async () => {
  const { epochs, clock, refresh } = dataCentre();
  const [idle, busy] = [new IsolateItems(), new IsolateItems()];
  epochs.add(1);
  for (const isolate of [idle, busy]) await refresh(isolate);
  clock.now = 3_600_000;
  await refresh(busy);
  epochs.add(1);
  clock.now += 1_000;
  expect(priceOf((await refresh(idle)).table)).toBe(2);
  clock.now += freshness.itemsMs - 1_000;
  expect(priceOf((await refresh(busy)).table)).toBe(2);
  expect(freshness.itemsMs + 1_000).toBeLessThan(5_000);
});

test("a copy that is fresh asks nobody, and decisions at the same time share one refresh", async () => {
  const { epochs, clock, refresh } = dataCentre();
  const isolate = new IsolateItems();
  epochs.add(1);
  await Promise.all([refresh(isolate), refresh(isolate), refresh(isolate)]);
  clock.now += freshness.itemsMs - 1;
  await refresh(isolate);
  expect(epochs.calls).toEqual(["head", "range 0-1"]);
});

test("a new isolate starts from the base and the range after it; an old copy that ranges no longer reach does as well", async () => {
  const { epochs, clock, refresh } = dataCentre();
  const old = new IsolateItems();
  epochs.add(3);
  await refresh(old);
  epochs.add(20);
  Object.assign(epochs, { base_: 16, oldest: 8 });
  epochs.calls = [];
  for (const isolate of [old, new IsolateItems()]) {
    clock.now += 10_000;
    const { table } = await refresh(isolate);
    expect([table.epoch, priceOf(table), table.size]).toEqual([23, 23, 24]);
  }
  expect(epochs.calls).toEqual(["head", "base 16", "range 16-23", "head"]);
});

test("ranges start at rounded epochs, never past the copy's own and never before what is kept", () => {
  expect(rangeStart(100, { epoch: 101, oldest: 0 })).toBe(100);
  expect(rangeStart(101, { epoch: 104, oldest: 0 })).toBe(100);
  expect(rangeStart(101, { epoch: 150, oldest: 0 })).toBe(64);
  expect(rangeStart(101, { epoch: 150, oldest: 99 })).toBe(99);
  expect(rangeStart(0, { epoch: 1, oldest: 0 })).toBe(0);
});

test("epochs that began anew take the place of what was held", async () => {
  const { clock, refresh, epochs, cache } = dataCentre();
  const isolate = new IsolateItems();
  epochs.add(5);
  await refresh(isolate);
  const anew = new FakeEpochs();
  anew.incarnation = "two";
  anew.add(2);
  const other = dataCentre(anew, cache);
  other.clock.now = clock.now + 10_000;
  const { table, fresh } = await other.refresh(isolate);
  expect([fresh, table.epoch, table.size, priceOf(table)]).toEqual([true, 2, 3, 2]);
});

/** Epochs whose heads wait until they are let go, each with its answer. */
class SlowHeads extends FakeEpochs {
  readonly waiting: (() => void)[] = [];
  override async head(): Promise<ItemHead> {
    const head = await super.head();
    await new Promise<void>((resolve) => this.waiting.push(resolve));
    return head;
  }
}

describe("a refresh that takes long", () => {
  const begin = () => {
    const epochs = new SlowHeads();
    const isolate = new IsolateItems();
    const clock = { now: 0 };
    const source = () => ({ cached: epochs, direct: epochs });
    const ask = () =>
      isolate.fresh(
        "default",
        source,
        () => {},
        () => clock.now,
      );
    const letGo = async (index: number) => {
      await Promise.resolve();
      epochs.waiting[index]?.();
    };
    return { epochs, clock, ask, letGo };
  };

  test("makes a copy as old as the moment before its head was read", async () => {
    const { epochs, clock, ask, letGo } = begin();
    epochs.add(1);
    const first = ask();
    await letGo(0);
    clock.now = freshness.itemsMs + 1_000;
    await first;
    epochs.add(1);
    const next = ask();
    await letGo(1);
    expect(priceOf((await next).table)).toBe(2);
    expect(epochs.calls.filter((call) => call === "head")).toHaveLength(2);
  });

  test("changes nothing once a newer one has begun, whether that is done or not", async () => {
    for (const newerFirst of [true, false]) {
      const { epochs, clock, ask, letGo } = begin();
      epochs.add(1);
      const late = ask();
      await letGo(9);
      clock.now = 11_000;
      Object.assign(epochs, { incarnation: "two" });
      epochs.add(1);
      const newer = ask();
      await letGo(9);
      const order = newerFirst ? [1, 0] : [0, 1];
      for (const index of order) {
        await letGo(index);
        const answer = await (index === 0 ? late : newer);
        expect(answer.fresh).toBe(index === 1);
        // The newer one is waited for, not begun again.
        if (index === 0 && !newerFirst) void ask();
      }
      expect(priceOf((await newer).table)).toBe(2);
      expect(await ask()).toMatchObject({ fresh: true, table: { epoch: 2 } });
      expect(epochs.calls.filter((call) => call === "head")).toHaveLength(2);
    }
  });
});

describe("the cache is best effort:", () => {
  const failing: ResponseCache = {
    match: () => Promise.reject(new Error("no cache here")),
    put: () => Promise.reject(new Error("no cache here")),
  };

  test("when it fails, the object answers", async () => {
    const { epochs, refresh } = dataCentre(new FakeEpochs(), failing);
    epochs.add(2);
    expect(await refresh(new IsolateItems())).toMatchObject({ fresh: true, table: { epoch: 2 } });
  });

  test("when an entry is corrupt, the object answers, and the table is whole", async () => {
    for (const [path, body] of [
      ["head", "{"],
      ["head", "{}"],
      ["head", "null"],
      ["head", JSON.stringify({ incarnation: "one", epoch: "4", base: 0, oldest: 0 })],
      ["head", JSON.stringify({ incarnation: "one", epoch: 1.5, base: 0, oldest: 0 })],
      ["head", JSON.stringify({ incarnation: "one", epoch: 9, base: 0, oldest: 0 })],
      ["one/range/0-4", "garbage"],
    ] as const) {
      const { epochs, cache, refresh } = dataCentre();
      epochs.add(4);
      const url = `https://items.nowcast.invalid/2/default/${path}`;
      (cache as FakeCache).entries.set(url, { body: new TextEncoder().encode(body), until: 1e9 });
      const { table, fresh } = await refresh(new IsolateItems());
      expect([fresh, table.epoch, table.size]).toEqual([true, 4, 5]);
    }
  });

  test("a damaged entry is put right, so that the next isolate need not ask", async () => {
    for (const damage of [
      (bytes: Uint8Array) => bytes.subarray(0, bytes.length - 1),
      (bytes: Uint8Array) => bytes.with(bytes.length - 3, 255),
      () => encodeDelta(0, 3, []),
    ]) {
      const { epochs, cache, refresh, clock } = dataCentre();
      epochs.add(4);
      await refresh(new IsolateItems());
      const entry = (cache as FakeCache).entries.get("https://items.nowcast.invalid/2/default/one/range/0-4");
      if (entry === undefined) throw new Error("the range was not cached");
      entry.body = damage(entry.body);
      epochs.calls = [];
      for (let isolate = 0; isolate < 3; isolate++) {
        clock.now += 100;
        const { table, fresh } = await refresh(new IsolateItems());
        expect([fresh, table.epoch, table.size]).toEqual([true, 4, 5]);
      }
      expect(epochs.calls).toEqual(["range 0-4"]);
    }
  });

  test("when the object fails too, the copy at hand serves as a stale one, and the next decision tries again", async () => {
    const { epochs, clock, refresh } = dataCentre();
    const isolate = new IsolateItems();
    epochs.add(1);
    await refresh(isolate);
    const head = epochs.head;
    epochs.head = () => Promise.reject(new Error("reset"));
    epochs.add(1);
    clock.now += 10_000;
    expect(await refresh(isolate)).toMatchObject({ fresh: false, table: { epoch: 1 } });
    epochs.head = head;
    expect(await refresh(isolate)).toMatchObject({ fresh: true, table: { epoch: 2 } });
  });
});
