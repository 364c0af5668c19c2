import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8Length } from "../kernels/bytes.ts";
import {
  type DecisionRow,
  decisionRows,
  isSampled,
  joinDecision,
  type LoggedDecision,
  type LoggedPlacement,
} from "./decision-rows.ts";
import { MESSAGE_BYTES, packMessages } from "./message.ts";

const COLUMNS = 120;

const bits = (values: Float32Array): number[] => [...new Uint32Array(values.slice().buffer)];

function placement(name: string, scored: number, unscored: number): LoggedPlacement {
  return {
    name,
    query: "brass lamp",
    strategy: scored > 0 ? "model" : "popular",
    candidates: Array.from({ length: scored + unscored }, (_, i) => ({
      id: `é-${"x".repeat(i % 100)}-${i}`,
      source: "given",
      position: i,
      relevance: 0.1 * i,
      rank: (scored + unscored - 1 - i) % 7,
    })),
    features: Float32Array.from({ length: scored * COLUMNS }, (_, i) => (i % 5 === 0 ? -0 : Math.fround(i / 7))),
    scores: Float32Array.from({ length: scored }, (_, i) => -i / 3),
  };
}

const decision = (placements: readonly LoggedPlacement[], context: object = {}): LoggedDecision => ({
  key: "00c0ffee00c0ffee",
  ts: 1_732_280_000_000,
  visitor: "default:a:x",
  seq: 12,
  knowledge: "profile",
  view: "AAAA".repeat(1365),
  snapshot: "2026-11-22.1",
  snapshotId: "0123456789abcdef",
  featureHash: "ff",
  columns: COLUMNS,
  itemEpoch: 7,
  degraded: ["onnx_cold"],
  context: { ...context },
  placements,
});

test("a decision comes back from its rows as it was, to the bit, and every row fits a message of its own", () => {
  const sizes = fc.array(fc.tuple(fc.nat(300), fc.nat(20)), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(sizes, fc.nat(4096), (sizes, urlLength) => {
      const placements = sizes.map(([scored, unscored], i) => placement(`p${i}`, scored, unscored));
      const logged = decision(placements, { url: "\u0001".repeat(urlLength), referrer: '"'.repeat(urlLength) });
      const rows = decisionRows(logged, 5).map((row) => JSON.stringify(row));
      const base = { table: "decisions", site: "default", source: "s", log: "log-0", firstSeq: 1 } as const;
      for (const message of packMessages(base, rows)) expect(utf8Length(message)).toBeLessThan(MESSAGE_BYTES);
      const back = joinDecision(rows.map((row) => JSON.parse(row) as DecisionRow));
      expect(back).toMatchObject({ ...logged, placements: placements.map(({ name }) => ({ name })) });
      back?.placements.forEach(({ features, scores, ...rest }, i) => {
        const { features: wantedFeatures, scores: wantedScores, ...wanted } = placements[i] as LoggedPlacement;
        expect(rest).toEqual(wanted);
        expect(bits(features)).toEqual(bits(wantedFeatures));
        expect(bits(scores)).toEqual(bits(wantedScores));
      });
    }),
    { numRuns: 25 },
  );
});

test("a decision that lacks a part is no decision", () => {
  const rows = decisionRows(decision([placement("a", 400, 0), placement("b", 3, 0)]), 5) as unknown as DecisionRow[];
  expect(rows.length).toBeGreaterThan(2);
  expect(joinDecision(rows)).not.toBeNull();
  for (let left = 0; left < rows.length; left++) expect(joinDecision(rows.toSpliced(left, 1))).toBeNull();
});

test("the sample is a share of the keys, and the same keys every time", () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => i.toString(16).padStart(16, "0"));
  const sampled = keys.filter((key) => isSampled(key, 0.01));
  expect(sampled.length).toBeGreaterThan(140);
  expect(sampled.length).toBeLessThan(260);
  expect(keys.filter((key) => isSampled(key, 0.01))).toEqual(sampled);
  expect(keys.some((key) => isSampled(key, 0))).toBe(false);
  expect(keys.every((key) => isSampled(key, 1))).toBe(true);
});
