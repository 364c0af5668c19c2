// The merge of an anonymous visitor into a user: whatever breaks off wherever, nothing is lost and nothing counts twice.
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { profile as config } from "../nowcast.config.ts";
import type { AcceptedEvent } from "../src/events/event.ts";
import { profileOf } from "../src/profile/fold.ts";
import { foldAll } from "../tests/support/folding.ts";
import {
  batchOf,
  evict,
  ingested,
  profileIn,
  storedIn,
  type VisitorStub,
  viewsOf,
  visitorObject,
} from "../tests/support/visitor-object.worker.ts";
import type { VisitorProfile } from "./visitor-profile.ts";

let made = 0;
/** An anonymous visitor and a user, each with a history of their own. */
async function twoVisitors() {
  made += 1;
  const anonymous = `default:a:device-${made}`;
  const user = `default:u:person-${made}`;
  const [device, person] = [visitorObject(anonymous), visitorObject(user)];
  await ingested(device, viewsOf(anonymous, "a1", "a2"));
  await ingested(person, viewsOf(user, "u1"));
  return { anonymous, user, device, person };
}

const touched = async (stub: VisitorStub) => (await profileIn(stub))?.touches.map(({ itemId }) => itemId).sort();

test("afterwards both ids lead to one profile that has both histories, and later events are counted there", async () => {
  const { anonymous, user, device, person } = await twoVisitors();
  expect(await device.mergeInto(anonymous, user)).toMatchObject({ moved: user, arrived: true });
  expect(await touched(person)).toEqual(["sku-a1", "sku-a2", "sku-u1"]);
  expect(await profileIn(person)).toMatchObject({ sessions: 1, session: { events: 3 } });
  expect(await device.ingest(viewsOf(anonymous, "a3"))).toMatchObject({ moved: user, arrived: true });
  expect(await device.readState()).toMatchObject({ moved: user });
});

test("a repeated login changes nothing, and an event that was sent before is still a duplicate", async () => {
  const { anonymous, user, device, person } = await twoVisitors();
  for (let i = 0; i < 3; i++) await device.mergeInto(anonymous, user);
  expect(await profileIn(person)).toMatchObject({ session: { events: 3 } });
  expect((await ingested(person, viewsOf(user, "a1", "u1"))).statuses).toEqual(["duplicate", "duplicate"]);
});

test("a visitor who was never seen becomes an alias all the same", async () => {
  const user = "default:u:alone";
  await ingested(visitorObject(user), viewsOf(user, "u1"));
  expect(await visitorObject("default:a:blank").mergeInto("default:a:blank", user)).toMatchObject({ moved: user });
  expect(await visitorObject("default:a:blank").ingest(viewsOf("default:a:blank", "x"))).toMatchObject({ moved: user });
  expect(await touched(visitorObject(user))).toEqual(["sku-u1"]);
  // And is not asked about again; nor is one that has turned out to be somebody else's.
  const batch = { ...viewsOf(user, "u2"), anonymous: ["default:a:blank", "default:a:other"] };
  expect((await ingested(visitorObject(user), batch)).strangers).toEqual(["default:a:other"]);
  await ingested(visitorObject(user), { ...batch, anonymous: [], foreign: ["default:a:other"] });
  expect((await ingested(visitorObject(user), batch)).strangers).toEqual([]);
});

test("two devices of one person become one profile", async () => {
  const first = await twoVisitors();
  const tablet = "default:a:tablet";
  await ingested(visitorObject(tablet), viewsOf(tablet, "t1"));
  await first.device.mergeInto(first.anonymous, first.user);
  await visitorObject(tablet).mergeInto(tablet, first.user);
  expect(await touched(first.person)).toEqual(["sku-a1", "sku-a2", "sku-t1", "sku-u1"]);
});

test("on a shared device the first user keeps the id: the second is told so, and gets nothing of the first", async () => {
  const { anonymous, user, device, person } = await twoVisitors();
  const second = "default:u:second";
  await ingested(visitorObject(second), viewsOf(second, "s1"));
  await device.mergeInto(anonymous, user);
  expect(await device.mergeInto(anonymous, second)).toMatchObject({ moved: user });
  expect(await touched(visitorObject(second))).toEqual(["sku-s1"]);
  expect(await touched(person)).toEqual(["sku-a1", "sku-a2", "sku-u1"]);
});

test("crossed logins: of two users who claim a device at once, one gets it, whole", async () => {
  const { anonymous, user, device, person } = await twoVisitors();
  const rival = visitorObject("default:u:rival");
  const answers = await Promise.all([
    device.mergeInto(anonymous, user),
    device.mergeInto(anonymous, "default:u:rival"),
  ]);
  const winner = answers[0].moved;
  expect(answers[1].moved).toBe(winner);
  const [won, lost] = winner === user ? [person, rival] : [rival, person];
  expect(await touched(won)).toEqual(expect.arrayContaining(["sku-a1", "sku-a2"]));
  expect((await touched(lost)) ?? []).not.toContain("sku-a1");
});

test("events that arrive on both sides while the merge runs are all counted, once", async () => {
  const { anonymous, user, device, person } = await twoVisitors();
  const onDevice = Array.from({ length: 20 }, (_, i) => viewsOf(anonymous, `d${i}`));
  const onPerson = Array.from({ length: 20 }, (_, i) => viewsOf(user, `p${i}`));
  const follow = async (batch: ReturnType<typeof viewsOf>) => {
    const answer = await device.ingest(batch);
    if ("moved" in answer) await ingested(visitorObject(answer.moved), { ...batch, name: answer.moved });
  };
  await Promise.all([
    ...onDevice.slice(0, 10).map(follow),
    device.mergeInto(anonymous, user),
    ...onDevice.slice(10).map(follow),
    ...onPerson.map((batch) => ingested(person, batch)),
  ]);
  const profile = await profileIn(person);
  expect(profile?.session?.events).toBe(43);
  expect(new Set(profile?.touches.map(({ itemId }) => itemId)).size).toBe(43);
});

describe("a crash", () => {
  /** Lets the next call of `takeOver` fail: before it did anything, or after, when only the answer is lost. */
  async function failing(user: VisitorStub, when: "before" | "after", work: () => Promise<unknown>) {
    await runInDurableObject(user, (instance) => {
      // RPC finds methods on the prototype alone.
      const prototype = Object.getPrototypeOf(instance) as VisitorProfile;
      const { takeOver } = prototype;
      prototype.takeOver = function crash(this: VisitorProfile, handover) {
        prototype.takeOver = takeOver;
        if (when === "after") takeOver.call(this, handover);
        throw new Error(`crashed ${when} taking over`);
      };
    });
    await work();
  }

  test.each(["before", "after"] as const)(
    "%s the user has taken it over: the alarm goes on with it, and it counts once",
    async (when) => {
      const { anonymous, user, device, person } = await twoVisitors();
      await failing(person, when, async () => {
        expect(await device.mergeInto(anonymous, user)).toMatchObject({ moved: user, arrived: false });
      });
      await evict(device);
      // Until then the device's events go to the user, who may lack what was before.
      expect(await device.ingest(viewsOf(anonymous, "a3"))).toMatchObject({ moved: user, arrived: false });
      await evict(person);
      await runDurableObjectAlarm(device);
      expect(await profileIn(person)).toMatchObject({ session: { events: 3 } });
      expect(await touched(person)).toEqual(["sku-a1", "sku-a2", "sku-u1"]);
      expect((await storedIn(device)).meta?.moved).toEqual({ to: user, export: null });
    },
  );

  test("after the device has let go: a second login finds it moved and nothing to hand over", async () => {
    const { anonymous, user, device, person } = await twoVisitors();
    await device.mergeInto(anonymous, user);
    await evict(device);
    await evict(person);
    expect(await device.mergeInto(anonymous, user)).toMatchObject({ moved: user, arrived: true });
    expect(await profileIn(person)).toMatchObject({ session: { events: 3 } });
  });
});

test("the merge is a row of the user's own order, and folding the user's rows alone gives the same profile", async () => {
  const { anonymous, user, device, person } = await twoVisitors();
  await device.mergeInto(anonymous, user);
  await ingested(person, batchOf(user, [{ id: "u9", type: "purchase", value: 30 }]));
  const { rows } = await storedIn(person);
  expect(rows.map(({ type, seq }) => [type, seq])).toEqual([
    ["view_item", 1],
    ["identity_merged", 2],
    ["purchase", 3],
  ]);
  expect(rows[1]).toMatchObject({ system: { kind: "merge", from: anonymous } });
  const offline = profileOf(foldAll(rows as unknown as AcceptedEvent[]), config);
  expect(offline).toEqual(await profileIn(person));
});

test("what the device had not sent yet still reaches the lake, under its own name", async () => {
  const { anonymous, user, device } = await twoVisitors();
  await device.mergeInto(anonymous, user);
  const { rows } = await storedIn(device);
  expect(rows.map(({ visitor, seq }) => [visitor, seq])).toEqual([
    [anonymous, 1],
    [anonymous, 2],
  ]);
});

test("what the device lived without consent to statistics is in no row, also when it was given later", async () => {
  const [anonymous, user] = ["default:a:later", "default:u:later"];
  await ingested(visitorObject(user), viewsOf(user, "u1"));
  const search = batchOf(anonymous, [{ id: "s", type: "search", query: "private words" }], { recorded: false });
  await ingested(visitorObject(anonymous), search);
  await ingested(visitorObject(anonymous), viewsOf(anonymous, "a1"));
  await visitorObject(anonymous).mergeInto(anonymous, user);
  expect(await touched(visitorObject(user))).toEqual(["sku-a1", "sku-u1"]);
  expect((await storedIn(visitorObject(user))).rows.map(({ type }) => type)).toEqual(["view_item"]);
});

test("a merge in a replay has the replay's own time", async () => {
  const [anonymous, user] = ["default:a:replayed", "default:u:replayed"];
  const at = Date.parse("2024-05-01T12:00:00Z");
  const replay = { receivedAt: null };
  await ingested(visitorObject(anonymous), batchOf(anonymous, [{ id: "a", ts: at }], replay));
  await ingested(visitorObject(user), batchOf(user, [{ id: "u", ts: at + 60_000 }], replay));
  await visitorObject(anonymous).mergeInto(anonymous, user);
  expect((await storedIn(visitorObject(user))).rows.at(-1)).toMatchObject({
    type: "identity_merged",
    receivedAt: at + 60_000,
  });
});

test("without the consent of the device to statistics, the merge is no row", async () => {
  const anonymous = "default:a:private";
  const user = "default:u:public";
  await ingested(visitorObject(user), viewsOf(user, "u1"));
  await ingested(visitorObject(anonymous), { ...viewsOf(anonymous, "a1"), recorded: false });
  await visitorObject(anonymous).mergeInto(anonymous, user);
  expect(await touched(visitorObject(user))).toEqual(["sku-a1", "sku-u1"]);
  expect((await storedIn(visitorObject(user))).rows.map(({ type }) => type)).toEqual(["view_item"]);
});

test("a user who was erased knows the device again after the next login, without what was erased", async () => {
  const { anonymous, user, device, person } = await twoVisitors();
  await device.mergeInto(anonymous, user);
  await person.erase();
  const again = { ...viewsOf(user, "u2"), anonymous: [anonymous] };
  expect(await ingested(person, again)).toEqual({ statuses: [], seq: 0, strangers: [anonymous] });
  expect(await device.mergeInto(anonymous, user)).toMatchObject({ moved: user, arrived: true });
  expect(await ingested(person, again)).toMatchObject({ statuses: ["accepted"], strangers: [] });
  expect(await touched(person)).toEqual(["sku-u2"]);
});

test("an erased visitor is one never seen, and may be merged anew", async () => {
  const { anonymous, user, device, person } = await twoVisitors();
  await device.mergeInto(anonymous, user);
  expect([...(await device.erase())]).toEqual([user]);
  expect(await device.readState()).toBeNull();
  expect(await storedIn(device)).toMatchObject({ rows: [], alarm: null });
  await ingested(device, viewsOf(anonymous, "a1"));
  await device.mergeInto(anonymous, user);
  expect((await touched(person))?.filter((id) => id === "sku-a1")).toHaveLength(2);
});
