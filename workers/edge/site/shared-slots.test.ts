import { expect, test } from "vitest";
import { slotOf } from "../../../src/html/slots.ts";
import { type SlotCache, sharedSlots } from "./shared-slots.ts";

class Cache implements SlotCache {
  readonly kept = new Map<string, string>();
  broken = false;
  async match(url: string): Promise<Response | undefined> {
    if (this.broken) throw new Error("no cache");
    const text = this.kept.get(url);
    return text === undefined ? undefined : new Response(text);
  }
  async put(url: string, response: Response): Promise<void> {
    if (this.broken) throw new Error("no cache");
    this.kept.set(url, await response.text());
  }
}

const behind: Promise<unknown>[] = [];
const isolate = (cache: Cache, site = "default") =>
  sharedSlots(
    site,
    async () => cache,
    (work) => void behind.push(work),
  );

test("what one isolate has seen another recalls, on the same site and path", async () => {
  const cache = new Cache();
  const slots = [slotOf("home", { count: 4 }), slotOf("hero", { type: "content" })];
  isolate(cache).share("/a?b", slots);
  await Promise.all(behind);
  expect(await isolate(cache).recall("/a?b")).toEqual(slots);
  expect(await isolate(cache).recall("/b")).toBeNull();
  expect(await isolate(cache, "other").recall("/a?b")).toBeNull();
});

test("a cache that fails, or holds something else, is a page that nobody remembers", async () => {
  const cache = new Cache();
  for (const text of ["rubbish", "{}", '[{"placement":7}]', "[null]"]) {
    cache.kept.set("https://slots.nowcast.invalid/1/default/", text);
    expect(await isolate(cache).recall("/")).toBeNull();
  }
  cache.broken = true;
  isolate(cache).share("/", [slotOf("home")]);
  await Promise.all(behind);
  expect(await isolate(cache).recall("/")).toBeNull();
});
