// What the public API answers, read and checked: problems by RFC 9457, event counts, decisions.
import { expect } from "vitest";
import type { Rejection } from "../../src/events/validate.ts";
import type { RequestOptions, System } from "./system.ts";

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly errors?: readonly { field: string; message: string; value?: string; limit?: number | string }[];
}

export interface EventsAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: readonly Rejection[];
  readonly visitorToken?: string;
}

export interface DecidedItem {
  readonly id: string;
  readonly position: number;
  readonly features?: Readonly<Record<string, { readonly value: number }>>;
}

export interface Decision {
  readonly decisionId: string;
  readonly site: string;
  readonly itemEpoch: number;
  readonly event?: { readonly status: string; readonly code?: string; readonly message?: string };
  readonly profile?: { readonly seq: number; readonly session: { readonly events: number } | null };
  readonly placements: Readonly<Record<string, { strategy: string; items: DecidedItem[] }>>;
  readonly degraded: readonly string[];
  readonly timings: Readonly<Record<string, number>>;
  readonly visitorToken?: string;
}

/** Paths, stack frames and names of engine errors: what an answer must never tell. */
const LEAKS = /node_modules|\.[jt]s:\d|\bat \S+ \(|file:\/\/|TypeError|RangeError|ZodError/;

/** The problem that a response must be. */
export async function problemOf(response: Response, status: number, code: string): Promise<Problem> {
  const text = await response.text();
  expect(`${response.status} ${text}`).toMatch(new RegExp(`^${status} .*"code":"${code}"`, "s"));
  expect(response.headers.get("content-type")).toBe("application/problem+json");
  expect(text).not.toMatch(LEAKS);
  const problem = JSON.parse(text) as Problem;
  expect(problem).toMatchObject({ type: `urn:nowcast:problem:${code}`, title: expect.stringMatching(/\w/), status });
  expect(problem.detail).toMatch(/\S/);
  return problem;
}

/** The answer to events that were taken in, whatever became of each. */
export async function postEvents(system: System, json: unknown, options: RequestOptions = {}): Promise<EventsAnswer> {
  return eventsAnswer(await system.request("/v1/events", { json, ...options }));
}

export async function eventsAnswer(response: Response): Promise<EventsAnswer> {
  const text = await response.text();
  expect(`${response.status} ${text}`).toMatch(/^202 /);
  expect(text).not.toMatch(LEAKS);
  return JSON.parse(text) as EventsAnswer;
}

export const HOME = { home: { type: "recommend", count: 5 } } as const;

/** A decision by the secret key that would rather wait for a busy machine than step down. */
export function decide(system: System, request: object, options: RequestOptions = {}): Promise<Decision> {
  const patient = { placements: HOME, budgetMs: { profile: 5000 }, ...request };
  return decisionOf(system.request("/v1/decide", { json: patient, ...options }));
}

export async function decisionOf(pending: Promise<Response>): Promise<Decision> {
  const response = await pending;
  const text = await response.text();
  expect(`${response.status} ${text}`).toMatch(/^200 /);
  expect(text).not.toMatch(LEAKS);
  return JSON.parse(text) as Decision;
}
