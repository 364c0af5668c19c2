// What `window.nowcast` is to a page. Before the script has loaded it is an array that calls are pushed to.
import type { DecideAnswer, DecideRequest, Event } from "./contract.ts";

/** What a visitor allows: statistics, and a profile that is kept and used. */
export interface Consent {
  readonly analytics: boolean;
  readonly personalization: boolean;
}

/** Fields of an event. The script sets id and time; an id of one's own makes an event count once, however often it is told. */
export type EventFields = Partial<Omit<Event, "type">>;

export type Track = (type: string, fields?: EventFields) => void;

/** A call for later: a function that gets the API, or the name of a method and its arguments. */
export type Command = ((nowcast: Nowcast) => unknown) | readonly [method: keyof Nowcast, ...args: unknown[]];

export interface Nowcast {
  /**
   * Records an event; it is sent with others within a second, and again until it was taken in. Never throws.
   * @param type of the GA4 vocabulary (`view_item`, `add_to_cart`, …) or a name of [a-z0-9_]{1,40} of one's own
   */
  track(type: string, fields?: EventFields): void;
  /** Names the user of the events to come, unverified: only a server can merge visitors. Null forgets the name. */
  identify(userId: string | null): void;
  /** Keeps the visitor's choice and makes it count at once. A refusal erases what was stored here and the profile. */
  consent(choice: Consent): Promise<void>;
  /** Asks for a decision; waits for the visitor's choice where the site asks for one. @throws Error when none came */
  decide(request: DecideRequest): Promise<DecideAnswer>;
  /** Sends now what waits. */
  flush(): Promise<void>;
  /** Runs a call; the same before and after the script has loaded. */
  push(...commands: Command[]): void;
}

declare global {
  interface Window {
    /** `(window.nowcast ||= []).push((nowcast) => …)` works before the script has loaded and after. */
    nowcast?: Nowcast | Command[];
  }
}
