// What the paths of the OpenAPI document have in common: answers, problems, who may call.
import type { z } from "zod";
import { problemSchema } from "../../src/http/contract.ts";

export const json = (schema: z.ZodType, description: string) => ({
  description,
  content: { "application/json": { schema } },
});

export const problem = (description: string) => ({
  description,
  content: { "application/problem+json": { schema: problemSchema } },
});

export const problems = {
  400: problem("The request does not fit; `errors` names field, value and limit."),
  401: problem("The API key or the visitor token is missing, unknown or expired."),
  403: problem("The key may not do this."),
  429: problem("Too many requests; see Retry-After."),
};

/** Of operations that take a body. */
export const bodyProblems = { ...problems, 413: problem("The body is too large.") };

export const secretOnly = [{ secretKey: [] }];
export const anyKey = [{ secretKey: [] }, { publicKey: [] }];
