// The last rung of the ladder: when the decision Worker is late or broken, the edge answers by itself.
import { rulesOfSite } from "../../nowcast.config.ts";
import { ItemTable } from "../../src/catalog/item-table.ts";
import { UNKNOWN_VISITOR } from "../../src/profile/view.ts";
import { decideAllWithoutModel } from "../../src/ranking/fallback.ts";
import { Page } from "../../src/ranking/page.ts";
import { type Timer, withinBudget } from "../../src/telemetry/budget.ts";
import type { DecisionAnswer, DecisionRequest } from "../decision/run-decision.ts";
import { decodeAnswer, encodeAnswer, type WireAnswer } from "../decision/wire.ts";

/**
 * What `work` answers within the budget, else the order given, and for a recommendation what has a fixed place.
 * @param work of the decision Worker, as a text: see workers/decision/wire.ts
 * @param budgetMs of the whole decision; a backtest's own budget for the profile comes on top
 */
export async function decideInTime(
  request: DecisionRequest,
  work: Promise<string>,
  budgetMs: number,
  timer: Timer,
): Promise<WireAnswer> {
  const result = await withinBudget(
    work.then((text) => decodeAnswer(text)),
    budgetMs + (request.profileBudgetMs ?? 0),
    timer,
  );
  if ("value" in result) return result.value;
  if (result.missed === "failed") console.error({ message: "the decision failed", error: String(result.cause) });
  const { placements, site, now } = request;
  const known = { items: new ItemTable(), view: UNKNOWN_VISITOR, now };
  const answer: DecisionAnswer = {
    placements: decideAllWithoutModel(placements, new Page(placements, rulesOfSite(site)), known),
    degraded: [result.missed === "timeout" ? "decision_timeout" : "decision_failed"],
    timings: {},
    eventStatus: request.event === null ? "none" : "pending",
    digest: request.digest,
    snapshot: "",
    itemEpoch: 0,
  };
  return decodeAnswer(encodeAnswer(answer, request));
}
