// What the visitor really saw: an item of a decision of which half was in view for one second, once a receipt. What was seen
// together goes out as one `view_item_list` for each run of neighbouring positions, with the receipt of the decision.
import type { Track } from "./api.ts";
import { type DecidedItem, decidedItem, ITEM } from "./decided-item.ts";
import { guard } from "./guard.ts";

const IN_VIEW_MS = 1000;
const IN_VIEW_SHARE = 0.5;
/** What comes to be seen within this time was seen together. */
const TOGETHER_MS = 300;

export interface Impressions {
  /** Watches items that have come to the page. */
  scan(): void;
  /** Tells now what was seen and not told yet. */
  flush(): void;
}

export function watchImpressions(track: Track): Impressions {
  const timers = new WeakMap<Element, ReturnType<typeof setTimeout>>();
  /** Receipt and item of what was seen. */
  const known = new Set<string>();
  let seen: DecidedItem[] = [];

  const flush = guard(() => {
    const runs: DecidedItem[][] = [];
    for (const item of seen.sort((a, b) => a.place.position - b.place.position)) {
      const run = runs.find(
        (run) =>
          run[0]?.place.placement === item.place.placement && run.at(-1)?.place.position === item.place.position - 1,
      );
      if (run) run.push(item);
      else runs.push([item]);
    }
    seen = [];
    for (const run of runs) track("view_item_list", { ...run[0]?.place, items: run.map(({ id }) => ({ id })) });
  });

  const see = guard((element: Element) => {
    const item = decidedItem(element);
    const key = item && item.place.decisionId + item.id;
    if (!key || document.hidden || known.has(key)) return;
    known.add(key);
    if (seen.push(item) === 1) setTimeout(flush, TOGETHER_MS);
  });

  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, intersectionRatio } of entries) {
        clearTimeout(timers.get(target));
        if (intersectionRatio >= IN_VIEW_SHARE) timers.set(target, setTimeout(see, IN_VIEW_MS, target));
      }
    },
    { threshold: IN_VIEW_SHARE },
  );

  return {
    scan: () => {
      // Who is observed already is not observed twice.
      for (const element of document.querySelectorAll(ITEM)) observer.observe(element);
    },
    flush,
  };
}
