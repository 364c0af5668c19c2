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
const FIELD_LENGTH = 200;

/** @param input what was parsed; @param base path of `input` in the body */
export function fieldErrors(error: z.core.$ZodError, input: unknown, base: readonly PropertyKey[] = []): FieldError[] {
  return error.issues.flatMap(ofMember).map((issue) => describe(issue, input, base));
}

/** Of a union what is wrong by the only member that takes values of this type: it knows the element and the limit. */
function ofMember(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const takesType = (issues: readonly z.core.$ZodIssue[]): boolean =>
    issues.length > 0 && !issues.some(({ code, path }) => code === "invalid_type" && path.length === 0);
  const members = issue.errors.filter(takesType);
  if (members.length !== 1) return [issue];
  return (members[0] as z.core.$ZodIssue[]).flatMap((inner) =>
    ofMember({ ...inner, path: [...issue.path, ...inner.path] }),
  );
}

function describe(issue: z.core.$ZodIssue, input: unknown, base: readonly PropertyKey[]): FieldError {
  // A key that does not fit is told of by what is wrong with it, not by what stands under it.
  const { reason, value } =
    issue.code === "invalid_key"
      ? { reason: issue.issues[0] ?? issue, value: show(issue.path.at(-1)) }
      : { reason: issue, value: show(at(input, issue.path)) };
  const limit = limitOf(reason);
  return {
    field: fieldName([...base, ...issue.path]),
    message: messageOf(reason),
    ...(value === undefined ? {} : { value }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** The dotted path, cut to what a message can carry: keys are the client's. */
export function fieldName(path: readonly PropertyKey[]): string {
  return path.map(String).join(".").slice(0, FIELD_LENGTH).toWellFormed();
}

/** zod calls a value that fits no member of a union just invalid: say what each member wanted. */
function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code !== "invalid_union" || issue.errors.length === 0 || issue.message !== "Invalid input") {
    return issue.message;
  }
  return issue.errors.map(([first]) => first?.message ?? issue.message).join(", or: ");
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
      return issue.params?.limit as number | undefined;
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
  return json.length <= SHOWN_LENGTH ? json : `${json.slice(0, SHOWN_LENGTH).toWellFormed()}…`;
}

/** Errors that one sentence names. */
const NAMED = 3;

/** One line for logs, details and per-event rejections: `field: message (got value)`; the first few, then how many more. */
export function sentence(errors: readonly FieldError[]): string {
  const named = errors
    .slice(0, NAMED)
    .map(
      ({ field, message, value }) => `${field || "body"}: ${message}${value === undefined ? "" : ` (got ${value})`}`,
    );
  return [...named, ...(errors.length > NAMED ? [`and ${errors.length - NAMED} more`] : [])].join("; ");
}
