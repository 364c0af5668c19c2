// Decisions logged whole: who is logged, once, and how a row is found again by the receipt of its decision.
import { expect, test } from "vitest";
import { decisionLog } from "../nowcast.config.ts";
import { decodeFloats } from "../src/kernels/base64.ts";
import { isSampled } from "../src/lake/decision-rows.ts";
import { verifyReceipt } from "../src/privacy/receipt.ts";
import { importSigningKeys } from "../src/privacy/signature.ts";
import { decide, HOME, postEvents, problemOf } from "./support/answers.ts";
import { readLake, rowsInLake } from "./support/lake.ts";
import { publish } from "./support/publish.ts";
import { snapshotParts } from "./support/snapshot.ts";
import { KEYS, useSystem } from "./support/system.ts";
import { OWN_KEY } from "./support/tokens.ts";

const nowcast = useSystem();

/** What the lake calls the decision of a receipt. */
async function keyOf(decisionId: string): Promise<string> {
  const receipt = await verifyReceipt(decisionId, await importSigningKeys([OWN_KEY]));
  if (receipt === null) throw new Error("not a receipt of this deployment");
  return receipt.key;
}

test("a decision that a server asks to record stands in the lake once, whole, under the key of its receipt", async () => {
  const parts = await snapshotParts(10, { "given.log_position": -1 });
  const version = await publish(nowcast, parts);
  await postEvents(nowcast, { id: "seen", type: "view_item", anonymousId: "v", items: [{ id: "sku-2" }] });
  const items = [{ id: "sku-1" }, { id: "sku-2", fields: { relevance: 0.3 } }];
  const placements = { ...HOME, search: { type: "rank", items, query: "brass lamp" } };
  const asked = { anonymousId: "v", placements, record: true, context: { country: "AT" } };
  let decision = await decide(nowcast, asked);
  for (let i = 0; decision.degraded.includes("snapshot_cold") && i < 50; i++) decision = await decide(nowcast, asked);

  const key = await keyOf(decision.decisionId);
  const rows = await rowsInLake(nowcast, "decisions", "decision_key", [key]);
  expect(rows.map(({ part, parts, placement, query }) => [part, parts, placement, query])).toEqual([
    [0, 2, "home", ""],
    [1, 2, "search", "brass lamp"],
  ]);
  const [, search] = rows;
  expect(search).toMatchObject({
    seq: 1n,
    knowledge: "profile",
    snapshot: version,
    snapshot_id: parts.manifest.id,
    feature_hash: parts.manifest.featureHash,
    strategy: "model",
    context: { country: "AT" },
    candidates: [
      { id: "sku-1", source: "given", position: 0, relevance: 0, rank: 0 },
      { id: "sku-2", source: "given", position: 1, relevance: 0.3, rank: 1 },
    ],
  });
  expect(search?.visitor).toMatch(/^default:a:/);
  expect(decodeFloats(String(search?.scores))).toHaveLength(2);
  expect(decodeFloats(String(search?.features))).toHaveLength(2 * Number(search?.columns));
});

test("no decision is recorded of visitors who do not consent to statistics, nor for a public key", async () => {
  const consents = [{ analytics: false }, { personalization: false }];
  const refused = await Promise.all(
    consents.map((consent, i) => decide(nowcast, { anonymousId: `refuser-${i}`, record: true, context: { consent } })),
  );
  const json = { placements: HOME, record: true };
  const problem = await problemOf(
    await nowcast.request("/v1/decide", { key: KEYS.public, json }),
    403,
    "secret_key_required",
  );
  expect(problem.errors).toMatchObject([{ field: "record" }]);

  // What is decided behind them is in the lake: so would they be.
  const marker = await decide(nowcast, { anonymousId: "marker", record: true });
  await rowsInLake(nowcast, "decisions", "decision_key", [await keyOf(marker.decisionId)]);
  const keys = (await readLake(nowcast, "decisions")).map((row) => row.decision_key);
  for (const { decisionId } of refused) expect(keys).not.toContain(await keyOf(decisionId));
});

test("the local time of a decision is that of its own clock, not of the day it is asked for", async () => {
  const offsets = [];
  for (const ts of [Date.UTC(2025, 0, 15), Date.UTC(2025, 6, 15)]) {
    const asked = { anonymousId: "traveller", record: true, ts, context: { timezone: "Europe/Vienna" } };
    const key = await keyOf((await decide(nowcast, asked)).decisionId);
    const [row] = await rowsInLake(nowcast, "decisions", "decision_key", [key]);
    offsets.push(row?.context);
  }
  expect(offsets).toEqual([{ utcOffsetMinutes: 60 }, { utcOffsetMinutes: 120 }]);
});

test("without being asked, a sample of the decisions is recorded", async () => {
  const decisions = await Promise.all(
    Array.from({ length: 400 }, (_, i) => decide(nowcast, { anonymousId: `sampled-${i % 10}` })),
  );
  const keys = await Promise.all(decisions.map(({ decisionId }) => keyOf(decisionId)));
  const sampled = keys.filter((key) => isSampled(key, decisionLog.sampleRate));
  expect(sampled.length).toBeLessThan(20);
  const marker = await keyOf((await decide(nowcast, { anonymousId: "marker", record: true })).decisionId);
  await rowsInLake(nowcast, "decisions", "decision_key", [...sampled, marker]);
  const logged = new Set((await readLake(nowcast, "decisions")).map((row) => String(row.decision_key)));
  expect(keys.filter((key) => logged.has(key))).toEqual(sampled);
});
