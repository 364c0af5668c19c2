import { afterEach, expect, test, vi } from "vitest";
import type { Timer } from "../telemetry/budget.ts";
import type { PageDecision, SlotRequests } from "./page-decisions.ts";
import { type PageSite, type PageVisit, type PersonalizePorts, personalize } from "./personalize.ts";
import { SlotMemory } from "./slot-memory.ts";
import { slotOf } from "./slots.ts";

const ITEMS = Array.from({ length: 12 }, (_, n) => ({
  id: `sku-${n}`,
  item: { title: `Lamp ${n}`, url: `/p/${n}`, price: 10 + n, currency: "EUR" },
}));
const CARD = '<template><a href="{{url}}">{{title}}</a></template>';

const SCRIPT =
  '<script async src="/_nowcast/nowcast.js" data-key="pk_dev" data-base="/_nowcast" data-page-view="view-1"></script>';

/** A page on the way, with a decision that the test gives when it likes, and a timer that it rings. */
class World {
  readonly asked: SlotRequests[] = [];
  readonly memory = new SlotMemory();
  now = 1_000;
  recorded = 0;
  plain: PageVisit["plain"] = null;
  pageView: string | null = "view-1";
  answer: (placements: SlotRequests) => Promise<PageDecision> = async (placements) => decisionOf(placements);
  origin: () => Promise<Response> = async () => html("");
  readonly rings: (() => void)[] = [];
  /** Turns of the event loop are the platform's; what takes time rings when told to. */
  readonly timer: Timer = (ms) => {
    const rings = new Promise<void>((ring) => {
      if (ms === 0) setTimeout(ring, 0);
      else this.rings.push(ring);
    });
    return { rings, cancel: () => {} };
  };
  site: PageSite = {
    templates: { row: '<p><a href="{{url}}">{{title}}</a></p>' },
    defaultsOf: () => undefined,
    slotsOf: () => undefined,
    script: { src: "/_nowcast/nowcast.js", key: "pk_dev", base: "/_nowcast", requireConsent: false },
  };

  get ports(): PersonalizePorts {
    const visit: PageVisit = {
      plain: this.plain,
      pageView: this.pageView,
      decide: (placements) => {
        this.asked.push(placements);
        return this.answer(placements);
      },
      record: () => {
        this.recorded++;
      },
      chooseVariant: (_placement, variants) => variants.at(-1) ?? "",
      headers: () => [["set-cookie", "nowcast_visitor=v1.x.y; Path=/"]],
    };
    return {
      fetchOrigin: () => this.origin(),
      begin: async () => ({ visit, site: this.site }),
      budgetMs: 100,
      memory: this.memory,
      timer: this.timer,
      clock: () => this.now,
    };
  }

  fetch(headers: Record<string, string> = {}, path = "/"): Promise<Response> {
    return personalize(new Request(`https://shop.example${path}`, { headers }), this.ports);
  }

  /** A page of an origin that takes its time, when its decision has begun. */
  async afterHeadStart(): Promise<{ answer: (response: Response) => void; pending: Promise<Response> }> {
    const origin = Promise.withResolvers<Response>();
    this.origin = () => origin.promise;
    const [asked, rings] = [this.asked.length, this.rings.length];
    const pending = this.fetch();
    await vi.waitFor(() => expect(this.rings.length).toBeGreaterThan(rings));
    this.rings.at(-1)?.();
    await vi.waitFor(() => expect(this.asked.length).toBeGreaterThan(asked));
    return { answer: origin.resolve, pending };
  }

  async page(body: string): Promise<string> {
    this.origin = async () => html(body);
    return (await this.fetch()).text();
  }
}

const idsIn = (page: string) => [...page.matchAll(/data-nowcast-item="(.*?)"/g)].map(([, id]) => id);

function decisionOf(placements: SlotRequests): PageDecision {
  const entries = Object.entries(placements).map(([name, { count }], n) => [
    name,
    { items: ITEMS.slice(n * 4, n * 4 + count) },
  ]);
  return { decisionId: "d1.receipt.sig", placements: Object.fromEntries(entries) };
}

function html(body: BodyInit, headers: Record<string, string> = {}): Response {
  return new Response(body, { headers: { "content-type": "text/html; charset=utf-8", ...headers } });
}

/** A body of the given pieces; `broken` ends it with an error. */
function streamed(pieces: readonly (string | Promise<string>)[], broken = false): ReadableStream<Uint8Array> {
  const waiting = [...pieces];
  return new ReadableStream({
    async pull(controller) {
      const next = waiting.shift();
      if (next !== undefined) controller.enqueue(new TextEncoder().encode(await next));
      else if (broken) controller.error(new Error("the origin broke off"));
      else controller.close();
    },
  });
}

afterEach(() => vi.restoreAllMocks());

test("a slot is filled from the template in it, by one decision for the page", async () => {
  const world = new World();
  const page = await world.page(
    `<body><div data-nowcast="a" data-count="2" class=x><p>old</p>${CARD}</div>!<ul data-nowcast='b' data-count=1 data-template=row>x</ul></body>`,
  );
  expect(world.asked).toEqual([{ a: { type: "recommend", count: 2 }, b: { type: "recommend", count: 1 } }]);
  expect(page).toContain(
    '<div data-nowcast-state="filled" data-nowcast-decision="d1.receipt.sig" data-nowcast="a" data-count="2" class=x>' +
      '<a data-nowcast-item="sku-0" data-nowcast-position="0" href="/p/0">Lamp 0</a>' +
      '<a data-nowcast-item="sku-1" data-nowcast-position="1" href="/p/1">Lamp 1</a></div>!',
  );
  expect(page).toContain(
    '<p data-nowcast-item="sku-4" data-nowcast-position="0"><a href="/p/4">Lamp 4</a></p></ul></body>',
  );
});

test("an answer is the visitor's own: nobody caches it, and what the origin says of its bytes is gone", async () => {
  const world = new World();
  world.origin = async () =>
    html("<p>", {
      etag: '"1"',
      "last-modified": "x",
      "cache-control": "max-age=60",
      "content-length": "3",
      vary: "Accept",
    });
  const answer = await world.fetch();
  expect(answer.headers.get("cache-control")).toBe("private, no-store");
  for (const name of ["etag", "last-modified", "content-length"]) expect(answer.headers.get(name)).toBeNull();
  expect(answer.headers.get("vary")).toBe("Accept");
  expect(answer.headers.get("set-cookie")).toContain("nowcast_visitor=");
});

test("the script stands at the end of the head and names the page view", async () => {
  const page = await new World().page("<!doctype html><html><head><title>x</title></head><body>y</body></html>");
  expect(page).toBe(`<!doctype html><html><head><title>x</title>${SCRIPT}</head><body>y</body></html>`);
});

test("a page without slots is recorded once it has ended", async () => {
  const world = new World();
  await world.page("<body>nothing here</body>");
  expect(world).toMatchObject({ recorded: 1, asked: [] });
});

test("what a page had when it was last seen is decided before the origin answers", async () => {
  const world = new World();
  const body = `<body><div data-nowcast="a" data-count="2" data-context="sku-9">${CARD}</div></body>`;
  await world.page(body);
  const { answer, pending } = await world.afterHeadStart();
  expect(world.asked[1]).toEqual({ a: { type: "recommend", count: 2, context: ["sku-9"] } });
  answer(html(body));
  expect(await (await pending).text()).toContain("Lamp 1");
  expect(world.asked).toHaveLength(2);
});

test("a slot that the page did not have before is asked for apart, repeats nothing, and is as full as the others", async () => {
  const world = new World();
  // Both calls would bring the same items: neither knows of the other.
  world.answer = async (placements) => ({
    decisionId: "d1",
    placements: Object.fromEntries(
      Object.entries(placements).map(([name, { count }]) => [name, { items: ITEMS.slice(0, count) }]),
    ),
  });
  const slot = (name: string, count = 2) => `<div data-nowcast="${name}" data-count="${count}">${CARD}</div>`;
  await world.page(`<body>${slot("a")}</body>`);
  const { answer, pending } = await world.afterHeadStart();
  answer(html(`<body>${slot("a")}${slot("b", 3)}</body>`));
  const page = await (await pending).text();
  expect(world.asked.map((placements) => Object.keys(placements))).toEqual([["a"], ["a"], ["b"]]);
  expect(idsIn(page)).toEqual(["sku-0", "sku-1", "sku-2", "sku-3", "sku-4"]);
});

test("what others have seen of a page is decided before the origin answers; what was learned is shared once", async () => {
  const world = new World();
  const body = `<body><div data-nowcast="a" data-count="2">${CARD}</div></body>`;
  const origin = Promise.withResolvers<Response>();
  const learned: string[] = [];
  const ports: PersonalizePorts = {
    ...world.ports,
    fetchOrigin: () => origin.promise,
    shared: {
      recall: async () => [slotOf("a", { count: 2 })],
      share: (path, slots) => learned.push(`${path} ${slots.map(({ placement }) => placement)}`),
    },
  };
  const pending = personalize(new Request("https://shop.example/x"), ports);
  await vi.waitFor(() => expect(world.asked).toEqual([{ a: { type: "recommend", count: 2 } }]));
  origin.resolve(html(body));
  expect(await (await pending).text()).toContain("Lamp 1");
  await (
    await personalize(new Request("https://shop.example/x"), { ...ports, fetchOrigin: async () => html(body) })
  ).text();
  expect([learned, world.asked.length]).toEqual([["/x a"], 2]);
});

test("an origin that answers at once has its head sent before anything is decided", async () => {
  const world = new World();
  const body = `<head></head><body>${"x".repeat(50)}<div data-nowcast="a">${CARD}</div></body>`;
  await world.page(body);
  world.origin = async () => html(body);
  const reader = ((await world.fetch()).body as ReadableStream<Uint8Array>).getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toMatch(/x<|x$/);
  expect(world.asked).toHaveLength(1);
  await reader.read();
  expect(world.asked).toHaveLength(2);
});

test("all before a slot is out while its decision is under way; past the budget the slot keeps what the origin wrote", async () => {
  const world = new World();
  world.answer = () => new Promise(() => {});
  world.origin = async () => html(`<head></head><body><h1>Hi</h1><div data-nowcast="a">old${CARD}</div>after</body>`);
  const reader = ((await world.fetch()).body as ReadableStream<Uint8Array>).getReader();
  const first = new TextDecoder().decode((await reader.read()).value);
  expect(first.endsWith("<body><h1>Hi</h1>")).toBe(true);
  const rest = reader.read();
  await vi.waitFor(() => expect(world.rings).toHaveLength(1));
  world.rings[0]?.();
  expect(new TextDecoder().decode((await rest).value)).toBe(
    `<div data-nowcast-state="fallback" data-nowcast-reason="timeout" data-nowcast="a">old${CARD}</div>after</body>`,
  );
});

test("a decision that comes too late for one slot still fills one that comes later", async () => {
  const world = new World();
  const slot = (name: string) => `<div data-nowcast="${name}" data-count=1>old${CARD}</div>`;
  await world.page(`<body>${slot("a")}${slot("b")}`);
  const decided = Promise.withResolvers<PageDecision>();
  world.answer = () => decided.promise;
  const second = Promise.withResolvers<string>();
  world.origin = async () => html(streamed([`<body>${slot("a")}`, second.promise]));
  const reader = ((await world.fetch()).body as ReadableStream<Uint8Array>).getReader();
  const next = async () => new TextDecoder().decode((await reader.read()).value);
  expect(await next()).toBe("<body>".concat(SCRIPT));
  const first = next();
  await vi.waitFor(() => expect(world.rings.length).toBeGreaterThan(1));
  world.rings.at(-1)?.();
  expect(await first).toContain('reason="timeout" data-nowcast="a"');
  const last = next();
  decided.resolve(decisionOf(world.asked[1] ?? {}));
  await decided.promise;
  second.resolve(`${slot("b")}</body>`);
  expect(await last).toMatch(/state="filled".* data-nowcast="b".*Lamp 4/s);
});

test.each([
  ["throws", () => Promise.reject(new Error("no")), "failed"],
  ["answers nonsense", async () => ({ nonsense: true }) as unknown as PageDecision, "failed"],
  ["answers null", async () => null as unknown as PageDecision, "failed"],
  ["answers nothing", async () => ({ decisionId: "d1", placements: { a: { items: [] } } }), "empty"],
  [
    "answers items that are none",
    async () => ({ decisionId: "d1", placements: { a: { items: [null, 3] } } }) as unknown as PageDecision,
    "failed",
  ],
])("a decision that %s leaves the origin's content", async (_, answer, reason) => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const world = new World();
  world.answer = answer;
  expect(await world.page(`<body><div data-nowcast="a">old${CARD}</div>after</body>`)).toContain(
    `data-nowcast-state="fallback" data-nowcast-reason="${reason}" data-nowcast="a">old${CARD}</div>after</body>`,
  );
});

test("a visitor who has not consented gets the origin's content, and is told why", async () => {
  const world = new World();
  world.plain = "no-consent";
  const page = await world.page(`<body><div data-nowcast="a">old${CARD}</div><div data-nowcast="b">x</div></body>`);
  expect(page).toContain(`data-nowcast-reason="no-consent" data-nowcast="a">old${CARD}</div>`);
  expect(page).toContain('data-nowcast-reason="no-consent" data-nowcast="b">x</div></body>');
  expect(world.asked).toEqual([]);
});

test("one variant of a content slot stays, and shows itself", async () => {
  const page = await new World().page(
    '<body><div data-nowcast="hero" data-type="content"> <p data-nowcast-variant="a">A</p> <p hidden data-nowcast-variant="b">B</p> </div></body>',
  );
  expect(page).toContain(
    '<div data-nowcast-state="filled" data-nowcast-chosen="b" data-nowcast="hero" data-type="content">  <p data-nowcast-variant="b">B</p> </div></body>',
  );
});

test("a slot without an end keeps what the origin wrote, whole", async () => {
  const body = `<body><div data-nowcast="a">old${CARD} and more`;
  expect(await new World().page(body)).toContain(`data-nowcast-reason="unclosed" data-nowcast="a">old${CARD} and more`);
});

test("a page that breaks off breaks off for the visitor too, after all that came", async () => {
  const world = new World();
  world.origin = async () => html(streamed([`<body>before<div data-nowcast="a">old`, "er</"], true));
  const reader = ((await world.fetch()).body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  const ringing = setInterval(() => world.rings.pop()?.(), 1);
  await expect(
    (async () => {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        text += new TextDecoder().decode(value);
      }
    })(),
  ).rejects.toThrow("the origin broke off");
  clearInterval(ringing);
  expect(text).toMatch(/before<div data-nowcast-state="fallback"[^>]*>older<\/$/);
});

test.each([
  ["another charset", html("<div data-nowcast=a>x</div>", { "content-type": "text/html; charset=iso-8859-1" })],
  ["no HTML", new Response("<div data-nowcast=a>", { headers: { "content-type": "text/plain" } })],
  ["an error", new Response("<div data-nowcast=a>", { status: 500, headers: { "content-type": "text/html" } })],
  ["an encoding that the runtime does not undo", html("zzz", { "content-encoding": "zstd" })],
  ["a download", html("<div data-nowcast=a>x</div>", { "content-disposition": "attachment" })],
])("%s is left as it is", async (_, answer) => {
  const world = new World();
  world.origin = async () => answer;
  expect(await world.fetch()).toBe(answer);
});

test("a page that names another charset in itself is left as it is", async () => {
  const world = new World();
  const body = '<html><head><meta charset="windows-1252"></head><body><div data-nowcast=a>x</div></body></html>';
  world.origin = async () => html(body, { "content-type": "text/html" });
  expect(await (await world.fetch()).text()).toBe(body);
});

test("where no charset is named, what is put in reads the same in all of them", async () => {
  const world = new World();
  world.answer = async () => ({
    decisionId: "d1",
    placements: { a: { items: [{ id: "ü", item: { title: "Größe 🙂", url: "/" } }] } },
  });
  world.origin = async () => html(`<body><div data-nowcast="a">${CARD}</div>`, { "content-type": "text/html" });
  expect(await (await world.fetch()).text()).toContain("Gr&#246;&#223;e &#128578;");
});

test("requests that ask for no page go to the origin alone", async () => {
  const world = new World();
  const body = `<div data-nowcast="a">x</div>`;
  world.origin = async () => html(body);
  for (const headers of [{ "sec-fetch-dest": "image" }, { accept: "image/png" }] as Record<string, string>[]) {
    expect(await (await world.fetch(headers)).text()).toBe(body);
  }
});

test("when the visitor cannot be told, the page is the origin's", async () => {
  vi.spyOn(console, "error").mockImplementation(() => {});
  const world = new World();
  const answer = html(`<div data-nowcast="a">x</div>`);
  const ports = { ...world.ports, begin: () => Promise.reject(new Error("broken")), fetchOrigin: async () => answer };
  expect(await personalize(new Request("https://shop.example/"), ports)).toBe(answer);
});

test.each([
  ["script-src 'nonce-abc'", ' nonce="abc"></script>'],
  ["default-src 'self'", '"></script>'],
  ["script-src 'nonce-a b'; default-src 'self'", null],
  ["script-src 'none'", null],
  ["script-src 'strict-dynamic' 'self'", null],
  ["script-src 'self', script-src https://other.example", null],
])("the page's policy %s is kept", async (policy, end) => {
  const world = new World();
  world.origin = async () => html("<head></head>", { "content-security-policy": policy });
  const page = await (await world.fetch()).text();
  expect(page).toBe(
    end === null
      ? "<head></head>"
      : `<head><script async src="/_nowcast/nowcast.js" data-key="pk_dev" data-base="/_nowcast" data-page-view="view-1${end === '"></script>' ? end : `"${end}`}</head>`,
  );
});

test("the nonce of the page's own scripts serves where the policy is not in a header", async () => {
  expect(await new World().page('<head><script nonce="n0">1</script></head>')).toContain(
    'data-page-view="view-1" nonce="n0">',
  );
});
