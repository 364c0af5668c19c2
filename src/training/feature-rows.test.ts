import { beforeAll, describe, expect, test } from "vitest";
import { simulateLog } from "../../examples/storefront/simulator/history.ts";
import { profile as profileConfig, features as registry } from "../../nowcast.config.ts";
import { ItemTable } from "../catalog/item-table.ts";
import { FeatureSet } from "../features/feature-set.ts";
import { fold } from "../profile/fold.ts";
import { emptyState } from "../profile/state.ts";
import { decodeView, encodeViewOf } from "../profile/view-codec.ts";
import { decide } from "../ranking/decide.ts";
import { createRanker } from "../ranking/ranker.ts";
import { decodeSnapshot, type Snapshot } from "../snapshot/snapshot.ts";
import { type FeatureRows, featureRows, foldOf } from "./feature-rows.ts";
import { buildHistory, type History } from "./history.ts";
import { countRecent, countTotals, putItem } from "./item-statistics.ts";
import type { LogEvent, LogRecord } from "./log.ts";
import { placementOf, rankRequestOf } from "./query-request.ts";
import { train } from "./train.ts";

const records = simulateLog({ seed: 5, endTs: 1_732_280_000_000, shoppers: 40 });
const history = buildHistory(records);
const features = new FeatureSet(registry);
const FOLDS = 4;
let snapshot: Snapshot;
let rows: FeatureRows;

function rowsOf(history: History, modelsWithout: (fold: number) => Snapshot = () => snapshot): FeatureRows {
  return featureRows(history, features, { folds: FOLDS, profile: profileConfig, modelsWithout });
}

/** The matrix of one list. */
function matrixOf({ data }: FeatureRows, list: number): Float32Array {
  const [from = 0, to = 0] = [data.groups[list], data.groups[list + 1]];
  return data.matrix.slice(from * data.columns, to * data.columns);
}

beforeAll(async () => {
  const { manifest, files } = await train(history, { vectorDimensions: 4, contentDimensions: 6, allFeatures: true });
  snapshot = await decodeSnapshot(manifest, files);
  rows = rowsOf(history);
});

test("of more rows than are wanted those of the newest lists are made, as they are among all", () => {
  const [size, at] = [rows.data.groups.length - 1, rows.data.groups.at(-6) as number];
  const mostRows = rows.data.labels.length - at;
  const options = { folds: FOLDS, profile: profileConfig, modelsWithout: () => snapshot };
  const newest = featureRows(history, features, { ...options, mostRows });
  expect(newest.data.groups).toHaveLength(6);
  expect(newest.data.matrix).toEqual(rows.data.matrix.subarray(at * rows.data.columns));
  expect(newest.data.labels).toEqual(rows.data.labels.subarray(at));
  expect(newest.visitors).toEqual(rows.visitors.subarray(size - 5));
  expect(featureRows(history, features, { ...options, mostRows: 1 }).data.groups).toHaveLength(2);
});

test("every row is, to the bit, what a decision would have seen with the counts of other folds and the visitor's past", async () => {
  const ranker = createRanker(snapshot, registry);
  for (const list of [0, 1, 17, 60, history.queries.length - 1]) {
    const query = history.queries[list];
    if (query === undefined) throw new Error("the simulated log has fewer lists than the test asks for");
    const past = history.visitors[query.visitor]?.events.slice(0, query.list.seq - 1) ?? [];
    const state = past.reduce((state, event) => fold(state, event, profileConfig), emptyState());
    const view = decodeView(encodeViewOf(state, query.list.receivedAt, profileConfig));
    const items = new ItemTable();
    const foldAt = (visitor: number) => foldOf(history.visitors[visitor] ?? { identity: "" }, FOLDS);
    for (const entry of history.timeline) {
      if (!("event" in entry)) putItem(items, entry.record);
      else if (foldAt(entry.visitor) !== foldAt(query.visitor)) countTotals(items, [entry.event]);
    }
    for (const entry of history.timeline.slice(0, query.position)) {
      if (!("event" in entry)) continue;
      if (entry.visitor === query.visitor) countTotals(items, [entry.event]);
      countRecent(items, entry.event);
    }
    const now = query.list.ts;
    const placement = placementOf(query.list);
    const { placements } = await decide({
      placements: { [placement]: rankRequestOf(query.list) },
      view,
      context: query.list.context,
      knowledge: "profile",
      ranker,
      items,
      now,
      explain: true,
      clock: () => now,
    });
    const served = new Map(placements[placement]?.items.map(({ id, features }) => [id, features]));
    const matrix = matrixOf(rows, list);
    query.list.items?.forEach(({ id }, row) => {
      const values = features.columnNames.map((name) => served.get(id)?.[name]?.value);
      expect(Array.from(matrix.slice(row * features.width, (row + 1) * features.width))).toEqual(values);
    });
  }
});

test("equal histories give equal rows", () => {
  const again = rowsOf(history);
  expect(again.data.matrix).toEqual(rows.data.matrix);
  expect(again.clickRate).toEqual(rows.clickRate);
});

describe("no row knows what its visitor did at or after the list", () => {
  // The visitor with the most queries, changed from the middle one on: all clicks become clicks on something else.
  const counts = history.visitors.map((_, visitor) => history.queries.filter((q) => q.visitor === visitor).length);
  const visitor = counts.indexOf(Math.max(...counts));
  const own = history.queries.flatMap((query, list) => (query.visitor === visitor ? [list] : []));
  const list = own[Math.floor(own.length / 2)] as number;
  const from = history.queries[list]?.position ?? 0;
  const changed = buildHistory(
    history.timeline.map((entry, position): LogRecord => {
      const later = "event" in entry && entry.visitor === visitor && position >= from;
      return later ? withOtherClicks(entry.record, entry.record.type) : entry.record;
    }),
  );
  const sameList = changed.queries.findIndex((query) => query.position === from);

  test("neither through the counts, nor through those of the others of its fold", () => {
    const fold = (index: number) => foldOf(history.visitors[index] ?? { identity: "" }, FOLDS);
    const neighbours = history.queries.flatMap((query, at) =>
      fold(query.visitor) === fold(visitor) && query.visitor !== visitor && query.position < from ? [at] : [],
    );
    expect(neighbours.length).toBeGreaterThan(0);
    const rowsAfter = rowsOf(changed);
    for (const at of neighbours) {
      const same = changed.queries.findIndex(({ list }) => list.id === history.queries[at]?.list.id);
      expect(matrixOf(rowsAfter, same)).toEqual(matrixOf(rows, at));
    }
  });

  test("neither through the visitor's own counts", () => {
    expect(matrixOf(rowsOf(changed), sameList)).toEqual(matrixOf(rows, list));
  });

  test("nor through vectors, neighbours and popularity, which their fold's models do not have from them", () => {
    const asked: number[] = [];
    rowsOf(history, (fold) => {
      asked.push(fold);
      return snapshot;
    });
    expect(asked).toEqual([0, 1, 2, 3]);
    const sizes = asked.map((fold) => history.visitors.filter((visitor) => foldOf(visitor, FOLDS) === fold).length);
    expect(sizes.reduce((a, b) => a + b)).toBe(history.visitors.length);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
  });

  // The same log, whose visitor logs in right after the list, as somebody who is known from another device.
  const device = visitor === 0 ? 1 : 0;
  const loggedIn = ({ timeline }: History): History =>
    buildHistory(
      timeline.map((entry, position): LogRecord => {
        if (!("event" in entry)) return entry.record;
        const known = entry.visitor === device || (entry.visitor === visitor && position > from);
        return known ? { ...entry.record, userId: "user" } : entry.record;
      }),
    );
  const matrixAt = (history: History): Float32Array =>
    matrixOf(
      rowsOf(history),
      history.queries.findIndex(({ list }) => list.decisionId === queryAt.list.decisionId),
    );
  const queryAt = history.queries[list] as History["queries"][number];

  test("nor what it did as the user that it became part of", () => {
    const [one, other] = [loggedIn(history), loggedIn(changed)];
    const keys = one.visitors.filter(({ identity }) => identity === "u:user").map(({ key }) => key);
    expect(keys).toEqual(expect.arrayContaining([history.visitors[visitor]?.key, "u:user"]));
    expect(matrixAt(one)).toEqual(matrixAt(other));
    const folds = one.visitors.filter(({ key }) => keys.includes(key)).map((each) => foldOf(each, FOLDS));
    expect(new Set(folds).size).toBe(1);
  });

  test("but later rows of theirs do know it", () => {
    const later = own.at(-1) as number;
    const [before, after] = [history, changed].map(
      (each) => each.queries.findIndex(({ list }) => list.id === history.queries[later]?.list.id) ?? -1,
    ) as [number, number];
    expect(matrixOf(rowsOf(changed), after)).not.toEqual(matrixOf(rows, before));
  });

  function withOtherClicks(event: LogEvent, type: string): LogEvent {
    if (type !== "select_item" && type !== "view_item") return event;
    const list = history.queries.find(({ list }) => list.decisionId === event.decisionId)?.list;
    const shown = list?.items ?? event.items ?? [];
    return { ...event, items: [{ id: shown.at(-1)?.id ?? "" }] };
  }
});
