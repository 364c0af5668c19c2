import { expect, test } from "vitest";
import { features as registry } from "../../nowcast.config.ts";
import { ItemTable } from "../../src/catalog/item-table.ts";
import { encodeBase64 } from "../../src/kernels/base64.ts";
import type { LoggedDecision } from "../../src/lake/decision-rows.ts";
import { encodeViewOf } from "../../src/profile/view-codec.ts";
import { createRanker } from "../../src/ranking/ranker.ts";
import { CONFIG, event, foldAll, T0 } from "../../tests/support/folding.ts";
import { deltaOf } from "../../tests/support/item-events.ts";
import { testSnapshot } from "../../tests/support/snapshot.ts";
import { type DecisionRequest, runDecision } from "./run-decision.ts";

const KEY = "00c0ffee00c0ffee";
const REQUEST: DecisionRequest = {
  site: "default",
  nonce: [1, 2],
  visitor: "default:a:x",
  mayPersonalize: true,
  event: null,
  digest: null,
  placements: {
    home: { type: "recommend", count: 3 },
    search: { type: "rank", items: ["sku-3", "sku-1", "sku-3"].map((id) => ({ id, fields: { relevance: 0.1 } })) },
  },
  context: { country: "AT", query: "brass", secret: "a note" },
  now: T0,
  explain: false,
  recordAs: KEY,
};

interface Circumstances {
  /** Neither the object nor R2 answers. */
  readonly broken?: boolean;
  /** Happens to the item table while the scorer is waited for. */
  readonly meanwhile?: (table: ItemTable) => void;
}

async function decideAndLog(request: DecisionRequest, { broken = false, meanwhile }: Circumstances = {}) {
  const ranker = createRanker(await testSnapshot(10, { "given.log_position": -1 }), registry);
  ranker.onnx = {
    ...ranker.twin,
    async score(matrix, rows) {
      meanwhile?.(table);
      return ranker.twin.score(matrix, rows);
    },
  };
  const clicked = foldAll([event("select_item", T0, { items: [{ id: "sku-0" }] })]);
  const view = encodeViewOf(clicked, T0, CONFIG);
  const table = new ItemTable();
  const logged: LoggedDecision[] = [];
  const answer = await runDecision(request, {
    readProfile: async () => {
      if (broken) throw new Error("reset");
      return { eventStatus: "none", view, visitor: "default:u:y", incomplete: false, rotated: false };
    },
    ranker: async () => (broken ? { ranker: null, reason: "snapshot_missing" } : { ranker }),
    items: async () => ({ table, fresh: true }),
    heldItems: () => null,
    log: (site, decision) => {
      expect(site).toBe("default");
      logged.push(decision);
    },
    timer: () => ({ rings: new Promise(() => {}), cancel: () => {} }),
    clock: () => T0,
    budgets: { profileMs: 30, snapshotMs: 20, itemsMs: 20 },
  });
  return { answer, logged, table, ranker, view };
}

test("a decision with a key is logged with what its features were made of and what it answered", async () => {
  const { answer, logged, ranker, view } = await decideAndLog(REQUEST);
  const [decision] = logged;
  expect(logged).toHaveLength(1);
  expect(decision).toMatchObject({
    key: KEY,
    ts: T0,
    // Whoever answered, where the visitor asked for has moved.
    visitor: "default:u:y",
    seq: 1,
    knowledge: "profile",
    view: encodeBase64(view),
    snapshot: answer.snapshot,
    snapshotId: ranker.snapshot.manifest.id,
    columns: ranker.features.width,
    itemEpoch: 0,
    degraded: [],
    context: { country: "AT", query: "brass" },
  });
  expect(decision?.context).not.toHaveProperty("secret");
  for (const { name, candidates, features, scores } of decision?.placements ?? []) {
    const returned = candidates.filter(({ rank }) => rank >= 0).sort((a, b) => a.rank - b.rank);
    expect(returned.map(({ id }) => id)).toEqual(answer.placements[name]?.items.map(({ id }) => id));
    expect(scores).toHaveLength(candidates.length);
    expect(features).toHaveLength(candidates.length * ranker.features.width);
    for (const { id, rank } of returned) {
      const row = candidates.findIndex((candidate) => candidate.rank === rank);
      expect([id, scores[row]]).toEqual([id, answer.placements[name]?.items[rank]?.score]);
    }
  }
  expect(decision?.placements.map(({ name, query }) => [name, query])).toEqual([
    ["home", "brass"],
    ["search", "brass"],
  ]);
});

test("a decision without a key is not logged", async () => {
  const { recordAs: _, ...request } = REQUEST;
  expect((await decideAndLog(request)).logged).toEqual([]);
});

test("the epoch told is that of the matrix, though the table moves on while the scorer works", async () => {
  const { answer, logged, table } = await decideAndLog(REQUEST, {
    meanwhile: (table) => table.apply(deltaOf(0, 1, [])),
  });
  expect([table.epoch, answer.itemEpoch, logged[0]?.itemEpoch]).toEqual([1, 0, 0]);
});

test("without a model and a profile the log says so, and has what was answered", async () => {
  const { answer, logged } = await decideAndLog(REQUEST, { broken: true });
  expect(logged[0]).toMatchObject({
    visitor: "default:a:x",
    seq: 0,
    knowledge: "none",
    snapshot: "",
    snapshotId: "",
    columns: 0,
    degraded: ["profile_failed", "snapshot_cold", "snapshot_missing"],
  });
  const search = logged[0]?.placements.find(({ name }) => name === "search");
  const returned = search?.candidates.toSorted((a, b) => a.rank - b.rank).map(({ id, rank }) => [id, rank]);
  expect(returned).toEqual(answer.placements.search?.items.map(({ id }, rank) => [id, rank]));
  expect(search?.scores).toHaveLength(0);
});

test("what the linear pass sorted out of a long list is logged as that, without a row of the matrix", async () => {
  // One item is given twice: its rows may part company.
  const given = [...Array.from({ length: 250 }, (_, i) => ({ id: `item-${i}` })), { id: "item-0" }];
  const { answer, logged } = await decideAndLog({ ...REQUEST, placements: { long: { type: "rank", items: given } } });
  const [long] = logged[0]?.placements ?? [];
  expect([long?.scores.length, long?.candidates.length]).toEqual([200, 251]);
  expect(long?.candidates.filter(({ pruned }) => pruned)).toEqual(long?.candidates.slice(200));
  expect(long?.candidates.map(({ rank }) => rank).sort((a, b) => a - b)).toEqual(given.map((_, rank) => rank));
  expect(answer.placements.long?.items).toHaveLength(251);
});
