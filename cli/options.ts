// Options that are more than text: whole numbers, times. What does not fit is wrong use, and the message names it.
import { parseTime } from "../src/training/log-fields.ts";
import { parseSplit, type Split } from "../src/training/split.ts";
import { UsageError } from "./usage-error.ts";

/** @throws UsageError unless `text` is a whole number from `least` */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isSafeInteger(value) || value < least) {
    throw new UsageError(`--${option} must be a whole number from ${least}, not ${JSON.stringify(text)}`);
  }
  return value;
}

/** Epoch milliseconds of an ISO 8601 date or of epoch milliseconds. @throws UsageError when it is neither */
export function instant(option: string, text: string): number {
  const value = parseTime(/^\d+$/.test(text) ? Number(text) : text);
  if (!Number.isFinite(value)) {
    throw new UsageError(`--${option} must be an ISO 8601 date or epoch milliseconds, not ${JSON.stringify(text)}`);
  }
  return value;
}

/** @throws UsageError unless `text` is a share in [0, 1) */
export function shareOption(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !(value >= 0 && value < 1)) {
    throw new UsageError(`--${option} must be a share from 0 and below 1, not ${JSON.stringify(text)}`);
  }
  return value;
}

/** @throws UsageError when there is no such split */
export function splitOption(text: string): Split {
  try {
    return parseSplit(text);
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
