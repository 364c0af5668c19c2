// Takes a batch of raw events: validates, finds out who each is about, hands every visitor's events to their object in
// one call, and keeps what was invalid as failed events.

import { consent as defaultConsent } from "../../nowcast.config.ts";
import type { Event } from "../../src/events/event.ts";
import { LIMITS } from "../../src/events/limits.ts";
import { LineError, type Rejection, type ValidationOptions, validateEvents } from "../../src/events/validate.ts";
import { packMessages } from "../../src/lake/message.ts";
import { type Consent, resolveConsent } from "../../src/privacy/consent.ts";
import { objectName } from "../../src/privacy/names.ts";
import { looksLikeReceipt, verifyReceipt } from "../../src/privacy/receipt.ts";
import type { VisitorToken } from "../../src/privacy/visitor-token.ts";
import type { EdgeContext } from "./context.ts";
import { ingestInto } from "./objects.ts";
import { type Subject, subjectOf } from "./visitors.ts";

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
  const outcome: IngestOutcome = { accepted: 0, duplicates: 0, rejected, overloaded: false };
  const [kept] = await Promise.all([
    keepFailed(c, raw, bad, context.receivedAt),
    ...[...groups].map(([name, group]) => ingestGroup(c, name, group, context, outcome)),
  ]);
  if (!kept) {
    outcome.rejected = outcome.rejected.map((item) =>
      bad.includes(item) ? { ...item, retryable: true, message: `${item.message} (and could not be kept)` } : item,
    );
  }
  outcome.rejected.sort((a, b) => a.index - b.index);
  outcome.overloaded = raw.length > 0 && outcome.rejected.filter(({ retryable }) => retryable).length === raw.length;
  return outcome;
}

type Addressed = { name: string; event: Event } | { code: string; message: string };

/** The object that an event goes to, with what the edge knows of it; or why it goes nowhere. */
async function address(c: EdgeContext, event: Event, { token, minted }: IngestContext): Promise<Addressed> {
  const { credential, settings } = c.var;
  const subject = subjectOf(event, credential.kind, token, minted);
  if (subject === null) {
    return { code: "identity_missing", message: "anonymousId, userId: at least one is needed" };
  }
  if (!consentFor(c, token, event.context?.consent).personalization) {
    return { code: "no_consent", message: "the visitor has not consented: nothing was kept" };
  }
  return {
    name: await objectName(credential.site, subject.visitor, settings.naming),
    event: await attributed(c, event, subject),
  };
}

/** What the caller may say of consent: public keys speak through the token and the browser's signal as well. */
export function consentFor(
  c: EdgeContext,
  token: VisitorToken | null,
  context: { analytics?: boolean | undefined; personalization?: boolean | undefined } | undefined,
): Consent {
  return resolveConsent({
    token: token?.consent,
    context,
    globalPrivacyControl: c.var.credential.kind === "public" && c.req.header("sec-gpc") === "1",
    byDefault: defaultConsent,
  });
}

/** The event under its verified identity: ids that were only claimed do not stand where verified ones do. */
export async function attributed(c: EdgeContext, event: Event, { visitor, claimedUserId }: Subject): Promise<Event> {
  const { anonymousId, userId, ...rest } = event;
  const { decisionId } = event;
  const receiptVerified =
    decisionId !== undefined && looksLikeReceipt(decisionId)
      ? (await verifyReceipt(decisionId, c.var.settings.signing)) !== null
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

/** Keeps invalid events with the reason. @returns false when that failed, so that the client may try again */
export async function keepFailed(
  c: EdgeContext,
  raw: readonly unknown[],
  bad: readonly Rejection[],
  receivedAt: number,
): Promise<boolean> {
  if (bad.length === 0) return true;
  const rows = bad.map(({ index, id, code, message }) =>
    JSON.stringify({ receivedAt, id, code, message, raw: rawText(raw[index]) }),
  );
  try {
    const base = { table: "failed_events", site: c.var.credential.site, source: "", firstSeq: 0 } as const;
    for (const body of packMessages(base, rows)) await c.env.EVENT_QUEUE.send(body, { contentType: "text" });
    return true;
  } catch (error) {
    console.error({ message: "failed events could not be kept", error: String(error) });
    return false;
  }
}

/** What was sent, as text cut to twice what an event may have; null when it nests too deep to be written. */
function rawText(input: unknown): string | null {
  try {
    const text = input instanceof LineError ? input.line : JSON.stringify(input);
    return (text ?? "").slice(0, 2 * LIMITS.eventBytes).toWellFormed();
  } catch {
    return null;
  }
}
