// The one call to the visitor's object that a decision makes. Twice in a visitor's life it takes more: when an anonymous
// visitor turns out to be a user, and for an id that has become part of a user's profile.
import type { MovedAnswer, ViewRequest } from "../../durable-objects/visitor-messages.ts";
import { EVENT_STATUS, STRANGER } from "../../src/events/event-status.ts";
import type { DecisionRequest, ProfileRead } from "./run-decision.ts";

/** The visitors' objects, or doubles. */
export interface VisitorObjects {
  getByName(name: string): {
    decisionView(request: ViewRequest): Promise<Uint8Array>;
    currentView(now: number): Promise<Uint8Array>;
    mergeInto(name: string, user: string): Promise<MovedAnswer>;
  };
}

/** @param request with a visitor */
export async function readProfile(
  objects: VisitorObjects,
  { visitor, anonymous, event, now }: DecisionRequest,
): Promise<ProfileRead> {
  const name = visitor ?? "";
  const batch =
    event === null ? null : { name, events: event.json, receivedAt: event.receivedAt, recorded: event.recorded };
  const object = objects.getByName(name);
  const asked =
    batch === null && !anonymous
      ? object.currentView(now)
      : object.decisionView({ batch, now, anonymous: anonymous ?? null });
  const first = parse(name, await asked);
  if (first.isStranger && anonymous) {
    // Merged first: an event that the anonymous visitor has sent before must be known for a duplicate.
    const merge = await mergeOrLater(objects, anonymous, name);
    // An id of somebody else's stays theirs.
    const rotated = merge.moved !== name;
    const foreign = rotated ? { foreign: anonymous } : {};
    const read = parse(name, await objects.getByName(name).decisionView({ batch, now, anonymous: null, ...foreign }));
    return { ...read, incomplete: !rotated && !merge.arrived, rotated };
  }
  if (first.eventStatus !== "moved" && first.eventStatus !== "moving") return first;
  const user = new TextDecoder().decode(first.view);
  const there = batch === null ? null : { ...batch, name: user };
  const read = parse(user, await objects.getByName(user).decisionView({ batch: there, now, anonymous: null }));
  return { ...read, incomplete: first.eventStatus === "moving" };
}

/** A merge that fails does not keep the user's own profile from the decision. */
async function mergeOrLater(objects: VisitorObjects, anonymous: string, user: string): Promise<MovedAnswer> {
  try {
    return await objects.getByName(anonymous).mergeInto(anonymous, user);
  } catch (error) {
    console.error({ message: "a merge could not begin", error: String(error) });
    return { moved: user, arrived: false };
  }
}

function parse(visitor: string, bytes: Uint8Array): ProfileRead & { readonly isStranger: boolean } {
  const head = bytes[0] ?? 0;
  return {
    eventStatus: EVENT_STATUS[head & ~STRANGER] ?? "none",
    view: bytes.subarray(1),
    visitor,
    incomplete: false,
    rotated: false,
    isStranger: (head & STRANGER) !== 0,
  };
}
