// How the visit goes so far, and who visits: length and counts of the running session, the session before, how often the
// visitor came, ordered, and did each type of thing. The same for every item of a list; see constant-in-list.ts.
import { hash32 } from "../kernels/hash.ts";
import { factorAt } from "../profile/counters.ts";
import { INTENTS, intentsOf } from "../profile/intents.ts";
import { bounded, signedLog } from "./bounded.ts";
import { constantInList } from "./constant-in-list.ts";
import type { Feature } from "./feature.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Logarithms of 1 + counts and minutes; all 0 without a running session. */
export const session: Feature = constantInList(
  "session",
  1,
  [
    "log_minutes",
    "log_dwell_minutes",
    "log_longest_dwell_minutes",
    "log_events",
    "log_page_views",
    "log_item_views",
    "log_lists",
    "log_clicks",
    "log_searches",
    "log_carts",
    "checkout",
    "purchases",
  ],
  ({ view: { session }, now }, out) => {
    if (session === null) return;
    const { startedAt, dwellMs, longestDwellMs, events, pageViews, itemViews, lists, clicks, searches, carts } =
      session;
    const times = [now - startedAt, dwellMs, longestDwellMs].map((ms) => signedLog(Math.max(0, ms) / MINUTE_MS));
    const counts = [events, pageViews, itemViews, lists, clicks, searches, carts].map(signedLog);
    out.set([...times, ...counts, session.checkouts > 0 ? 1 : 0, bounded(session.purchases)]);
  },
);

/** The visitor over all sessions. */
export const visits: Feature = constantInList(
  "visits",
  1,
  ["known", "log_sessions", "log_orders", "log_revenue", "log_days_known", "log_days_away", "log_days_since_order"],
  ({ view, now }, out) => {
    if (view.seq === 0) return;
    const days = (since: number): number => (since > 0 ? signedLog(Math.max(0, now - since) / DAY_MS) : 0);
    const { sessions, orders, revenue, firstAt, previous, orderedAt } = view;
    const away = previous?.lastAt ?? 0;
    out.set([
      1,
      signedLog(sessions),
      signedLog(orders),
      signedLog(revenue),
      days(firstAt),
      days(away),
      days(orderedAt),
    ]);
  },
);

/** log(1 + decayed count) of each type of event over the last day, week and month (half-lives). */
export function interactionCounts(types: readonly string[]): Feature {
  const windows = ["day", "week", "month"] as const;
  const columns = types.flatMap((type) => windows.map((window) => `${type}_${window}`));
  return constantInList("interaction_counts", 1, columns, ({ view, now }, out) => {
    const counts = view.families.types;
    const factors = windows.map((_, i) => factorAt(view.periods, i as 0 | 1 | 2, now));
    types.forEach((type, t) => {
      const at = counts.keys.indexOf(hash32(type));
      if (at < 0) return;
      windows.forEach((window, i) => {
        out[t * windows.length + i] = signedLog((counts[window][at] as number) * (factors[i] as number));
      });
    });
  });
}

/** How sure each intent is, 0 where nothing speaks for it. */
export const intents: Feature = constantInList("intents", 1, INTENTS, ({ view, now }, out) => {
  for (const { name, confidence } of intentsOf(view, now)) out[INTENTS.indexOf(name)] = confidence;
});

/** Which of the batch layer's segments the visitor is in, and the logarithm of their expected lifetime value. */
export function segments(names: readonly string[]): Feature {
  return constantInList("segments", 1, [...names, "log_lifetime_value"], ({ view: { batch } }, out) => {
    if (batch === null) return;
    names.forEach((name, i) => {
      out[i] = batch.segments.includes(name) ? 1 : 0;
    });
    out[names.length] = signedLog(batch.lifetimeValue);
  });
}
