// What a decision costs at the visitors' objects, counted by doubles.
import { expect, test } from "vitest";
import type { MovedAnswer } from "../../durable-objects/visitor-messages.ts";
import { EVENT_STATUS, type EventStatus, STRANGER } from "../../src/events/event-status.ts";
import { utf8 } from "../../src/kernels/bytes.ts";
import { readProfile, type VisitorObjects } from "./read-profile.ts";
import type { DecisionRequest } from "./run-decision.ts";

const REQUEST: DecisionRequest = {
  site: "default",
  nonce: [1, 2],
  visitor: "default:u:1",
  mayPersonalize: true,
  event: { json: "[{}]", receivedAt: 7, recorded: true },
  digest: null,
  placements: {},
  now: 9,
  explain: false,
};
const answer = (status: EventStatus, rest: Uint8Array): Uint8Array =>
  Uint8Array.of(EVENT_STATUS.indexOf(status), ...rest);

function doubles(views: readonly Uint8Array[], merge: () => MovedAnswer = () => ({ moved: "", arrived: true })) {
  const calls: string[] = [];
  const foreign: string[] = [];
  let next = 0;
  const objects: VisitorObjects = {
    getByName: (name) => ({
      decisionView: async ({ batch, now, foreign: others }) => {
        expect(now).toBe(9);
        if (others !== undefined) foreign.push(others);
        calls.push(`view ${name}${batch === null ? "" : ` with events for ${batch.name}`}`);
        return views[next++] as Uint8Array;
      },
      currentView: async (now) => {
        expect(now).toBe(9);
        calls.push(`view ${name}`);
        return views[next++] as Uint8Array;
      },
      mergeInto: async (own, user) => {
        calls.push(`merge ${own} into ${user}`);
        return merge();
      },
    }),
  };
  return { objects, calls, foreign };
}

test("a decision without an event is one call that says the time alone", async () => {
  const { objects, calls } = doubles([answer("none", Uint8Array.of(1))]);
  expect(await readProfile(objects, { ...REQUEST, event: null })).toMatchObject({ view: Uint8Array.of(1) });
  expect(calls).toEqual(["view default:u:1"]);
});

test("a decision is one call, with the event in it", async () => {
  const { objects, calls } = doubles([answer("accepted", Uint8Array.of(1, 2))]);
  expect(await readProfile(objects, REQUEST)).toMatchObject({
    eventStatus: "accepted",
    view: Uint8Array.of(1, 2),
    incomplete: false,
  });
  expect(calls).toEqual(["view default:u:1 with events for default:u:1"]);
});

test("a user who brings an anonymous id for the first time is merged with it before anything is taken", async () => {
  const moved = { moved: "default:u:1", arrived: true };
  const { objects, calls } = doubles([Uint8Array.of(STRANGER), answer("accepted", Uint8Array.of(2))], () => moved);
  const read = await readProfile(objects, { ...REQUEST, anonymous: "default:a:1" });
  expect(read).toMatchObject({ eventStatus: "accepted", view: Uint8Array.of(2), incomplete: false, rotated: false });
  expect(calls).toEqual([
    "view default:u:1 with events for default:u:1",
    "merge default:a:1 into default:u:1",
    "view default:u:1 with events for default:u:1",
  ]);
});

test("an anonymous id that is somebody else's stays theirs and is told; one that is merged already costs nothing", async () => {
  const others = doubles([Uint8Array.of(STRANGER), answer("accepted", Uint8Array.of(1))], () => ({
    moved: "default:u:2",
    arrived: true,
  }));
  expect(await readProfile(others.objects, { ...REQUEST, anonymous: "default:a:1" })).toMatchObject({
    view: Uint8Array.of(1),
    eventStatus: "accepted",
    incomplete: false,
    rotated: true,
  });
  expect(others.foreign).toEqual(["default:a:1"]);
  const known = doubles([answer("none", Uint8Array.of(1))]);
  await readProfile(known.objects, { ...REQUEST, anonymous: "default:a:1" });
  expect(known.calls).toHaveLength(1);
});

test("a merge that cannot begin costs what was known before, not the user's own profile", async () => {
  const { objects } = doubles([Uint8Array.of(STRANGER), answer("accepted", Uint8Array.of(4))], () => {
    throw new Error("poisoned");
  });
  expect(await readProfile(objects, { ...REQUEST, anonymous: "default:a:1" })).toMatchObject({
    eventStatus: "accepted",
    view: Uint8Array.of(4),
    incomplete: true,
  });
});

test("a visitor who has become a user is read there, event included; what has yet to arrive is told", async () => {
  for (const [status, incomplete] of [
    ["moved", false],
    ["moving", true],
  ] as const) {
    const { objects, calls } = doubles([answer(status, utf8("default:u:9")), answer("accepted", Uint8Array.of(3))]);
    const read = await readProfile(objects, { ...REQUEST, visitor: "default:a:1" });
    expect(read).toMatchObject({ eventStatus: "accepted", view: Uint8Array.of(3), incomplete });
    expect(calls.at(-1)).toBe("view default:u:9 with events for default:u:9");
  }
});
