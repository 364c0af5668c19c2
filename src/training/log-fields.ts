// What the fields of a history log must be: the structure only. The limits of the API (lengths, counts, clocks) are
// checked by whoever sends a record on.

/** What a field must be: the words for the message, and the test. */
interface Rule {
  readonly must: string;
  readonly holds: (value: unknown) => boolean;
  readonly required?: true;
}

const text: Rule = { must: "a string", holds: (value) => typeof value === "string" };
const name: Rule = { must: "a string that is not empty", holds: (value) => typeof value === "string" && value !== "" };
const number: Rule = { must: "a number", holds: (value) => typeof value === "number" };
const flag: Rule = { must: "true or false", holds: (value) => typeof value === "boolean" };
const object: Rule = { must: "an object", holds: isObject };
const index: Rule = { must: "an integer from 0", holds: (value) => Number.isInteger(value) && (value as number) >= 0 };
const texts: Rule = {
  must: "an array of strings",
  holds: (value) => Array.isArray(value) && value.every((element) => typeof element === "string"),
};
const time: Rule = {
  must: "epoch milliseconds or an ISO 8601 date",
  holds: (value) => Number.isFinite(parseTime(value)),
};
const shownItems: Rule = {
  must: "an array of objects, each with an id",
  holds: (value) => Array.isArray(value) && value.every((element) => isObject(element) && name.holds(element.id)),
};
const eventType: Rule = {
  must: "1 to 40 characters of [a-z0-9_]",
  holds: (value) => typeof value === "string" && /^[a-z0-9_]{1,40}$/.test(value),
};
const required = (rule: Rule): Rule => ({ ...rule, required: true });

export const ITEM_FIELDS: Readonly<Record<string, Rule>> = {
  id: required(name),
  title: text,
  category: text,
  brand: text,
  price: number,
  currency: text,
  available: flag,
  publishedAt: time,
  url: text,
  image: text,
  tags: texts,
  attributes: object,
};

export const EVENT_FIELDS: Readonly<Record<string, Rule>> = {
  id: required(name),
  type: required(eventType),
  ts: required(time),
  anonymousId: name,
  userId: name,
  items: shownItems,
  decisionId: name,
  placement: name,
  position: index,
  query: text,
  value: number,
  currency: text,
  orderId: name,
  context: object,
  properties: object,
};

/** The first thing that is wrong with a record, as a message that names the field, what it must be and what it is. */
export function problemOf(fields: Record<string, unknown>, rules: Readonly<Record<string, Rule>>): string | null {
  for (const [field, rule] of Object.entries(rules)) {
    const value = fields[field];
    if (value === undefined) {
      if (rule.required) return `${field} is missing: it must be ${rule.must}`;
    } else if (!rule.holds(value)) {
      return `${field} must be ${rule.must}, not ${describe(value)}`;
    }
  }
  return null;
}

const ISO_8601 = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?$/;

/** Epoch ms, NaN when `value` is no time. A time without a zone is UTC: a log must not depend on the reader's zone. */
export function parseTime(value: unknown): number {
  if (typeof value === "number") return Math.trunc(value);
  if (typeof value !== "string") return Number.NaN;
  const parts = ISO_8601.exec(value);
  if (!parts) return Number.NaN;
  return Date.parse(parts[1] !== undefined && parts[4] === undefined ? `${value}Z` : value);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value as a message shows it: JSON, cut to 60 characters. */
export function describe(value: unknown): string {
  const shown = JSON.stringify(value) ?? String(value);
  return shown.length > 60 ? `${shown.slice(0, 60)}…` : shown;
}
