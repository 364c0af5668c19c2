import { expect, test } from "vitest";
import type { Event, EventContext } from "./event.ts";
import { inOtherWords } from "./in-other-words.ts";

const JULY = Date.UTC(2024, 6, 1, 12);
const JANUARY = Date.UTC(2024, 0, 1, 12);
const GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)";
const said = (context: object, ts = JULY): Event =>
  inOtherWords({ id: "1", type: "page_view", ts, context: context as EventContext });

test("the time zone gives the offset at the event's time, unless the event says one or the zone is none", () => {
  expect(said({ timezone: "Europe/Vienna" }).context).toEqual({ timezone: "Europe/Vienna", utcOffsetMinutes: 120 });
  expect(said({ timezone: "Europe/Vienna" }, JANUARY).context?.utcOffsetMinutes).toBe(60);
  expect(said({ timezone: "Europe/Vienna", utcOffsetMinutes: -300 }).context?.utcOffsetMinutes).toBe(-300);
  for (const timezone of ["Nowhere/Land", "", 7, null]) expect(said({ timezone }).context).toEqual({ timezone });
});

test("a user agent that is a bot's marks the event, and another does not", () => {
  expect(said({ userAgent: GOOGLEBOT }).bot).toBe(true);
  for (const userAgent of ["Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "", 7])
    expect(said({ userAgent })).not.toHaveProperty("bot");
});

test("an event without context stays as it is", () => {
  const event: Event = { id: "1", type: "page_view", ts: JULY };
  expect(inOtherWords(event)).toBe(event);
});
