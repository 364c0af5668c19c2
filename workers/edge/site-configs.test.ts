import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freshness } from "../../nowcast.config.ts";
import { IsolateSiteConfigs, type SiteConfigSource } from "./site-configs.ts";

/** KV with one document, a clock that the test moves, and what was done behind the answers. */
class World {
  document: string | null = null;
  version = 0;
  now = 1_000_000;
  reads = 0;
  failing = false;
  /** Reads wait for it. */
  gate: Promise<void> = Promise.resolve();
  readonly behind: Promise<unknown>[] = [];
  readonly configs = new IsolateSiteConfigs();

  put(version: number, more: object = {}): void {
    this.version = version;
    this.document = JSON.stringify({ version, ...more });
  }

  /** What R2 holds; null when it is away, too. */
  stored: string | null = null;

  readonly source: SiteConfigSource = {
    stored: async () => {
      if (this.stored === null) throw new Error("R2 is away");
      return this.stored;
    },
    copies: {
      getWithMetadata: async <M>() => {
        this.reads++;
        await this.gate;
        if (this.failing) throw new Error("KV is away");
        const metadata = this.document === null ? null : ({ version: this.version } as M);
        return { value: this.document, metadata };
      },
    },
    waitUntil: (work) => void this.behind.push(work),
    clock: () => this.now,
  };

  configOf(site = "default") {
    return this.configs.configOf(site, this.source);
  }

  async settled(): Promise<void> {
    await Promise.all(this.behind);
  }
}

let world: World;
beforeEach(() => {
  world = new World();
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

test("the first request has the document, and a site without one an empty configuration", async () => {
  world.put(4, { templates: { card: "<li></li>" }, pages: { "/p/*": { slots: ["more"] } } });
  const { config, pages, problem } = await world.configOf();
  expect([config.version, config.templates.card, problem]).toEqual([4, "<li></li>", null]);
  expect(pages.find("/p/1")?.slots).toEqual(["more"]);

  world.document = null;
  expect(await world.configOf("other")).toMatchObject({ config: { version: 0, edits: [] }, problem: null });
});

test("a warm isolate is never waited for, and reads once however many ask", async () => {
  world.put(1);
  await world.configOf();
  world.now += freshness.siteConfigMs;
  world.put(2);
  let open = (): void => {};
  world.gate = new Promise((resolve) => {
    open = resolve;
  });
  const answers = await Promise.all([world.configOf(), world.configOf(), world.configOf()]);
  expect(answers.map(({ config }) => config.version)).toEqual([1, 1, 1]);
  open();
  await world.settled();
  expect(world.reads).toBe(2);
  expect((await world.configOf()).config.version).toBe(2);
  expect(world.reads).toBe(2);
});

test("requests that meet a cold isolate together share one read", async () => {
  world.put(1);
  await Promise.all([world.configOf(), world.configOf()]);
  expect(world.reads).toBe(1);
});

test("a document that does not fit is refused by name and the old one stays", async () => {
  world.put(1, { templates: { card: "old" } });
  await world.configOf();
  for (const bad of ['{"version":2,"pages":{"no path":{}}}', "{", "[]", '{"version":-1}']) {
    world.version = 2;
    world.document = bad;
    world.now += freshness.siteConfigMs;
    await world.configOf();
    await world.settled();
    expect(await world.configOf()).toMatchObject({
      config: { version: 1, templates: { card: "old" } },
      problem: "site_config_invalid",
    });
  }
  world.put(3);
  world.now += freshness.siteConfigMs;
  await world.configOf();
  await world.settled();
  expect(await world.configOf()).toMatchObject({ config: { version: 3 }, problem: null });
});

test("an older copy, or none, does not undo what is known", async () => {
  world.put(5);
  await world.configOf();
  for (const change of [() => world.put(4), () => (world.document = null)]) {
    change();
    world.now += freshness.siteConfigMs;
    await world.configOf();
    await world.settled();
    expect((await world.configOf()).config.version).toBe(5);
  }
});

test("an isolate that has nothing asks for the document itself when the copies are away", async () => {
  world.failing = true;
  world.stored = '{"version":7,"templates":{"card":"<li>"}}';
  expect(await world.configOf()).toMatchObject({ config: { version: 7, templates: { card: "<li>" } }, problem: null });
  world.now += freshness.siteConfigMs;
  world.stored = '{"version":8}';
  await world.configOf();
  await world.settled();
  expect(await world.configOf()).toMatchObject({ config: { version: 7 }, problem: "site_config_unavailable" });
});

test("storage that is away leaves a cold site empty for a second, then it is asked again", async () => {
  world.failing = true;
  expect(await world.configOf()).toMatchObject({ config: { version: 0 }, problem: "site_config_unavailable" });
  await world.configOf();
  expect(world.reads).toBe(1);
  world.failing = false;
  world.put(1);
  world.now += freshness.coldPointerMs;
  expect(await world.configOf()).toMatchObject({ config: { version: 1 }, problem: null });
});

test("a read that hangs with its request is started again", async () => {
  world.put(1);
  await world.configOf();
  world.gate = new Promise(() => {});
  world.now += freshness.siteConfigMs;
  await world.configOf();
  world.now += freshness.siteConfigMs;
  world.gate = Promise.resolve();
  world.put(2);
  await world.configOf();
  await world.behind.at(-1);
  expect((await world.configOf()).config.version).toBe(2);
});
