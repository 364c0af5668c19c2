// The visitors of a log, as their objects would have come to be: which event is whose, what was a duplicate, and which
// anonymous visitor became part of which user.
import type { AcceptedEvent } from "../events/event.ts";
import { inOtherWords } from "../events/in-other-words.ts";
import { toBase64Url } from "../kernels/digest.ts";
import { accept, type LiveVisitor, newVisitor } from "../profile/accept.ts";
import { type FoldedEvent, fold } from "../profile/fold.ts";
import type { ProfileConfig } from "../profile/profile.ts";
import { encodeState } from "../profile/state-codec.ts";
import type { MergeFact } from "../profile/system-fact.ts";
import { DisjointSets } from "./disjoint-sets.ts";
import type { LogEvent } from "./log.ts";

export interface VisitorHistory {
  /** Kind and id: a user and an anonymous visitor of the same id are two. */
  readonly key: string;
  /** Key of the visitor that this one became part of in the end; its own key when it never did. */
  readonly identity: string;
  /** In log order; `seq` counts from 1, `receivedAt` is the log's time. */
  readonly events: readonly FoldedEvent[];
}

interface Visitor {
  readonly key: string;
  readonly index: number;
  readonly events: FoldedEvent[];
  readonly live: LiveVisitor;
}

export class Visitors {
  readonly #config: ProfileConfig;
  readonly #byKey = new Map<string, Visitor>();
  readonly #byIndex: Visitor[] = [];
  /** By name and incarnation, `site:a:…#1a2b3c4d`. */
  readonly #byObject = new Map<string, Visitor>();
  /** Key of an anonymous visitor → key of the user that it became part of. */
  readonly #movedTo = new Map<string, string>();
  /** The merges that a lake tells of, and the index of whom a visitor became part of. */
  readonly #merges: (readonly [fact: MergeFact, into: number])[] = [];

  constructor(config: ProfileConfig) {
    this.#config = config;
  }

  /**
   * The visitor whose event this is, by number. An event that names both ids makes the anonymous visitor part of the
   * user, unless it is part of another one already.
   * @param onMerged hears of the merge, an event of the user's own
   */
  of(
    { userId, anonymousId, visitor, incarnation = "" }: LogEvent,
    onMerged: (visitor: number, event: FoldedEvent) => void,
  ): number {
    // In a lake all that is settled: the object is named, and merges are events of its own.
    if (visitor !== undefined) return this.#ofObject(`${visitor}#${incarnation}`, { userId, anonymousId }).index;
    const anonymous = anonymousId === undefined ? null : `a:${anonymousId}`;
    if (userId === undefined) {
      const key = anonymous ?? "a:";
      return this.#visitor(this.#movedTo.get(key) ?? key).index;
    }
    const key = `u:${userId}`;
    const user = this.#visitor(key);
    if (anonymous !== null && !this.#movedTo.has(anonymous)) {
      this.#movedTo.set(anonymous, key);
      const moved = this.#byKey.get(anonymous);
      if (moved !== undefined && moved.live.state.seq > 0) onMerged(user.index, this.#merge(user, moved, anonymous));
    }
    return user.index;
  }

  /** The event as accepted, null for a duplicate. What the system itself had put in (in a lake) is folded as it is. */
  accept(index: number, { kind: _, visitor: object, incarnation: __, ...stated }: LogEvent): AcceptedEvent | null {
    // What comes from a lake went through the edge.
    const event = object === undefined ? inOtherWords(stated) : stated;
    const visitor = this.#byIndex[index] as Visitor;
    const { live, events } = visitor;
    const { receivedAt = event.ts } = event;
    if (event.system !== undefined) {
      const folded: FoldedEvent = { ...event, seq: live.state.seq + 1, receivedAt };
      live.state = fold(live.state, folded, this.#config);
      events.push(folded);
      if (event.system.kind === "merge") this.#merges.push([event.system, index]);
      return folded;
    }
    const accepted = accept(live, event, receivedAt, this.#config);
    if (accepted !== null) events.push(accepted);
    return accepted;
  }

  histories(): VisitorHistory[] {
    const identities = this.#identities();
    return Array.from(this.#byKey, ([key, { index, events }]) => {
      const { key: identity } = this.#byIndex[identities.rootOf(index)] as Visitor;
      return { key, identity, events };
    });
  }

  /** Merges followed forward: who is one person at the end of the log. */
  #identities(): DisjointSets {
    const sets = new DisjointSets(this.#byIndex.length);
    const join = (from: Visitor | undefined, into: number | undefined): void => {
      // A log may name an id, and a lake an object, of which it has no event.
      if (from !== undefined && into !== undefined) sets.join(from.index, into);
    };
    for (const [from, into] of this.#movedTo) join(this.#byKey.get(from), this.#byKey.get(into)?.index);
    for (const [{ from, epoch }, into] of this.#merges) {
      // Events of a build that did not write incarnations are of one life.
      join(this.#byObject.get(`${from}#${epoch}`) ?? this.#byObject.get(`${from}#`), into);
    }
    return sets;
  }

  /** The visitor of an object, under the key that a log would give it: that of the ids it came with first. */
  #ofObject(life: string, { userId, anonymousId }: Pick<LogEvent, "userId" | "anonymousId">): Visitor {
    const known = this.#byObject.get(life);
    if (known !== undefined) return known;
    const key = userId === undefined ? `a:${anonymousId}` : `u:${userId}`;
    const visitor = this.#visitor(this.#byKey.has(key) ? life : key);
    this.#byObject.set(life, visitor);
    return visitor;
  }

  #merge(user: Visitor, moved: Visitor, from: string): FoldedEvent {
    const at = moved.live.state.newestAt;
    const event: FoldedEvent = {
      id: `merge-${from}`,
      type: "identity_merged",
      ts: at,
      receivedAt: at,
      seq: user.live.state.seq + 1,
      system: { kind: "merge", from, epoch: "", state: toBase64Url(encodeState(moved.live.state)) },
    };
    user.live.state = fold(user.live.state, event, this.#config);
    user.live.dedupe.absorb(moved.live.dedupe);
    user.events.push(event);
    return event;
  }

  #visitor(key: string): Visitor {
    let visitor = this.#byKey.get(key);
    if (visitor === undefined) {
      visitor = { key, index: this.#byIndex.length, events: [], live: newVisitor() };
      this.#byKey.set(key, visitor);
      this.#byIndex.push(visitor);
    }
    return visitor;
  }
}

/** By visitor: a number from 0 that all visitors have in common who are one person in the end. */
export function peopleOf(visitors: readonly Pick<VisitorHistory, "identity">[]): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from(visitors, ({ identity }) => {
    const number = numbers.get(identity) ?? numbers.size;
    numbers.set(identity, number);
    return number;
  });
}
