// Where two JSON documents differ, as a list that people can read.
import { isDeepStrictEqual } from "node:util";

export interface Difference {
  /** Dotted, from the root. */
  readonly path: string;
  /** Absent where there is nothing. */
  readonly before?: unknown;
  readonly after?: unknown;
}

/** In the order of `before`, then what only `after` has. Lists are compared place by place. */
export function jsonDifferences(before: unknown, after: unknown, path = ""): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
  }
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].flatMap((key) => jsonDifferences(before[key], after[key], path === "" ? key : `${path}.${key}`));
}

/** `path: before → after`, each cut to what a line holds. */
export function describeDifference({ path, before, after }: Difference): string {
  return `${path}: ${shown(before)} → ${shown(after)}`;
}

const SHOWN = 60;

function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
