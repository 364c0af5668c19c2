// Takes a batch of raw events: validates, finds out who each is about, hands every visitor's events to their object in
// one call, and keeps what was refused as failed events.
import type { Event } from "../../src/events/event.ts";
import { type Rejection, type ValidationOptions, validateEvents } from "../../src/events/validate.ts";
import { ProblemError } from "../../src/http/problem.ts";
import { mayKeepEvents } from "../../src/privacy/consent.ts";
import { objectName } from "../../src/privacy/names.ts";
import { isReceiptOf, looksLikeReceipt, verifyReceipt } from "../../src/privacy/receipt.ts";
import type { VisitorToken } from "../../src/privacy/visitor-token.ts";
import { consentFor } from "./consent.ts";
import type { EdgeContext } from "./context.ts";
import { keepFailed } from "./failed-events.ts";
import { ingestInto } from "./objects.ts";
import { type Subject, subjectOf, tokenOf } from "./visitors.ts";

export interface IngestOutcome {
  accepted: number;
  duplicates: number;
  rejected: Rejection[];
  /** Every event failed for a reason that may pass. */
  overloaded: boolean;
}

export interface IngestContext extends ValidationOptions {
  readonly token: VisitorToken | null;
  readonly minted: () => string;
}

interface Group {
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
  for (const { index, event } of good) {
    const addressed = await address(c, event, context);
    if ("code" in addressed) {
      rejected.push({ index, id: event.id, retryable: false, ...addressed });
      continue;
    }
    const group = groups.get(addressed.name) ?? { indexes: [], events: [] };
    groups.set(addressed.name, group);
    group.indexes.push(index);
    group.events.push(addressed.event);
  }
  const mismatches = rejected.filter(({ code }) => code === "visitor_mismatch");
  if (mismatches.length === raw.length) throw allMismatch(mismatches);
  const failed = rejected.filter(({ code }) => code !== NO_CONSENT.code);
  const outcome: IngestOutcome = { accepted: 0, duplicates: 0, rejected, overloaded: false };
  const [kept] = await Promise.all([
    keepFailed(c, raw, failed, context),
    ...[...groups].map(([name, group]) => ingestGroup(c, name, group, context, outcome)),
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

type Addressed = { name: string; event: Event } | { code: string; message: string };

/** The object that an event goes to, with what the edge knows of it; or why it goes nowhere. */
async function address(c: EdgeContext, event: Event, { token, minted }: IngestContext): Promise<Addressed> {
  const { credential, settings } = c.var;
  const subject = subjectOf(event, credential.kind, token, minted);
  if ("code" in subject) return { code: subject.code, message: `${subject.field}: ${subject.message}` };
  if (!mayKeepEvents(consentFor(c, tokenOf(token, subject), event.context?.consent))) return NO_CONSENT;
  const name = await objectName(credential.site, subject.visitor, settings.naming);
  return { name, event: await attributed(c, event, subject, name) };
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
      ? isReceiptOf(await verifyReceipt(decisionId, c.var.settings.signing), c.var.credential.site, name)
      : undefined;
  return {
    ...rest,
    ...(visitor.kind === "a" ? { anonymousId: visitor.id } : { userId: visitor.id }),
    ...(visitor.kind === "u" && anonymousId !== undefined ? { anonymousId } : {}),
    ...(claimedUserId === undefined ? {} : { claimedUserId }),
    ...(receiptVerified === undefined ? {} : { receiptVerified }),
  };
}

async function ingestGroup(
  c: EdgeContext,
  name: string,
  { indexes, events }: Group,
  { receivedAt, replay }: IngestContext,
  outcome: IngestOutcome,
): Promise<void> {
  const batch = { name, events: JSON.stringify(events), receivedAt: replay ? null : receivedAt };
  const result = await ingestInto(c.env.VISITOR_PROFILE, batch);
  indexes.forEach((index, i) => {
    if ("failed" in result) {
      outcome.rejected.push({ index, id: events[i]?.id ?? null, retryable: true, ...result.failed });
    } else if (result.statuses[i] === "accepted") outcome.accepted++;
    else outcome.duplicates++;
  });
}
