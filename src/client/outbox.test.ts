// Batches, retries and the offline queue, with a clock, a chance, a network and a storage of the test's own.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Event } from "./contract.ts";
import { createOutbox, MAX_WAITING, type Passage, STORED } from "./outbox.ts";
import type { Reply } from "./post.ts";

const event = (id: string): Event => ({ id, type: "page_view" });
const many = (count: number, from = 0) => Array.from({ length: count }, (_, n) => event(`e${from + n}`));

/** What the network answers, one after the other; then 202 for ever. */
let answers: (number | "cut" | object)[] = [];
let sent: string[][] = [];
let held: Record<string, string> = {};
let passage: Passage = true;
let online = true;

beforeEach(() => {
  [answers, sent, held, passage, online] = [[], [], {}, true, true];
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  vi.stubGlobal("navigator", {
    get onLine() {
      return online;
    },
  });
  vi.stubGlobal("localStorage", held);
  vi.stubGlobal("fetch", async (_url: string, { body }: { body: string }) => {
    sent.push((JSON.parse(body) as Event[]).map(({ id }) => id));
    const answer = answers.shift() ?? 202;
    if (answer === "cut") throw new TypeError("no network");
    return typeof answer === "number" ? new Response("{}", { status: answer }) : Response.json(answer, { status: 202 });
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

const outbox = (answered: (reply: Reply) => boolean = () => false) =>
  createOutbox("https://nowcast.test/v1/events", () => passage, JSON.stringify, answered);
const stored = () => (JSON.parse(held[STORED] ?? "[]") as Event[]).map(({ id }) => id);
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

describe("the outbox", () => {
  test("gathers for a second, then sends what is there in batches, in order", async () => {
    const box = outbox();
    for (const one of many(20)) box.add(one);
    await pass(999);
    expect(sent).toEqual([]);
    await pass(1);
    expect(sent.map(({ length }) => length)).toEqual([15, 5]);
    expect(sent.flat()).toEqual(many(20).map(({ id }) => id));
    expect(held).toEqual({});
  });

  test("waits longer after each failure, up to a minute, and sends the same events", async () => {
    answers = Array.from({ length: 9 }, (_, n) => (n % 2 === 0 ? 503 : "cut"));
    outbox().add(event("a"));
    await pass(1000);
    const waits: number[] = [];
    for (let count = 1; count < 10; count++) {
      const before = Date.now();
      while (sent.length === count) await pass(500);
      waits.push((Date.now() - before) / 1000);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(new Set(sent.flat())).toEqual(new Set(["a"]));
    await pass(600_000);
    expect(sent).toHaveLength(10);
    expect(held).toEqual({});
  });

  test("waits half as long when chance says so", async () => {
    vi.mocked(Math.random).mockReturnValue(0);
    answers = [503];
    outbox().add(event("a"));
    await pass(1500);
    expect(sent).toHaveLength(2);
  });

  test.each([400, 401, 403, 413])("does not send again what was answered with %i", async (status) => {
    answers = [status];
    outbox().add(event("a"));
    await pass(60_000);
    expect(sent).toEqual([["a"]]);
    expect(held).toEqual({});
  });

  test("sends again when it is told that the answer was about something that has been mended", async () => {
    answers = [401];
    const mended = vi.fn(({ status }: Reply) => status === 401);
    outbox(mended).add(event("a"));
    await pass(5000);
    expect(sent).toEqual([["a"], ["a"]]);
  });

  test("sends again only those of a batch that the server asks for again", async () => {
    answers = [
      {
        rejected: [
          { index: 0, retryable: false },
          { index: 2, retryable: true },
        ],
      },
    ];
    const box = outbox();
    for (const one of many(4)) box.add(one);
    await pass(5000);
    expect(sent).toEqual([["e0", "e1", "e2", "e3"], ["e2"]]);
  });

  test("keeps what cannot be sent, the newest of it, and nothing twice", async () => {
    answers = Array.from({ length: 100 }, () => "cut" as const);
    const box = outbox();
    box.add(event("first"));
    await pass(1000);
    expect(stored()).toEqual(["first"]);
    for (const one of many(MAX_WAITING + 10)) box.add(one);
    expect(stored()).toHaveLength(MAX_WAITING);
    expect(stored().at(-1)).toBe(`e${MAX_WAITING + 9}`);
    expect(new Set(stored()).size).toBe(MAX_WAITING);
  });

  test("the next page sends what the last one left, and leaves what other tabs keep", async () => {
    held[STORED] = JSON.stringify(many(2));
    const box = outbox();
    await box.flush();
    expect(sent).toEqual([["e0", "e1"]]);
    expect(held).toEqual({});

    answers = ["cut", "cut"];
    box.add(event("mine"));
    await pass(1000);
    held[STORED] = JSON.stringify([...JSON.parse(held[STORED] ?? "[]"), event("theirs")]);
    answers = [];
    await pass(5000);
    expect(sent.at(-1)).toEqual(["mine"]);
    expect(stored()).toEqual(["theirs"]);
  });

  test("a storage that holds nonsense is an empty one", async () => {
    for (const nonsense of ["{", "7", "null", '{"a":1}']) {
      held[STORED] = nonsense;
      const box = outbox();
      box.add(event(nonsense));
      await box.flush();
      expect(sent.at(-1)).toEqual([nonsense]);
    }
  });

  test("on leaving it sends at once what waits, and keeps what does not fit the last request", async () => {
    const box = outbox();
    for (const one of many(17)) box.add(one);
    box.leave();
    expect(sent.map(({ length }) => length)).toEqual([15]);
    expect(stored()).toEqual(["e15", "e16"]);
    // The page is still there, hidden: it goes on, and takes out what has arrived.
    await pass(0);
    expect(sent.map(({ length }) => length)).toEqual([15, 2]);
    expect(held).toEqual({});
  });

  test("on leaving without a network it keeps all of it", () => {
    online = false;
    const box = outbox();
    for (const one of many(3)) box.add(one);
    box.leave();
    expect([sent, stored()]).toEqual([[], ["e0", "e1", "e2"]]);
  });

  test("waits for a choice in memory alone, and sends when it allows", async () => {
    passage = null;
    const box = outbox();
    box.add(event("a"));
    await pass(5000);
    box.leave();
    expect([sent, held]).toEqual([[], {}]);
    passage = true;
    await box.flush();
    expect(sent).toEqual([["a"]]);
  });

  test("a refusal drops what waits, in memory and in storage, and takes nothing more", async () => {
    answers = ["cut"];
    const box = outbox();
    box.add(event("a"));
    await pass(1000);
    expect(stored()).toEqual(["a"]);
    passage = false;
    box.add(event("b"));
    await box.flush();
    await pass(120_000);
    expect([sent, held]).toEqual([[["a"]], {}]);
  });

  test("a flush that finds nothing does not stop the next", async () => {
    const box = outbox();
    await box.flush();
    box.add(event("a"));
    await box.flush();
    expect(sent).toEqual([["a"]]);
  });
});
