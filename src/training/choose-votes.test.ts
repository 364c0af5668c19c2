import { expect, test } from "vitest";
import { createRandom } from "../kernels/random.ts";
import { DEFAULT_VOTES } from "../snapshot/vote-settings.ts";
import { chooseVotes } from "./choose-votes.ts";
import { buildHistory } from "./history.ts";
import type { LogEvent } from "./log.ts";
import { sessionsOf } from "./sessions.ts";

const HOUR_MS = 3_600_000;
const START = 1_700_000_000_000;
const ITEMS = 12;

/** Visits of two items, ten an hour: what follows an item is another one every `hours`. */
function drifting(visits: number, hours: number): LogEvent[] {
  const random = createRandom(9);
  return Array.from({ length: visits }, (_, visit) => {
    const at = START + (visit * HOUR_MS) / 10;
    const season = Math.floor(visit / 10 / hours);
    const item = random.integer(ITEMS);
    return [`a${item}`, `b${item}-${season}`].map(
      (id, step): LogEvent => ({
        kind: "event",
        id: `${visit}-${step}`,
        type: "view_item",
        ts: at + step * 1000,
        anonymousId: `v${visit}`,
        items: [{ id }],
      }),
    );
  }).flat();
}

function chosen(records: LogEvent[]) {
  const history = buildHistory(records);
  const ids = new Set(records.flatMap(({ items = [] }) => items.map(({ id }) => id)));
  const indexOf = new Map([...ids].sort().map((id, index) => [id, index]));
  const progress: number[] = [];
  const choice = chooseVotes(history, sessionsOf(history), indexOf, (done, total) => void progress.push(done / total));
  return { ...choice, progress };
}

test("where what follows an item changes every few hours, only the newest sessions vote", () => {
  const { settings, queries, trials, progress } = chosen(drifting(2_500, 30));
  expect(queries).toBeGreaterThan(200);
  expect(Math.min(settings.neighbours, settings.sample)).toBeLessThan(DEFAULT_VOTES.neighbours);
  const [defaults] = trials;
  expect(defaults?.settings).toEqual(DEFAULT_VOTES);
  const best = Math.max(...trials.map(({ measure }) => measure));
  expect(best).toBeGreaterThan((defaults?.measure ?? 1) + 0.01);
  expect(progress.at(-1)).toBe(1);
  for (const { settings } of trials) {
    expect(settings.neighbours).toBeLessThanOrEqual(DEFAULT_VOTES.neighbours);
    expect(settings.sample).toBeLessThanOrEqual(DEFAULT_VOTES.sample);
  }
});

test("where nothing changes, what is within noise stays as it is", () => {
  expect(chosen(drifting(2_500, 1e9)).settings).toEqual(DEFAULT_VOTES);
});

test("a log with too few questions keeps the defaults and says that it did", () => {
  expect(chosen(drifting(300, 30))).toMatchObject({ settings: DEFAULT_VOTES, queries: 0, trials: [] });
  expect(chosen([])).toMatchObject({ settings: DEFAULT_VOTES, queries: 0 });
});

test("equal logs choose alike", () => {
  expect(chosen(drifting(1_500, 30))).toEqual(chosen(drifting(1_500, 30)));
});
