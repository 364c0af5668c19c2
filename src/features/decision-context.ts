// The circumstances of a decision as columns: device, referrer, campaign, country, city, language, local time. The same
// for every item of a list; see constant-in-list.ts.

import { cosOfTurns, sinOfTurns } from "../kernels/circle.ts";
import { DEVICE_CLASSES, REFERRER_CLASSES } from "../profile/profile.ts";
import { nameHash } from "../snapshot/attributes.ts";
import { constantInList } from "./constant-in-list.ts";
import type { DecisionContext } from "./context.ts";
import type { Feature } from "./feature.ts";

const DAY_MS = 86_400_000;

export const device: Feature = constantInList("device", 1, DEVICE_CLASSES, ({ context }, out) => {
  out[DEVICE_CLASSES.indexOf(context.device)] = 1;
});

export const referrer: Feature = constantInList("referrer", 1, REFERRER_CLASSES, ({ context }, out) => {
  out[REFERRER_CLASSES.indexOf(context.referrer)] = 1;
});

/** Time of day on a circle, so that midnight is near midnight, and the weekend; all 0 while the offset is not known. */
export const localTime: Feature = constantInList(
  "local_time",
  1,
  ["known", "day_sin", "day_cos", "weekend"],
  ({ context, now }, out) => {
    if (context.utcOffsetMinutes === null) return;
    const days = (now + context.utcOffsetMinutes * 60_000) / DAY_MS;
    // Day 0 of the epoch was a Thursday.
    const weekday = (((Math.floor(days) + 3) % 7) + 7) % 7;
    out.set([1, sinOfTurns(days), cosOfTurns(days), weekday >= 5 ? 1 : 0]);
  },
);

/** One-hot over the values that matter to a site, as events and requests name them. */
export const country = (values: readonly string[]): Feature => oneOf("country", values);
export const city = (values: readonly string[]): Feature => oneOf("city", values);
export const language = (values: readonly string[]): Feature => oneOf("language", values);
export const campaignSource = (values: readonly string[]): Feature => oneOf("campaignSource", values);
export const campaignMedium = (values: readonly string[]): Feature => oneOf("campaignMedium", values);

type Hashed = { [K in keyof DecisionContext]: DecisionContext[K] extends number ? K : never }[keyof DecisionContext];

function oneOf(field: Hashed, values: readonly string[]): Feature {
  const name = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return constantInList(name, 1, values, ({ context }, out) => {
    const at = values.findIndex((value) => nameHash(value) === context[field]);
    if (at >= 0 && context[field] !== 0) out[at] = 1;
  });
}
