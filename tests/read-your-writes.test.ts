// An acknowledged event is in the next decision. On everything: `npm run proof:freshness`, ten times as many trials.
import { expect, test } from "vitest";
import { evictVisitor } from "./support/harness.ts";
import { readYourWrites } from "./support/read-your-writes.ts";
import { useSystem } from "./support/system.ts";

const nowcast = useSystem();

test("a thousand trials of many visitors at once, with evictions: no decision with the profile lacks the event", async () => {
  const report = await readYourWrites({
    count: 1000,
    concurrency: 4,
    evictEvery: 25,
    post: (path, json) => nowcast.request(path, { json }),
    evict: (anonymousId) => evictVisitor(nowcast.harness, anonymousId),
  });
  expect(report.stale).toEqual([]);
  expect(report.evictions).toBeGreaterThan(60);
  // A busy test machine may miss budgets; most decisions must have had the profile, or nothing was shown.
  expect(report.freshnessMs.length).toBeGreaterThan(500);
});
