// A decision logged whole, as rows of the lake's table `decisions`: what its features were computed from, the features
// themselves, and what was answered. Whoever has the row, the visitor's events, the epochs of item data and the snapshot
// can compute the matrix once more and compare it bit for bit (src/training/parity.ts).
//
// A message of the queue holds 128 KB and a decision may rank a thousand items, so a placement is cut into parts: a row
// each, with the candidates from one to another and their part of the matrix.
import { decodeFloats, encodeFloats } from "../kernels/base64.ts";
import { utf8Length } from "../kernels/bytes.ts";
import { hash32 } from "../kernels/hash.ts";

export interface LoggedCandidate {
  readonly id: string;
  /** Which source found it first. */
  readonly source: string;
  /** In the caller's order; −1 when a source found it. */
  readonly position: number;
  /** The caller's. */
  readonly relevance: number;
  /** Where the answer has it, from 0; −1 when it does not. */
  readonly rank: number;
  /** Sorted out by the linear pass: answered behind the others, without a row of the matrix. */
  readonly pruned?: boolean;
}

export interface LoggedPlacement {
  readonly name: string;
  /** What the visitor searches for in it; "" for nothing. */
  readonly query: string;
  readonly strategy: string;
  /** The scored ones first; after them, what was answered without having been scored. */
  readonly candidates: readonly LoggedCandidate[];
  /** Scored candidates × columns, row-major. */
  readonly features: Float32Array;
  /** One a scored candidate. */
  readonly scores: Float32Array;
}

export interface LoggedDecision {
  /** The nonce of the decision's receipt: see decisionKey in src/privacy/receipt.ts. */
  readonly key: string;
  /** Epoch ms: the decision's clock. */
  readonly ts: number;
  /** Object name of the visitor whose view was used; null without one. */
  readonly visitor: string | null;
  /** Of the view. */
  readonly seq: number;
  /** Where the view came from. */
  readonly knowledge: "profile" | "digest" | "none";
  /** As the visitor's object handed it out, in base64; "" when it was not used, and for a visitor never seen. */
  readonly view: string;
  /** Version that ranked, and the id of its content; both "" when none did. */
  readonly snapshot: string;
  readonly snapshotId: string;
  /** Of the snapshot's list of features, and columns of the matrix. */
  readonly featureHash: string;
  readonly columns: number;
  /** Of the item data in the features. */
  readonly itemEpoch: number;
  readonly degraded: readonly string[];
  /** What features read of the request's context. */
  readonly context: Readonly<Record<string, unknown>>;
  /** In the order of the request. */
  readonly placements: readonly LoggedPlacement[];
}

/** Of a row as JSON, all in all: within what a message holds (message.ts), its header included. */
const ROW_BYTES = 112_000;
/** The names of the columns, numbers and marks. */
const FRAME_BYTES = 1_000;

/** Whether the decision of this key is one of the sample. @param rate in [0, 1] */
export function isSampled(key: string, rate: number): boolean {
  return hash32(key, 0xdec1) / 2 ** 32 < rate;
}

/** The rows in the order of their parts, each within what a message of the queue takes. @param receivedAt epoch ms, real time */
export function decisionRows(decision: LoggedDecision, receivedAt: number): Record<string, unknown>[] {
  const { key, placements, columns, ...rest } = decision;
  const room = ROW_BYTES - FRAME_BYTES - jsonBytes(rest);
  const parts = placements.flatMap((placement) => partsOf(placement, columns, room));
  return parts.map((part, index) => ({
    decisionKey: key,
    receivedAt,
    part: index,
    parts: parts.length,
    ...rest,
    columns,
    ...part,
  }));
}

function partsOf(placement: LoggedPlacement, columns: number, bytesARow: number): Record<string, unknown>[] {
  const { name, query, strategy, candidates, features, scores } = placement;
  const parts: Record<string, unknown>[] = [];
  const scored = scores.length;
  const room = bytesARow - jsonBytes({ name, query, strategy });
  let from = 0;
  let bytes = 0;
  const close = (to: number): void => {
    parts.push({
      placement: name,
      query,
      strategy,
      candidates: candidates.slice(from, to),
      features: encodeFloats(features.subarray(from * columns, Math.min(to, scored) * columns)),
      scores: encodeFloats(scores.subarray(from, Math.min(to, scored))),
    });
    from = to;
    bytes = 0;
  };
  candidates.forEach((candidate, index) => {
    const floats = index < scored ? columns + 1 : 0;
    const size = jsonBytes(candidate) + 1 + Math.ceil((floats * 16) / 3);
    if (bytes > 0 && bytes + size > room) close(index);
    bytes += size;
  });
  close(candidates.length);
  return parts;
}

const jsonBytes = (value: unknown): number => utf8Length(JSON.stringify(value));

/** A row as the lake gives it back. */
export interface DecisionRow extends Omit<LoggedDecision, "key" | "placements"> {
  readonly decisionKey: string;
  readonly part: number;
  readonly parts: number;
  readonly placement: string;
  readonly query: string;
  readonly strategy: string;
  readonly candidates: readonly LoggedCandidate[];
  readonly features: string;
  readonly scores: string;
}

/**
 * Joins the rows of one decision.
 * @param rows in the order of their parts
 * @returns null when parts are missing
 * @throws RangeError when the floats of a row cannot be read
 */
export function joinDecision(rows: readonly DecisionRow[]): LoggedDecision | null {
  const [first] = rows;
  if (first === undefined || rows.length !== first.parts || rows.some(({ part }, index) => part !== index)) return null;
  const { decisionKey, part: _part, parts: _parts, placement: _placement, ...head } = first;
  const { query: _query, strategy: _strategy, candidates: _c, features: _features, scores: _scores, ...rest } = head;
  const placements: LoggedPlacement[] = [];
  for (let from = 0; from < rows.length; ) {
    const { placement: name, query, strategy } = rows[from] as DecisionRow;
    let to = from + 1;
    while (to < rows.length && rows[to]?.placement === name) to++;
    const own = rows.slice(from, to);
    placements.push({
      name,
      query,
      strategy,
      candidates: own.flatMap(({ candidates }) => candidates),
      features: joined(own.map(({ features }) => decodeFloats(features))),
      scores: joined(own.map(({ scores }) => decodeFloats(scores))),
    });
    from = to;
  }
  return { ...rest, key: decisionKey, placements };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
