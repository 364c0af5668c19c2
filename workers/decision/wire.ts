// How a decision travels between the edge and the decision Worker: as one text each way. workerd hands objects over value by
// value, which for a list of a hundred items costs more than to rank it; and what was decided is never read at the edge: it
// stands in the answer as it was written here.
import { receiptPayload } from "../../src/privacy/receipt.ts";
import type { PlacementResult } from "../../src/ranking/decision.ts";
import type { DecisionAnswer, DecisionRequest } from "./run-decision.ts";

/** All but the placements, and what the edge signs. */
export type AnswerHead = Omit<DecisionAnswer, "placements"> & {
  /** See receiptPayload. */
  readonly receipt: string;
};

export interface WireAnswer {
  readonly head: AnswerHead;
  /** The object of the placements' results as JSON. */
  readonly placements: string;
}

/** JSON has no line break of its own. */
const BETWEEN = "\n";

export function encodeRequest(request: DecisionRequest): string {
  return JSON.stringify(request);
}

export function decodeRequest(text: string): DecisionRequest {
  return JSON.parse(text) as DecisionRequest;
}

export function encodeAnswer({ placements, ...rest }: DecisionAnswer, request: DecisionRequest): string {
  const { nonce, site, mayPersonalize, visitor, now } = request;
  const receipt = receiptPayload({
    nonce,
    site,
    visitor: mayPersonalize ? (visitor ?? "") : "",
    at: now,
    seq: rest.profile?.seq ?? 0,
    snapshot: rest.snapshot,
    itemEpoch: rest.itemEpoch,
    placements: receiptPlacements(placements),
  });
  const head: AnswerHead = { ...rest, receipt };
  return `${JSON.stringify(head)}${BETWEEN}${JSON.stringify(placements)}`;
}

export function decodeAnswer(text: string): WireAnswer {
  const at = text.indexOf(BETWEEN);
  return { head: JSON.parse(text.slice(0, at)) as AnswerHead, placements: text.slice(at + 1) };
}

function receiptPlacements(placements: Readonly<Record<string, PlacementResult>>) {
  return Object.entries(placements).map(([name, { strategy, items }]) => ({
    name,
    strategy,
    // The ranking is deterministic: what was returned was returned with certainty.
    items: items.map(({ id }) => ({ id, propensity: 1 })),
  }));
}
