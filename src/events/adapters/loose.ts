// Reads values of a foreign protocol, where anything may stand anywhere: what is not of the kind that is asked for counts
// as left out, and texts are cut to our limits rather than losing an event over them.

import { utf8, utf8Length } from "../../kernels/bytes.ts";
import { hash32 } from "../../kernels/hash.ts";
import { LIMITS } from "../limits.ts";

export type Fields = Readonly<Record<string, unknown>>;

const NOTHING: Fields = {};

/** An object's own fields; of anything else none. */
export function fieldsOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : NOTHING;
}

/** A text that says something, cut to `maxBytes` of UTF-8 where that is given. */
export function textOf(value: unknown, maxBytes = Number.POSITIVE_INFINITY): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  return value.length * 3 <= maxBytes || utf8Length(value) <= maxBytes ? value : cut(value, maxBytes);
}

/** An id, which some clients send as a number. */
export function idOf(value: unknown): string | undefined {
  return typeof value === "number" && Number.isFinite(value) ? String(value) : textOf(value);
}

/** A number, which some clients send as a text, between the limits of our amounts. */
export function amountOf(value: unknown, min = -LIMITS.amount): number | undefined {
  const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof number === "number" && number >= min && number <= LIMITS.amount ? number : undefined;
}

/** The value of the first field of those named that has one of this kind. */
export function firstOf<T>(
  fields: Fields,
  names: readonly string[],
  read: (value: unknown) => T | undefined,
): T | undefined {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? read(fields[name]) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** All fields but those named. */
export function without(fields: Fields, names: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !names.has(name)));
}

/** An object without the fields that are undefined; undefined when none is left. */
export function present<T extends object>(fields: T): Partial<T> | undefined {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Partial<T>);
}

/** 32 hexadecimal digits that stand for a text of any length, the same every time. Not for secrets. */
export function shortened(text: string): string {
  return [0, 1, 2, 3].map((seed) => hash32(text, seed).toString(16).padStart(8, "0")).join("");
}

/** The longest start of a text that takes at most `maxBytes`, without half a character at its end. */
function cut(text: string, maxBytes: number): string {
  const bytes = utf8(text.slice(0, maxBytes));
  let end = Math.min(bytes.length, maxBytes);
  while (end > 0 && end < bytes.length && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return new TextDecoder("utf-8", { fatal: false, ignoreBOM: true }).decode(bytes.subarray(0, end));
}
