// The last rung of the ladder: when the decision Worker is late or broken, the edge answers by itself.
import { ItemTable } from "../../src/catalog/item-table.ts";
import { decideWithoutModel } from "../../src/ranking/fallback.ts";
import { type Timer, withinBudget } from "../../src/telemetry/budget.ts";
import type { DecisionAnswer, DecisionRequest } from "../decision/run-decision.ts";

/**
 * What `work` answers within the budget, else the order given and nothing for a recommendation.
 * @param budgetMs of the whole decision; a backtest's own budget for the profile comes on top
 */
export async function decideInTime(
  request: DecisionRequest,
  work: Promise<DecisionAnswer>,
  budgetMs: number,
  timer: Timer,
): Promise<DecisionAnswer> {
  const result = await withinBudget(work, budgetMs + (request.profileBudgetMs ?? 0), timer);
  if ("value" in result) return result.value;
  if (result.missed === "failed") console.error({ message: "the decision failed", error: String(result.cause) });
  const nothing = new ItemTable();
  return {
    placements: Object.fromEntries(
      Object.entries(request.placements).map(([name, placement]) => [
        name,
        decideWithoutModel(placement, nothing, new Set()),
      ]),
    ),
    degraded: [result.missed === "timeout" ? "decision_timeout" : "decision_failed"],
    timings: {},
    eventStatus: request.event === null ? "none" : "pending",
    digest: request.digest,
    snapshot: "",
    itemEpoch: 0,
  };
}
