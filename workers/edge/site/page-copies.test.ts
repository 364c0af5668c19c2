import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type CopyPorts, PageCopies } from "./page-copies.ts";

const RULES = { ttlSeconds: 60, staleSeconds: 600 };
const HTML = { "content-type": "text/html" };

/** A cache, an origin and a clock; what is done behind the answers is waited for by `settled`. */
class World {
  now = 1_000_000;
  fetched = 0;
  readonly kept = new Map<string, { text: string; headers: Headers }>();
  readonly copies = new PageCopies();
  origin: () => Response | Promise<Response> = () => new Response(`<p>${this.fetched}</p>`, { headers: HTML });
  broken = false;
  #behind: Promise<unknown>[] = [];

  readonly ports: CopyPorts = {
    cache: {
      match: async (key) => {
        if (this.broken) throw new Error("no cache");
        const found = this.kept.get(key);
        return found && new Response(found.text, { headers: found.headers });
      },
      put: async (key, copy) => {
        const text = await copy.text();
        if (this.broken) throw new Error("no cache");
        this.kept.set(key, { text, headers: copy.headers });
      },
    },
    fetchCopy: async () => {
      this.fetched++;
      return this.origin();
    },
    waitUntil: (work) => void this.#behind.push(work),
    now: () => this.now,
  };

  page(key = "key") {
    return this.copies.page(key, RULES, this.ports);
  }
  async text(key = "key"): Promise<string | null> {
    const page = await this.page(key);
    const text = page === null ? null : await page.text();
    await Promise.all(this.#behind.splice(0));
    return text;
  }
}

let world: World;
beforeEach(() => {
  world = new World();
  vi.spyOn(console, "error").mockImplementation(() => {});
});
afterEach(() => vi.restoreAllMocks());

test("a page is fetched once and shown while it is fresh", async () => {
  expect([await world.text(), await world.text(), await world.text("other")]).toEqual([
    "<p>1</p>",
    "<p>1</p>",
    "<p>2</p>",
  ]);
  world.now += 59_999;
  expect(await world.text()).toBe("<p>1</p>");
  expect(world.fetched).toBe(2);
  expect(world.kept.get("key")?.headers.get("cache-control")).toBe("public, max-age=660");
});

test("an old one is shown at once and renewed behind it, once", async () => {
  await world.text();
  world.now += 60_000;
  let open = (): void => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  world.origin = () => gate.then(() => new Response("<p>new</p>", { headers: HTML }));
  const pages = await Promise.all([world.page(), world.page()]);
  expect(await Promise.all(pages.map((page) => page?.text()))).toEqual(["<p>1</p>", "<p>1</p>"]);
  expect(world.fetched).toBe(2);
  open();
  await world.text();
  expect(await world.text()).toBe("<p>new</p>");
});

test("a copy that cannot be renewed goes on", async () => {
  await world.text();
  world.now += 60_000;
  for (const origin of [
    () => Promise.reject(new Error("away")),
    () => new Response("broken", { status: 500, headers: HTML }),
    () => new Response("<p>private</p>", { headers: { ...HTML, "set-cookie": "session=1" } }),
  ]) {
    world.origin = origin;
    expect(await world.text()).toBe("<p>1</p>");
    expect(await world.text()).toBe("<p>1</p>");
  }
});

test("headers are the origin's, with the age", async () => {
  world.origin = () => new Response("x", { headers: { ...HTML, "cache-control": "max-age=90", "x-site": "a" } });
  const first = await world.page();
  expect(Object.fromEntries(first?.headers ?? [])).toEqual({ ...HTML, "cache-control": "max-age=90", "x-site": "a" });
  await first?.text();
  await world.text();
  world.now += 30_500;
  const headers = { ...HTML, "cache-control": "max-age=90", "x-site": "a", age: "30" };
  expect(Object.fromEntries((await world.page())?.headers ?? [])).toEqual(headers);
});

test("what is no copy for all is the visitor's own request, and not tried again for a minute", async () => {
  world.origin = () => new Response("<p>hello Ada</p>", { headers: { ...HTML, "cache-control": "private" } });
  expect([await world.text(), await world.text()]).toEqual([null, null]);
  expect([world.fetched, world.kept.size]).toEqual([1, 0]);
  world.origin = () => new Response("<p>all</p>", { headers: HTML });
  world.now += 60_000;
  expect(await world.text()).toBe("<p>all</p>");
});

test("a page that breaks off becomes no copy", async () => {
  world.origin = () =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("<p>half"));
        },
        pull(controller) {
          controller.error(new Error("gone"));
        },
      }),
      { headers: HTML },
    );
  await expect(world.text()).rejects.toThrow("gone");
  expect(world.kept.size).toBe(0);
});

test("without a cache pages are fetched", async () => {
  world.broken = true;
  expect([await world.text(), await world.text()]).toEqual(["<p>1</p>", "<p>2</p>"]);
});

test("a copy that somebody else has put there does not count", async () => {
  world.kept.set("key", { text: "poison", headers: new Headers(HTML) });
  expect(await world.text()).toBe("<p>1</p>");
});
