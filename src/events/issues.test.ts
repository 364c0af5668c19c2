import { describe, expect, test } from "vitest";
import * as z from "zod";
import { identifier } from "./identifier.ts";
import { type FieldError, fieldErrors, sentence } from "./issues.ts";

function errorsOf(schema: z.ZodType, input: unknown): FieldError[] {
  const { error } = schema.safeParse(input);
  if (error === undefined) throw new Error("the schema took the input");
  return fieldErrors(error, input, ["body"]);
}

describe("fieldErrors", () => {
  test("name the field from the root, the value that stood there and the limit", () => {
    const schema = z.object({ list: z.array(z.object({ count: z.number().max(5) })) });

    expect(errorsOf(schema, { list: [{ count: 1 }, { count: 7 }] })).toEqual([
      { field: "body.list.1.count", message: expect.stringMatching(/<=5/), value: "7", limit: 5 },
    ]);
    expect(errorsOf(schema, { list: [{}] })).toEqual([
      { field: "body.list.0.count", message: expect.stringMatching(/number/) },
    ]);
  });

  test("a key that does not fit is told of by what is wrong with the key", () => {
    const schema = z.record(identifier(4), z.number());

    expect(errorsOf(schema, { abcde: 1 })).toEqual([
      { field: "body.abcde", message: "must be at most 4 bytes of UTF-8", value: '"abcde"', limit: 4 },
    ]);
  });

  test("a value of the type of one member of a union is told what is wrong by that member", () => {
    const schema = z.object({ a: z.union([z.string(), z.array(z.string().max(3)).max(2)]) });
    expect(errorsOf(schema, { a: ["x", "y", "z"] })).toMatchObject([
      { field: "body.a", value: "[3 elements]", limit: 2 },
    ]);
    expect(errorsOf(schema, { a: ["x", "long"] })).toMatchObject([{ field: "body.a.1", value: '"long"', limit: 3 }]);
  });

  test("a value that fits no member of a union is told what each member wants", () => {
    const [error] = errorsOf(z.object({ a: z.union([z.string(), z.array(z.string())]) }), { a: 5 });

    expect(error).toMatchObject({
      field: "body.a",
      message: expect.stringMatching(/string.*, or: .*array/),
      value: "5",
    });
  });

  test("long fields and values are cut, never within a surrogate pair", () => {
    const key = "k🙂".repeat(200);
    const value = "v🙂".repeat(200);
    const [error] = errorsOf(z.record(z.string(), z.number()), { [key]: value });

    expect(error?.field.length).toBeLessThanOrEqual(200);
    expect(error?.value?.length).toBeLessThanOrEqual(81);
    expect([error?.field.isWellFormed(), error?.value?.isWellFormed()]).toEqual([true, true]);
  });

  test("a sentence names three errors and counts the rest", () => {
    const errors = errorsOf(z.array(z.number()), ["a", "b", "c", "d", "e"]);

    expect(sentence(errors.slice(0, 3))).toMatch(/^body\.0: .* \(got "a"\); body\.1: .*; body\.2: [^;]*$/);
    expect(sentence(errors)).toBe(`${sentence(errors.slice(0, 3))}; and 2 more`);
  });
});
