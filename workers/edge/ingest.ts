// Takes a batch of raw events: validates, finds out who each is about, hands every visitor's events to their object in
// one call, and keeps what was refused as failed events.
import type { Event } from "../../src/events/event.ts";
import { type Rejection, type ValidationOptions, validateEvents } from "../../src/events/validate.ts";
import { ProblemError } from "../../src/http/problem.ts";
import { handlingOf, isRefused } from "../../src/privacy/consent.ts";
import type { Visitor } from "../../src/privacy/names.ts";
import { isReceiptOf, looksLikeReceipt, verifyReceipt } from "../../src/privacy/receipt.ts";
import type { VisitorToken } from "../../src/privacy/visitor-token.ts";
import { consentFor } from "./consent.ts";
import type { EdgeContext } from "./context.ts";
import { keepDetached } from "./detached-events.ts";
import { enrichEvent } from "./enrich-event.ts";
import { keepFailed } from "./failed-events.ts";
import { type IdentityNote, mergeVisitor } from "./identity.ts";
import { nameOfVisitor } from "./object-names.ts";
import { ingestInto } from "./objects.ts";
import { type Subject, subjectOf, tokenOf } from "./visitors.ts";

export interface IngestOutcome {
  accepted: number;
  duplicates: number;
  rejected: Rejection[];
  /** What became of anonymous visitors who were named together with a user for the first time. */
  identities: IdentityNote[];
  /** Every event failed for a reason that may pass. */
  overloaded: boolean;
}

export interface IngestContext extends ValidationOptions {
  readonly token: VisitorToken | null;
  readonly minted: () => string;
  /** What was sent, element by element, where the raw events are an adapter's reading of it. */
  readonly sent?: readonly unknown[];
}

/** Events of one visitor that are kept in one way. */
interface Group {
  readonly name: string;
  readonly recorded: boolean;
  /** Anonymous ids that came with the user. */
  readonly anonymousIds: Set<string>;
  readonly indexes: number[];
  readonly events: Event[];
}

/** @throws ProblemError 403 when a public key sends nothing but events about others than its token's visitor */
export async function ingestEvents(
  c: EdgeContext,
  raw: readonly unknown[],
  context: IngestContext,
): Promise<IngestOutcome> {
  const { good, bad } = validateEvents(raw, context);
  const rejected: Rejection[] = [...bad];
  const groups = new Map<string, Group>();
  const detached: { readonly index: number; readonly event: Event; readonly visitor: Visitor }[] = [];
  for (const { index, event } of good) {
    const addressed = await address(c, enrichEvent(c, event), context);
    if ("code" in addressed) {
      rejected.push({ index, id: event.id, retryable: false, ...addressed });
    } else if (addressed.name === null) {
      detached.push({ index, event: addressed.event, visitor: addressed.visitor });
    } else {
      const { name, recorded, anonymousId } = addressed;
      const key = `${name} ${recorded}`;
      const group = groups.get(key) ?? { name, recorded, anonymousIds: new Set(), indexes: [], events: [] };
      groups.set(key, group);
      group.indexes.push(index);
      group.events.push(addressed.event);
      if (anonymousId !== undefined) group.anonymousIds.add(anonymousId);
    }
  }
  const mismatches = rejected.filter(({ code }) => code === "visitor_mismatch");
  if (mismatches.length === raw.length) throw allMismatch(mismatches);
  const failed = rejected.filter(({ code }) => code !== NO_CONSENT.code);
  const outcome: IngestOutcome = { accepted: 0, duplicates: 0, rejected, identities: [], overloaded: false };
  const [kept] = await Promise.all([
    keepFailed(c, raw, failed, context),
    ingestDetached(c, detached, context, outcome),
    ...[...groups.values()].map((group) => ingestGroup(c, group, context, outcome)),
  ]);
  if (!kept) {
    outcome.rejected = outcome.rejected.map((item) =>
      failed.includes(item) ? { ...item, retryable: true, message: `${item.message} (and could not be kept)` } : item,
    );
  }
  outcome.rejected.sort((a, b) => a.index - b.index);
  outcome.overloaded = raw.length > 0 && outcome.rejected.filter(({ retryable }) => retryable).length === raw.length;
  return outcome;
}

function allMismatch(rejections: readonly Rejection[]): ProblemError {
  const errors = rejections.slice(0, 100).map(({ index, message }) => ({ field: `events.${index}`, message }));
  return new ProblemError(403, "visitor_mismatch", "No event is about the visitor of the token.", { errors });
}

export const NO_CONSENT = { code: "no_consent", message: "the visitor has not consented: nothing was kept" } as const;

/** Where an event goes: to an object (or, without a name, to the lake alone), or nowhere. */
type Addressed =
  | {
      readonly name: string | null;
      readonly visitor: Visitor;
      readonly event: Event;
      /** Whether its row may reach the lake. */
      readonly recorded: boolean;
      /** Of the same person, where the caller vouches for it. */
      readonly anonymousId?: string | undefined;
    }
  | { readonly code: string; readonly message: string };

async function address(c: EdgeContext, event: Event, { token, minted }: IngestContext): Promise<Addressed> {
  const credential = c.get("credential");
  const subject = subjectOf(event, credential.kind, token, minted);
  if ("code" in subject) return { code: subject.code, message: `${subject.field}: ${subject.message}` };
  const handling = handlingOf(consentFor(c, tokenOf(token, subject), event.context?.consent));
  if (isRefused(handling)) return NO_CONSENT;
  const recorded = handling.lake === "linked";
  const { visitor, anonymousId } = subject;
  if (!handling.profile) return { name: null, visitor, event, recorded };
  const name = await nameOfVisitor(c, subject.visitor);
  return { name, visitor, event: await attributed(c, event, subject, name), recorded, anonymousId };
}

/**
 * The event under its verified identity: ids that were only claimed do not stand where verified ones do.
 * @param name the visitor's object
 */
export async function attributed(
  c: EdgeContext,
  event: Event,
  { visitor, claimedUserId }: Subject,
  name: string,
): Promise<Event> {
  const { anonymousId, userId, ...rest } = event;
  const { decisionId } = event;
  const receiptVerified =
    decisionId !== undefined && looksLikeReceipt(decisionId)
      ? isReceiptOf(await verifyReceipt(decisionId, c.get("settings").signing), c.get("credential").site, name)
      : undefined;
  return {
    ...rest,
    ...(visitor.kind === "a" ? { anonymousId: visitor.id } : { userId: visitor.id }),
    ...(visitor.kind === "u" && anonymousId !== undefined ? { anonymousId } : {}),
    ...(claimedUserId === undefined ? {} : { claimedUserId }),
    ...(receiptVerified === undefined ? {} : { receiptVerified }),
  };
}

async function ingestDetached(
  c: EdgeContext,
  detached: readonly { readonly index: number; readonly event: Event; readonly visitor: Visitor }[],
  { receivedAt, replay = false }: IngestContext,
  outcome: IngestOutcome,
): Promise<void> {
  if (await keepDetached(c, detached, receivedAt, replay)) {
    outcome.accepted += detached.length;
    return;
  }
  for (const { index, event } of detached) {
    const message = "the queue did not take the event: it was not kept, send it again";
    outcome.rejected.push({ index, id: event.id, code: "unavailable", message, retryable: true });
  }
}

async function ingestGroup(
  c: EdgeContext,
  { name, recorded, anonymousIds, indexes, events }: Group,
  { receivedAt, replay }: IngestContext,
  outcome: IngestOutcome,
): Promise<void> {
  const anonymous = await Promise.all(
    [...anonymousIds].map(async (id) => ({
      id,
      name: await nameOfVisitor(c, { kind: "a", id }),
    })),
  );
  const batch = {
    name,
    events: JSON.stringify(events),
    receivedAt: replay ? null : receivedAt,
    recorded,
    anonymous: anonymous.map(({ name }) => name),
  };
  let result = await ingestInto(c.env.VISITOR_PROFILE, batch);
  if (!("failed" in result) && result.strangers.length > 0) {
    // Merged first: an event that the anonymous visitor has sent before must be known for a duplicate.
    const { strangers } = result;
    const known = anonymous.filter(({ name }) => strangers.includes(name));
    const merges = await Promise.all(known.map(async (one) => ({ one, note: await mergeVisitor(c, one, name) })));
    outcome.identities.push(...merges.map(({ note }) => note));
    const foreign = merges.filter(({ note }) => note.status === "rotated").map(({ one }) => one.name);
    result = await ingestInto(c.env.VISITOR_PROFILE, { ...batch, anonymous: [], foreign });
  }
  indexes.forEach((index, i) => {
    if ("failed" in result) {
      outcome.rejected.push({ index, id: events[i]?.id ?? null, retryable: true, ...result.failed });
    } else if (result.statuses[i] === "accepted") outcome.accepted++;
    else outcome.duplicates++;
  });
}
