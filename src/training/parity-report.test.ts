import { describe, expect, test } from "vitest";
import type { LoggedDecision, LoggedPlacement } from "../lake/decision-rows.ts";
import { ParityReport, type ParitySummary } from "./parity-report.ts";

const COLUMNS = ["a", "b"];
const candidate = (id: string) => ({ id, source: "given", position: 0, relevance: 0, rank: 0 });

function decision(placement: Partial<LoggedPlacement>): LoggedDecision {
  return {
    key: "k",
    ts: 1,
    visitor: "v",
    seq: 1,
    knowledge: "profile",
    view: "",
    snapshot: "1",
    snapshotId: "1",
    featureHash: "",
    columns: COLUMNS.length,
    itemEpoch: 1,
    degraded: [],
    context: {},
    placements: [
      {
        name: "home",
        query: "",
        strategy: "model",
        candidates: [candidate("x"), candidate("y")],
        features: Float32Array.of(1, 2, 3, 4),
        scores: Float32Array.of(1, 2),
        ...placement,
      },
    ],
  };
}

function summaryOf(
  placement: Partial<LoggedPlacement>,
  note: (report: ParityReport) => void = () => {},
): ParitySummary {
  const report = new ParityReport();
  const logged = decision(placement);
  report.matrix(logged, Float32Array.of(1, 2, 3, 4).subarray(0, logged.placements[0]?.features.length), COLUMNS);
  note(report);
  return report.summary();
}

test("rows with the same bits are equal", () => {
  expect(summaryOf({})).toMatchObject({ equal: true, values: 4, rows: 2, rowsMissing: 0 });
});

test("what could not be compared for good reason leaves the rest equal", () => {
  expect(summaryOf({}, (report) => report.skip("history_incomplete")).equal).toBe(true);
});

test("what the linear pass sorted out has no row, and none is missing", () => {
  const [first, second] = decision({}).placements[0]?.candidates ?? [];
  if (first === undefined || second === undefined) throw new Error("there are two");
  const cut = {
    features: Float32Array.of(1, 2),
    scores: Float32Array.of(1),
    candidates: [first, { ...second, pruned: true }],
  };
  expect(summaryOf(cut)).toMatchObject({ equal: true, rowsMissing: 0, rows: 1 });
});

describe("it is not taken for equal when", () => {
  const none = { features: new Float32Array(0), scores: new Float32Array(0) };

  test("there was no value to compare", () => {
    expect(summaryOf({ ...none, candidates: [] })).toMatchObject({ equal: false, decisions: 1, values: 0 });
  });

  test("a candidate that was ranked has no score", () => {
    const cut = { features: Float32Array.of(1, 2), scores: Float32Array.of(1) };
    expect(summaryOf(cut)).toMatchObject({ equal: false, rowsMissing: 1, valuesDiffering: 0 });
    expect(summaryOf({ ...cut, strategy: "popular" })).toMatchObject({ equal: true, rowsMissing: 0 });
  });

  test("the log lost parts of another decision", () => {
    expect(summaryOf({}, (report) => report.skip("parts_missing")).equal).toBe(false);
  });

  test("a row is narrower than the columns", () => {
    const report = new ParityReport();
    const narrow = decision({ features: Float32Array.of(1, 2, 3) });
    expect(() => report.matrix(narrow, Float32Array.of(1, 2, 3, 4), COLUMNS)).toThrow(/another width/);
  });
});
