// Identifiers that clients choose: any Unicode text within a length in bytes, but no control characters and no halves
// of surrogate pairs, which would not survive a log, a header or a file name.
import * as z from "zod";
import { utf8Length } from "../kernels/bytes.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** A non-empty string of at most `maxBytes` bytes of UTF-8 that is safe to keep, log and compare. */
export function identifier(maxBytes: number) {
  return text(maxBytes)
    .min(1, "must not be empty")
    .refine((value) => !CONTROL.test(value), { message: "must not contain control characters", abort: true });
}

/** Whether {@link identifier} takes a text, for readers that would rather change it than refuse it. */
export function fitsIdentifier(value: string, maxBytes: number): boolean {
  return value !== "" && !CONTROL.test(value) && value.isWellFormed() && utf8Length(value) <= maxBytes;
}

/** A string of at most `maxBytes` bytes of well-formed UTF-8. */
export function text(maxBytes: number) {
  return z
    .string()
    .refine((value) => value.length <= maxBytes && utf8Length(value) <= maxBytes, {
      message: `must be at most ${maxBytes} bytes of UTF-8`,
      params: { limit: maxBytes },
    })
    .refine((value) => value.isWellFormed(), { message: "must be well-formed Unicode (a surrogate stands alone)" })
    .meta({ maxLength: maxBytes });
}
