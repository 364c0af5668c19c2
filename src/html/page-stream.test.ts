// Whatever comes of decisions and however the bytes come: the page is whole.
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Timer } from "../telemetry/budget.ts";
import { type PageDecision, PageDecisions, type SlotRequests } from "./page-decisions.ts";
import { type PageOptions, personalizedBody } from "./page-stream.ts";

const CARD = "<template><i>{{title}}</i></template>";
/** Milliseconds pass when a timer rings, and it rings as soon as nothing else is to be done. */
class Clock {
  now = 0;
  readonly timer: Timer = (ms) => {
    let handle: ReturnType<typeof setTimeout> | undefined;
    const rings = new Promise<void>((ring) => {
      handle = setTimeout(() => {
        this.now += ms;
        ring();
      });
    });
    return { rings, cancel: () => clearTimeout(handle) };
  };
}

function pageOptions(decide: (placements: SlotRequests) => Promise<PageDecision>, clock = new Clock()): PageOptions {
  const { timer } = clock;
  return {
    decisions: new PageDecisions({ decide, timer, clock: () => clock.now, budgetMs: 100 }),
    expected: [],
    templates: {},
    defaultsOf: () => undefined,
    chooseVariant: (_, [first = ""]) => first,
    plain: null,
    headHtml: () => "",
    asciiOnly: false,
    onEnd: () => {},
    timer,
    holdMs: 100,
  };
}

/** Chunks of the given sizes, each when it is asked for. */
function source(html: string, sizes: readonly number[]): ReadableStream<Uint8Array> {
  const bytes = new TextEncoder().encode(html);
  let at = 0;
  let n = 0;
  return new ReadableStream({
    pull(controller) {
      const size = sizes[n++ % sizes.length] ?? 1;
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

const withoutMarks = (html: string): string => html.replace(/ data-nowcast-(?:state|reason)="[a-z-]+"/g, "");

const scrap = fc.constantFrom(
  "text ä🙂",
  "<p>",
  "</p>",
  "<!-- <p data-nowcast=x> -->",
  "<script>'<p data-nowcast=x>'</script>",
  `<div data-nowcast="a">old${CARD}</div>`,
  `<div data-nowcast="b"><div data-nowcast="c">x</div></div>`,
  '<ul data-nowcast="d" data-type="content"><li>no variant</ul>',
  "<div data-nowcast=''>no name</div>",
  "<section data-nowcast=e>never closed",
  "</section>",
  "</div>",
  "<",
);
const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 5 });

test("a page whose decisions all fail, each in its way, is what the origin wrote", async () => {
  const outcome = fc.constantFrom<(placements: SlotRequests) => Promise<PageDecision>>(
    () => Promise.reject(new Error("no")),
    () => {
      throw new Error("at once");
    },
    () => new Promise(() => {}),
    async () => ({ decisionId: "d", placements: {} }),
    async () => ({ decisionId: "d", placements: { a: { items: [] }, b: { items: [{ id: "1" }] } } }),
    async () => null as unknown as PageDecision,
  );
  await fc.assert(
    fc.asyncProperty(fc.array(scrap, { maxLength: 12 }), sizes, outcome, async (scraps, sizes, decide) => {
      const html = scraps.join("");
      const out = await new Response(personalizedBody(source(html, sizes), pageOptions(decide))).text();
      expect(withoutMarks(out)).toBe(html);
    }),
    { numRuns: 300 },
  );
});

test("slots that come one by one do not make a page wait for each of them", async () => {
  const clock = new Clock();
  const names = Array.from({ length: 15 }, (_, n) => `slot-${n}`);
  const html = names.map((name) => `<div data-nowcast="${name}">old${CARD}</div>`).join("");
  const size = html.length / names.length;
  const asked: string[] = [];
  const never = (placements: SlotRequests) => {
    asked.push(...Object.keys(placements));
    return new Promise<PageDecision>(() => {});
  };
  const out = await new Response(personalizedBody(source(html, [size - 3]), pageOptions(never, clock))).text();
  expect(withoutMarks(out)).toBe(html);
  expect(asked.length).toBe(names.length);
  expect(clock.now).toBeLessThanOrEqual(200);
});
