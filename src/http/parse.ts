// One request body through one schema, or the 400 that names every field, value and limit that does not fit.
import type { z } from "zod";
import { fieldErrors, fieldName, sentence } from "../events/issues.ts";
import { LIMITS } from "../events/limits.ts";
import { structureProblem } from "../events/structure.ts";
import { ProblemError } from "./problem.ts";

/** @param base path of `input` in the body. @throws ProblemError 400 `invalid_request`, `too_deep` or `ill_formed` */
export function parseWith<T extends z.ZodType>(
  schema: T,
  input: unknown,
  base: readonly PropertyKey[] = [],
): z.infer<T> {
  refuseStructure(input, base);
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = fieldErrors(parsed.error, input, base);
  throw new ProblemError(400, "invalid_request", sentence(errors), { errors: errors.slice(0, 100) });
}

/** Schemas leave free-form parts alone: what those may be is checked before. */
function refuseStructure(input: unknown, base: readonly PropertyKey[]): void {
  const problem = structureProblem(input, LIMITS.depth);
  if (problem === null) return;
  const field = fieldName([...base, ...problem.path]);
  const error =
    problem.code === "too_deep"
      ? { field, message: `nested deeper than ${LIMITS.depth} levels`, limit: LIMITS.depth }
      : { field, message: "must be well-formed Unicode (a surrogate stands alone)" };
  throw new ProblemError(400, problem.code, sentence([error]), { errors: [error] });
}
