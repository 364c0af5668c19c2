// One request body through one schema, or the 400 that names every field, value and limit that does not fit.
import type { z } from "zod";
import { fieldErrors, sentence } from "../events/issues.ts";
import { ProblemError } from "./problem.ts";

/** @param base path of `input` in the body. @throws ProblemError 400 `invalid_request` */
export function parseWith<T extends z.ZodType>(
  schema: T,
  input: unknown,
  base: readonly PropertyKey[] = [],
): z.infer<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error, input, base);
  throw new ProblemError(400, "invalid_request", sentence(errors.slice(0, 3)), { errors: errors.slice(0, 100) });
}
