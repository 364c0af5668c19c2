import { expect, test } from "vitest";
import { CONFIG, T0 } from "../../tests/support/folding.ts";
import type { Event } from "../events/event.ts";
import { accept, type LiveVisitor, newVisitor } from "./accept.ts";

const MINUTE = 60_000;
let ids = 0;
const touch = (visitor: LiveVisitor, type: string, item: string, ts: number, unrecordedAt = 0) => {
  const event: Event = { id: `e${ids++}`, type, ts, items: item.split(" ").map((id) => ({ id })) };
  return accept(visitor, event, ts, CONFIG, undefined, unrecordedAt)?.follows ?? [];
};
const idsOf = (follows: readonly { readonly id: string }[]) => follows.map(({ id }) => id);

test("an event follows the last different items of its session, the newest first, with falling weights", () => {
  const visitor = newVisitor();
  for (const [at, id] of ["a", "b", "c", "d", "e", "f", "d"].entries()) touch(visitor, "select_item", id, T0 + at);
  const follows = touch(visitor, "select_item", "x", T0 + 7);
  expect(follows).toEqual([
    { id: "d", weight: 256 },
    { id: "f", weight: 128 },
    { id: "e", weight: 85 },
    { id: "c", weight: 64 },
    { id: "b", weight: 51 },
  ]);
});

test("what was touched longer ago weighs less, a cart more than a click, a click more than a view", () => {
  const of = (type: string, pause: number): number => {
    const visitor = newVisitor();
    touch(visitor, "view_item", "a", T0);
    return touch(visitor, type, "b", T0 + pause)[0]?.weight ?? 0;
  };
  expect([of("view_item", 0), of("select_item", 0), of("add_to_cart", 0)]).toEqual([128, 256, 512]);
  expect([of("select_item", 15 * MINUTE), of("select_item", 30 * MINUTE)]).toEqual([128, 64]);
});

test("nothing of another session counts, however it ended, and nothing from before the consent", () => {
  const visitor = newVisitor();
  touch(visitor, "view_item", "a", T0);
  expect(touch(visitor, "view_item", "b", T0 + CONFIG.sessionTimeoutMs + 1)).toEqual([]);
  expect(idsOf(touch(visitor, "view_item", "c", T0 + CONFIG.sessionTimeoutMs + 2 * MINUTE))).toEqual(["b"]);
  expect(
    touch(
      visitor,
      "view_item",
      "d",
      T0 + CONFIG.sessionTimeoutMs + 3 * MINUTE,
      T0 + CONFIG.sessionTimeoutMs + 2 * MINUTE,
    ),
  ).toEqual([]);
});

test("pages between two items keep the session, and settled touches count as pending ones do", () => {
  const visitor = newVisitor();
  touch(visitor, "view_item", "a", T0);
  for (let pages = 1; pages <= 3; pages++) {
    const ts = T0 + pages * 20 * MINUTE;
    accept(visitor, { id: `p${pages}`, type: "page_view", ts }, ts, CONFIG);
  }
  expect(idsOf(touch(visitor, "view_item", "b", T0 + 61 * MINUTE))).toEqual(["a"]);
});

test("who comes back to an item, or views it again, follows it; what goes on with it does not", () => {
  const visitor = newVisitor();
  touch(visitor, "select_item", "a", T0);
  expect(touch(visitor, "view_item", "a", T0 + 1)).toEqual([]);
  expect(idsOf(touch(visitor, "view_item", "a", T0 + 2))).toEqual(["a"]);
  touch(visitor, "view_item", "b", T0 + 3);
  expect(idsOf(touch(visitor, "view_item", "a", T0 + 4))).toEqual(["b", "a"]);
  expect(idsOf(touch(visitor, "add_to_cart", "a", T0 + 5))).toEqual(["b"]);
  expect(touch(visitor, "remove_from_cart", "a", T0 + 6)).toEqual([]);
  expect(idsOf(touch(visitor, "view_item", "c", T0 + 7))).toEqual(["a", "b"]);
});

test("an event within the buffer follows what came before it in its own time, a late one nothing", () => {
  const visitor = newVisitor();
  touch(visitor, "view_item", "a", T0);
  touch(visitor, "view_item", "c", T0 + 2_000);
  expect(idsOf(touch(visitor, "view_item", "b", T0 + 1_000))).toEqual(["a"]);
  touch(visitor, "view_item", "d", T0 + 5 * MINUTE);
  expect(touch(visitor, "view_item", "e", T0 + MINUTE)).toEqual([]);
});

test("a list, a search and a page follow nothing, and what a log says of it is not believed", () => {
  const visitor = newVisitor();
  touch(visitor, "view_item", "a", T0);
  expect(touch(visitor, "view_item_list", "b c", T0 + 1)).toEqual([]);
  const forged = { id: "s", type: "search", ts: T0 + 2, follows: [{ id: "z", weight: 1e9 }] } as Event;
  expect(accept(visitor, forged, T0 + 2, CONFIG)).not.toHaveProperty("follows");
});
