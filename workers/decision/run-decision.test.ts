import { describe, expect, test } from "vitest";
import { features as registry } from "../../nowcast.config.ts";
import { ItemTable } from "../../src/catalog/item-table.ts";
import { encodeViewOf } from "../../src/profile/view-codec.ts";
import { createRanker } from "../../src/ranking/ranker.ts";
import { CONFIG, event, foldAll } from "../../tests/support/folding.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { type DecisionPorts, type DecisionRequest, type ProfileRead, runDecision } from "./run-decision.ts";

const NOW = 1_732_280_000_000;
const NEVER = new Promise<never>(() => {});

const touched = foldAll([event("select_item", NOW, { items: [{ id: "sku-0" }] })]);
const READ: ProfileRead = {
  eventStatus: "accepted",
  view: encodeViewOf(touched, NOW, CONFIG),
  visitor: "default:a:x",
  incomplete: false,
  rotated: false,
};

const REQUEST: DecisionRequest = {
  site: "default",
  nonce: [1, 2],
  visitor: "default:a:x",
  mayPersonalize: true,
  event: { json: "[]", receivedAt: NOW, recorded: true },
  digest: null,
  placements: { home: { type: "recommend", count: 3 } },
  now: NOW,
  explain: false,
};

/** Ports on which everything works; time passes only when a budget is waited for. */
async function ports(broken: Partial<DecisionPorts> = {}): Promise<DecisionPorts & { waited: number[] }> {
  const ranker = createRanker(await testSnapshot(10, { "vector_similarity.content": 1 }), registry);
  ranker.onnx = ranker.twin;
  const waited: number[] = [];
  return {
    waited,
    readProfile: () => Promise.resolve(READ),
    ranker: () => Promise.resolve({ ranker }),
    items: () => Promise.resolve({ table: new ItemTable(), fresh: true }),
    heldItems: () => null,
    log: () => {},
    timer: (ms) => {
      waited.push(ms);
      return { rings: new Promise((resolve) => setImmediate(resolve)), cancel: () => {} };
    },
    clock: () => NOW,
    budgets: { profileMs: 30, snapshotMs: 20, itemsMs: 21 },
    ...broken,
  };
}

test("with everything in place the decision is the model's, and nothing is degraded", async () => {
  const answer = await runDecision(REQUEST, await ports());
  expect(answer.degraded).toEqual([]);
  expect(answer.placements.home).toMatchObject({ strategy: "model" });
  expect(answer.profile).toMatchObject({ seq: 1, session: { events: 1 } });
  expect(answer.eventStatus).toBe("accepted");
  expect(answer.snapshot).toBe("2026-11-22.1");
});

describe("every rung answers, and names itself", () => {
  test("a slow object: the signed digest, else the context alone", async () => {
    const slow = await ports({ readProfile: () => NEVER });
    const digest = { at: NOW, touches: [["sku-1", 3]] } as const;
    const session = await runDecision({ ...REQUEST, digest }, slow);
    expect(session.degraded).toEqual(["profile_timeout"]);
    expect(session.placements.home?.strategy).toBe("session");
    expect(session.placements.home?.items[0]?.id).toMatch(/sku-[13579]/);
    expect(session.eventStatus).toBe("pending");
    const contextual = await runDecision(REQUEST, slow);
    expect(contextual.placements.home?.strategy).toBe("contextual");
    expect(contextual.profile).toBeUndefined();
  });

  test("the profile read is given its budget, or the one that a backtest asked for", async () => {
    const watched = await ports({ readProfile: () => NEVER, ranker: () => NEVER, items: () => NEVER });
    await runDecision(REQUEST, watched);
    await runDecision({ ...REQUEST, profileBudgetMs: 2000 }, watched);
    expect(watched.waited).toEqual([30, 20, 21, 2000, 20, 21]);
  });

  test("an object that throws, or answers what is no view", async () => {
    for (const readProfile of [
      () => Promise.reject(new Error("reset")),
      () => Promise.resolve({ ...READ, view: Uint8Array.of(1, 99, 99) }),
    ]) {
      const answer = await runDecision(REQUEST, await ports({ readProfile }));
      expect(answer.degraded).toEqual(["profile_failed"]);
      expect(answer.placements.home?.strategy).toBe("contextual");
    }
  });

  test("no snapshot yet, R2 failing, R2 too slow: popular by live counts", async () => {
    const table = new ItemTable();
    table.put("lamp", "lamps", 10, true);
    const items = () => Promise.resolve({ table, fresh: true });
    const reasons: [DecisionPorts["ranker"], string[]][] = [
      [() => Promise.resolve({ ranker: null, reason: "snapshot_missing" }), ["snapshot_cold", "snapshot_missing"]],
      [() => Promise.resolve({ ranker: null, reason: "snapshot_failed" }), ["snapshot_cold", "snapshot_failed"]],
      [() => Promise.reject(new Error("R2")), ["snapshot_cold", "snapshot_loading"]],
      [() => NEVER, ["snapshot_cold", "snapshot_loading"]],
    ];
    for (const [ranker, degraded] of reasons) {
      const answer = await runDecision(REQUEST, await ports({ ranker, items }));
      expect(answer.degraded).toEqual(degraded);
      expect(answer.placements.home).toMatchObject({ strategy: "popular", items: [{ id: "lamp" }] });
    }
  });

  test("item data that cannot be refreshed in time: the copy at hand, and items_stale", async () => {
    const held = new ItemTable();
    held.put("sku-0", "lamps", 10, false);
    for (const items of [() => NEVER, () => Promise.resolve({ table: held, fresh: false })]) {
      const answer = await runDecision(REQUEST, await ports({ items, heldItems: () => held }));
      expect(answer.degraded).toEqual(["items_stale"]);
      expect(answer.placements.home?.items.map(({ id }) => id)).not.toContain("sku-0");
    }
  });

  test("everything broken at once: the static default", async () => {
    const broken = await ports({ readProfile: () => NEVER, ranker: () => NEVER, items: () => NEVER });
    const answer = await runDecision(REQUEST, broken);
    expect(answer.degraded).toEqual(["profile_timeout", "snapshot_cold", "snapshot_loading", "items_stale"]);
    expect(answer.placements.home).toEqual({ strategy: "default", items: [] });
  });
});

test("without consent or a verified visitor no profile is used or shown, but an event may be told", async () => {
  let calls = 0;
  const counting = await ports({
    readProfile: () => {
      calls++;
      return Promise.resolve(READ);
    },
  });
  const told = await runDecision({ ...REQUEST, mayPersonalize: false }, counting);
  expect(told.profile).toBeUndefined();
  expect(told.placements.home?.strategy).toBe("contextual");
  expect(told.eventStatus).toBe("accepted");
  expect(calls).toBe(1);
  await runDecision({ ...REQUEST, visitor: null, mayPersonalize: false, event: null }, counting);
  expect(calls).toBe(1);
});
