// Turns what zod found wrong into errors that name the field, the value and the limit.
import type { z } from "zod";

export interface FieldError {
  /** Dotted path from the root of the body, e.g. `events.3.items.0.price`; empty for the body itself. */
  readonly field: string;
  readonly message: string;
  /** What stood there, as JSON cut to 80 characters; absent when nothing did. */
  readonly value?: string;
  /** The bound that was passed, when there is one. */
  readonly limit?: number | string;
}

const SHOWN_LENGTH = 80;

/** @param input what was parsed; @param base path of `input` in the body */
export function fieldErrors(error: z.core.$ZodError, input: unknown, base: readonly PropertyKey[] = []): FieldError[] {
  return error.issues.flatMap((issue) => describe(issue, input, base));
}

function describe(issue: z.core.$ZodIssue, input: unknown, base: readonly PropertyKey[]): FieldError[] {
  const value = show(at(input, issue.path));
  const limit = limitOf(issue);
  return [
    {
      field: [...base, ...issue.path].map(String).join("."),
      message: issue.message,
      ...(value === undefined ? {} : { value }),
      ...(limit === undefined ? {} : { limit }),
    },
  ];
}

function limitOf(issue: z.core.$ZodIssue): number | string | undefined {
  switch (issue.code) {
    case "too_big":
      return Number(issue.maximum);
    case "too_small":
      return Number(issue.minimum);
    case "invalid_format":
      return issue.pattern;
    case "custom":
      return issue.params?.maxBytes as number | undefined;
    default:
      return undefined;
  }
}

function at(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** JSON of a value cut to what a message can carry; an object or list is only named, whatever its size or depth. */
export function show(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (Array.isArray(value)) return `[${value.length} elements]`;
  if (typeof value === "object" && value !== null) return "{…}";
  const json = JSON.stringify(value) ?? String(value);
  return json.length <= SHOWN_LENGTH ? json : `${json.slice(0, SHOWN_LENGTH)}…`;
}

/** One line for logs and per-event rejections: `field: message (got value)`. */
export function sentence(errors: readonly FieldError[]): string {
  return errors
    .map(({ field, message, value }) => `${field || "body"}: ${message}${value === undefined ? "" : ` (got ${value})`}`)
    .join("; ");
}
