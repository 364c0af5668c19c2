// A visitor as their object holds them in memory, and what can be said of them without touching storage.
import { EVENT_STATUS } from "../src/events/event-status.ts";
import type { LiveVisitor } from "../src/profile/accept.ts";
import { profileOf } from "../src/profile/fold.ts";
import type { ProfileConfig } from "../src/profile/profile.ts";
import { encodeView } from "../src/profile/view-codec.ts";
import type { Outbox } from "./outbox.ts";
import type { MovedAnswer } from "./visitor-messages.ts";
import type { VisitorMeta } from "./visitor-row.ts";

export interface HeldVisitor {
  readonly meta: VisitorMeta;
  readonly live: LiveVisitor;
  readonly outbox: Outbox;
  /** Of the visitor's site. */
  readonly config: ProfileConfig;
  /** The decision view, made when it is first asked for, and until when (epoch ms) it holds. */
  view: { readonly bytes: Uint8Array; readonly from: number; readonly until: number } | null;
}

export const movedAnswer = ({ to, export: handover }: NonNullable<VisitorMeta["moved"]>): MovedAnswer => ({
  moved: to,
  arrived: handover === null,
});

/** Ids of other people's devices that a user is asked about no more. */
const MAX_FOREIGN = 16;

export function addForeign(meta: VisitorMeta, name: string): void {
  if (!meta.foreign.includes(name)) meta.foreign = [...meta.foreign, name].slice(-MAX_FOREIGN);
}

/** Whether an anonymous visitor (object name) has yet to be merged into this one. */
export function isStranger(state: HeldVisitor | null, name: string): boolean {
  if (state === null) return true;
  return !state.meta.foreign.includes(name) && !state.live.state.merged.some(({ from }) => from === name);
}

export const newIncarnation = (): string => crypto.randomUUID().slice(0, 8);

/** Whose row it is: a visitor who comes back after an erasure counts from 1 again. */
export const lifeOf = ({ name, incarnation }: VisitorMeta) => ({ visitor: name, incarnation });

/** @param name of an object, `site:kind:hash` */
export const siteOf = (name: string): string => name.slice(0, name.indexOf(":"));

export function sessionOf({ live, config }: HeldVisitor) {
  return profileOf(live.state, config).session;
}

export function framed(status: (typeof EVENT_STATUS)[number], rest: Uint8Array): Uint8Array {
  const answer = new Uint8Array(1 + rest.length);
  answer[0] = EVENT_STATUS.indexOf(status);
  answer.set(rest, 1);
  return answer;
}

/**
 * The view at `now`: it stays the same until the session would count as over; with a batch entry it is of its millisecond,
 * since what the live counters still hold decides what of the entry counts.
 */
export function viewAt(state: HeldVisitor, now: number): Uint8Array {
  if (state.view === null || now < state.view.from || now >= state.view.until) {
    const { sessionTimeoutMs } = state.config;
    const profile = profileOf(state.live.state, state.config);
    const bytes = encodeView(profile, now, sessionTimeoutMs);
    const over = (profile.session?.lastAt ?? Number.NEGATIVE_INFINITY) + sessionTimeoutMs + 1;
    state.view =
      profile.batch !== null
        ? { bytes, from: now, until: now + 1 }
        : now < over
          ? { bytes, from: Number.NEGATIVE_INFINITY, until: over }
          : { bytes, from: over, until: Number.POSITIVE_INFINITY };
  }
  return state.view.bytes;
}
