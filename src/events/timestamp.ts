// A point in time as clients send it: epoch milliseconds or ISO 8601. Read as epoch milliseconds.
import * as z from "zod";
import { LIMITS } from "./limits.ts";

const error = "must be epoch milliseconds or an ISO 8601 date with a zone";

export const timestamp = z
  .union([z.number({ error }), z.iso.datetime({ offset: true, error })], { error })
  .transform((value) => (typeof value === "number" ? Math.trunc(value) : Date.parse(value)))
  .meta({ description: "Epoch milliseconds or ISO 8601; by default the time of receipt", example: 1732280000000 });

/** A time between 2000 and 2100: no clock that was never set, no seconds taken for milliseconds. */
export const boundedTimestamp = timestamp.pipe(z.number().min(LIMITS.tsMin).max(LIMITS.tsMax));
