import { expect, test } from "vitest";
import { toBase64Url } from "../kernels/digest.ts";
import { emptyState } from "../profile/state.ts";
import { encodeState } from "../profile/state-codec.ts";
import { buildHistory, recordsBefore } from "./history.ts";
import type { LogEvent, LogRecord } from "./log.ts";

/** Of a visitor that did nothing. */
const MERGED = toBase64Url(encodeState(emptyState()));

let ids = 0;
const event = (type: string, ts: number, fields: Partial<LogEvent> = {}): LogEvent => ({
  kind: "event",
  id: `e${ids++}`,
  type,
  ts,
  anonymousId: "v",
  ...fields,
});
const items = (...names: string[]) => names.map((id) => ({ id }));
const list = (ts: number, decisionId: string, ...names: string[]) =>
  event("view_item_list", ts, { decisionId, items: items(...names) });
const click = (ts: number, decisionId: string, name: string) =>
  event("select_item", ts, { decisionId, items: items(name) });

test("a list with a later click that carries its decisionId is a query; its distinct clicks are the labels", () => {
  const { queries } = buildHistory([
    list(1, "a", "x", "y", "z"),
    list(2, "b", "x"),
    click(3, "a", "z"),
    click(3, "a", "z"),
    click(4, "a", "x"),
    click(5, "c", "x"),
  ]);
  expect(queries.map(({ position, list, labels }) => [position, list.decisionId, [...labels]])).toEqual([
    [0, "a", [1, 0, 1]],
  ]);
});

test("clicks before the list, on other items and by other events do not make a query", () => {
  const { queries } = buildHistory([
    click(1, "a", "x"),
    list(2, "a", "x", "y"),
    click(3, "a", "q"),
    event("view_item", 4, { decisionId: "a", items: items("x") }),
    event("select_item", 5, { items: items("x") }),
  ]);
  expect(queries).toEqual([]);
});

test("queries are in the order of their lists, whichever was clicked first", () => {
  const { queries } = buildHistory([list(1, "a", "x"), list(2, "b", "y"), click(3, "b", "y"), click(4, "a", "x")]);
  expect(queries.map(({ list }) => list.decisionId)).toEqual(["a", "b"]);
});

test("of two lists with one decisionId, a click belongs to the last before it", () => {
  const { queries } = buildHistory([list(1, "a", "x"), list(2, "a", "x", "y"), click(3, "a", "x")]);
  expect(queries.map(({ position }) => position)).toEqual([1]);
});

test("each visitor's events are numbered from 1 in log order and received at the log's time", () => {
  const { visitors, timeline } = buildHistory([
    event("page_view", 5),
    event("page_view", 6, { anonymousId: "w" }),
    event("page_view", 7),
  ]);
  expect(visitors.map(({ key, events }) => [key, events.map(({ seq, receivedAt }) => [seq, receivedAt])])).toEqual([
    [
      "a:v",
      [
        [1, 5],
        [2, 7],
      ],
    ],
    ["a:w", [[1, 6]]],
  ]);
  expect(timeline.map((entry) => "event" in entry && entry.visitor)).toEqual([0, 1, 0]);
});

const keysOf = (...records: LogRecord[]) =>
  buildHistory(records).visitors.map(({ key, events }) => [key, events.map(({ type }) => type)]);

test("a user and an anonymous visitor of the same id are two", () => {
  const [anonymous, user] = [event("page_view", 1), { ...event("search", 2), anonymousId: undefined, userId: "v" }];
  expect(keysOf(anonymous, user as LogEvent)).toEqual([
    ["a:v", ["page_view"]],
    ["u:v", ["search"]],
  ]);
});

test("an event with both ids makes the anonymous visitor part of the user, once, and later events are the user's", () => {
  const login = (ts: number, userId: string): LogEvent => ({ ...event("login", ts), userId });
  expect(keysOf(event("page_view", 1), login(2, "u1"), event("view_item", 3), login(4, "u1"), login(5, "u2"))).toEqual([
    ["a:v", ["page_view"]],
    ["u:u1", ["identity_merged", "login", "view_item", "login"]],
    ["u:u2", ["login"]],
  ]);
});

test("an identity is whoever a visitor became part of: in a log by the login, in a lake by the merges that it tells of", () => {
  const identities = (records: LogRecord[]) =>
    buildHistory(records).visitors.map(({ key, identity }) => [key, identity]);
  const login: LogEvent = { ...event("login", 3), userId: "u1" };
  const other: LogEvent = { ...event("login", 4, { anonymousId: "w" }), userId: "u1" };
  expect(identities([event("page_view", 1), event("page_view", 2, { anonymousId: "x" }), login, other])).toEqual([
    ["a:v", "u:u1"],
    ["a:x", "a:x"],
    ["u:u1", "u:u1"],
  ]);
  const user = { anonymousId: undefined, userId: "u1", visitor: "site:u:1" } as Partial<LogEvent>;
  const merge = (from: string) =>
    event("identity_merged", 3, { ...user, system: { kind: "merge", from, epoch: "life-1", state: MERGED } });
  const merged = (first: Partial<LogEvent>) =>
    identities([
      event("page_view", 1, { visitor: "site:a:1", ...first }),
      event("page_view", 2, { ...user }),
      merge("site:a:1"),
      merge("site:a:never-recorded"),
    ]);
  const ofTheUser = [
    ["a:v", "u:u1"],
    ["u:u1", "u:u1"],
  ];
  expect(merged({ incarnation: "life-1" })).toEqual(ofTheUser);
  // Older builds wrote no incarnation with their rows.
  expect(merged({})).toEqual(ofTheUser);
  expect(merged({ incarnation: "life-2" })[0]).toEqual(["a:v", "a:v"]);
});

test("a log's events say what the edge would have made of them; those of a lake are left as they are", () => {
  const context = { timezone: "Europe/Vienna", userAgent: "Googlebot/2.1 (+http://www.google.com/bot.html)" };
  const folded = (fields: Partial<LogEvent>) =>
    buildHistory([event("page_view", 0, { context, ...fields })]).visitors[0]?.events[0];
  expect(folded({})).toMatchObject({ context: { ...context, utcOffsetMinutes: 60 }, bot: true });
  const inLake = folded({ visitor: "site:a:1" });
  expect(inLake?.context).toEqual(context);
  expect(inLake).not.toHaveProperty("bot");
  const bot = list(1, "a", "x");
  expect(buildHistory([{ ...bot, context }, click(2, "a", "x")]).queries).toEqual([]);
});

test("an event sent twice counts once, as the visitor's object would have it", () => {
  const sent = event("page_view", 5);
  const { visitors, timeline } = buildHistory([sent, { ...sent, ts: 6 }, event("page_view", 7)]);
  expect(visitors[0]?.events.map(({ seq, ts }) => [seq, ts])).toEqual([
    [1, 5],
    [2, 7],
  ]);
  expect(timeline).toHaveLength(2);
});

test("the last record of an item holds, and a prefix of the log knows what it knew then", () => {
  const records: LogRecord[] = [
    { kind: "item", id: "x", price: 1 },
    list(1, "a", "x"),
    { kind: "item", id: "x", price: 2 },
    click(2, "a", "x"),
  ];
  const history = buildHistory(records);
  expect(history.items.get("x")?.price).toBe(2);
  const before = buildHistory(recordsBefore(history, 2));
  expect(before.items.get("x")?.price).toBe(1);
  expect(before.queries).toEqual([]);
});
