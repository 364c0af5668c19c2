// Bounds on items that their schema leaves open: what a row of the lake and a message of the queue can hold.
import { LIMITS } from "../../src/events/limits.ts";
import { ProblemError } from "../../src/http/problem.ts";
import { utf8Length } from "../../src/kernels/bytes.ts";

/** Bytes of items that one call to the items' object hands over: each call is one row written, of 2 MB at most. */
const PART_BYTES = 1024 * 1024;

/** @param path of `item` in the body. @returns its bytes. @throws ProblemError 400 when it is too large */
export function boundedItemBytes(item: object, path: readonly PropertyKey[]): number {
  const bytes = utf8Length(JSON.stringify(item));
  if (bytes <= LIMITS.itemBytes) return bytes;
  const field = path.map(String).join(".");
  const message = `the item has ${bytes} bytes, the limit is ${LIMITS.itemBytes}`;
  throw new ProblemError(400, "item_too_large", `${field || "body"}: ${message}`, {
    errors: [{ field, message, value: String(bytes), limit: LIMITS.itemBytes }],
  });
}

/** The items, each within its bound, cut into parts of a size that their object takes. */
export function itemParts<T extends object>(items: readonly T[]): T[][] {
  const parts: T[][] = [];
  let part: T[] = [];
  let partBytes = 0;
  for (const item of items) {
    const bytes = boundedItemBytes(item, []);
    if (part.length === 0 || partBytes + bytes > PART_BYTES) {
      part = [];
      partBytes = 0;
      parts.push(part);
    }
    part.push(item);
    partBytes += bytes;
  }
  return parts;
}
