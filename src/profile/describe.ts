// A profile for people to read: counters as what they are worth now, times as they are, nothing left out.
import { hash32 } from "../kernels/hash.ts";
import { FAMILIES, factorAt } from "./counters.ts";
import type { Profile } from "./profile.ts";

/** JSON-able. @param now epoch ms at which counters are read */
export function describeProfile(profile: Profile, now: number): Record<string, unknown> {
  const { counters, shown, touches, ...rest } = profile;
  // Touches hold categories by their hash; the counters know the names, as long as they hold them.
  const categories = new Map([...counters.families.categories.counts.keys()].map((name) => [hash32(name), name]));
  const factors = ([0, 1, 2] as const).map((halfLife) => factorAt(counters.periods, halfLife, now));
  const worth = (count: number, halfLife: number): number =>
    Math.round(count * (factors[halfLife] as number) * 1000) / 1000;
  return {
    ...rest,
    touches: touches.map((touch) => ({ ...touch, category: categories.get(touch.category) ?? touch.category })),
    lists: shown.length,
    counters: Object.fromEntries(
      FAMILIES.map((family) => [
        family,
        Object.fromEntries(
          [...counters.families[family].counts]
            .sort(([, a], [, b]) => b[2] - a[2])
            .map(([key, [day, week, month]]) => [
              key,
              { day: worth(day, 0), week: worth(week, 1), month: worth(month, 2) },
            ]),
        ),
      ]),
    ),
  };
}
