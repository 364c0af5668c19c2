// What others do is found within a minute: an item that came after the training is a candidate for whoever touched what they
// touched before it, from the events to the decision through all four Workers.
import { expect, test } from "vitest";
import { livePairs } from "../src/features/live-pairs.ts";
import { decide, postEvents } from "./support/answers.ts";
import { eventually } from "./support/eventually.ts";
import { readLake } from "./support/lake.ts";
import { publish } from "./support/publish.ts";
import { snapshotParts } from "./support/snapshot.ts";
import { useSystem } from "./support/system.ts";

const nowcast = useSystem();
/** Of thirty items that the model knows: chance alone would seldom show a new one among three. */
const PLACEMENTS = { home: { type: "recommend", count: 3 } } as const;
const COLUMN = livePairs.columns[0] as string;

test("an item that the model does not know is recommended within a minute of what others did, in the same session", async () => {
  await publish(nowcast, await snapshotParts(30, { [COLUMN]: 1 }));
  const put = await nowcast.request("/v1/items", { method: "PUT", json: { items: [{ id: "arrival", price: 12 }] } });
  expect(put.status).toBe(200);

  const ask = () => decide(nowcast, { anonymousId: "asks", placements: PLACEMENTS, explain: true });
  const idsOf = (decision: Awaited<ReturnType<typeof ask>>) =>
    decision.placements.home?.items.map(({ id }) => id) ?? [];
  await postEvents(nowcast, { id: "own", type: "view_item", anonymousId: "asks", items: [{ id: "sku-7" }] });
  const before = await eventually(async () => {
    const decision = await ask();
    return decision.degraded.includes("snapshot_cold") ? null : decision;
  }, 20_000);
  expect(before.placements.home?.strategy).toBe("model");
  expect(before.placements.home?.items.map(({ features }) => features?.[COLUMN]?.value)).toEqual([0, 0, 0]);

  // One item was put in the catalogue; nobody but events ever named the other.
  const at = Date.now();
  for (const visitor of ["one", "two", "three"]) {
    const events = ["sku-7", "arrival", "sku-8", "unheard-of"].map((id, step) => ({
      id: `${visitor}-${step}`,
      type: "view_item",
      anonymousId: visitor,
      items: [{ id }],
    }));
    // Twice: what is delivered again is counted once.
    for (let times = 0; times < 2; times++) await postEvents(nowcast, { events });
  }
  await eventually(async () => {
    const ids = idsOf(await ask());
    return ids.includes("arrival") && ids.includes("unheard-of") ? true : null;
  }, 60_000);
  expect(Date.now() - at).toBeLessThan(60_000);

  // The nearer one first: sku-7 → arrival counts three times what sku-7 → unheard-of does.
  const decision = await ask();
  expect(idsOf(decision).slice(0, 1)).toEqual(["arrival"]);
  expect(decision.profile?.session?.events).toBe(1);
  const support = decision.placements.home?.items[0]?.features?.[COLUMN]?.value as number;
  // Three views right after another are 3 × 0.5; with two and three steps between them, half and a third.
  const total = 3 * 0.5 * (1 + 1 / 2 + 1 / 3);
  expect(support).toBeCloseTo(1.5 / (total + 5), 2);
});

test("without consent to statistics nothing is told of what was touched before it was given", async () => {
  const consents = [{ analytics: false }, { analytics: false }, { analytics: true }, { analytics: true }];
  for (const [step, consent] of consents.entries()) {
    const event = { id: `c-${step}`, type: "view_item", anonymousId: "shy", items: [{ id: `secret-${step}` }] };
    await postEvents(nowcast, { ...event, context: { consent } });
  }
  const rows = await eventually(async () => {
    const rows = (await readLake(nowcast, "events")).filter(({ id }) => String(id).startsWith("c-"));
    return rows.length === 2 ? rows.toSorted((a, b) => Number(a.seq) - Number(b.seq)) : null;
  }, 30_000);
  const follows = rows.map(({ follows }) => (typeof follows === "string" ? JSON.parse(follows) : follows));
  expect(follows[0]).toBeNull();
  expect(follows[1]).toEqual([{ id: "secret-2", weight: 128 }]);
});
