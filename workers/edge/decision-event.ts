// The event that comes with a decision and is recorded first, in the same call to the visitor's object. A bad one is
// kept as a failed event and told of; it never blocks the decision.
import type { Event } from "../../src/events/event.ts";
import { eventIdOf, validateEvent } from "../../src/events/validate.ts";
import { type Handling, handlingOf, isRefused } from "../../src/privacy/consent.ts";
import type { VisitorToken } from "../../src/privacy/visitor-token.ts";
import type { DecisionRequest } from "../decision/run-decision.ts";
import { consentFor, type StatedConsent } from "./consent.ts";
import type { EdgeContext } from "./context.ts";
import { keepDetached } from "./detached-events.ts";
import { enrichEvent } from "./enrich-event.ts";
import { keepFailed } from "./failed-events.ts";
import { attributed, NO_CONSENT } from "./ingest.ts";
import { type NamedIds, type Subject, subjectOf } from "./visitors.ts";

/** What the decision says that holds for its event too, unless the event says otherwise. */
export interface DecisionFrame {
  /** Whom the request names. */
  readonly ids: NamedIds;
  /** Whom the decision is about; null when nobody is known. */
  readonly subject: Subject | null;
  /** The name of their object; null when nobody is known. */
  readonly objectName: string | null;
  readonly token: VisitorToken | null;
  /** The id for whoever names nobody. */
  readonly minted: () => string;
  readonly consent: StatedConsent | undefined;
  readonly replay: boolean;
}

export interface DecisionEvent {
  readonly send: DecisionRequest["event"];
  readonly rejection?: Refusal;
  /** It went to the lake alone, without the visitor. */
  readonly detached?: true;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}

export async function decisionEvent(c: EdgeContext, input: unknown, frame: DecisionFrame): Promise<DecisionEvent> {
  if (input === undefined) return { send: null };
  const { token, consent, replay } = frame;
  const receivedAt = Date.now();
  const outcome = validateEvent(input, { receivedAt, replay });
  const addressed = "event" in outcome ? eventSubject(c, outcome.event, frame) : outcome;
  if ("subject" in addressed && "event" in outcome) {
    const { subject, handling } = addressed;
    const enriched = enrichEvent(c, outcome.event);
    if (!handling.profile) {
      const { visitor } = subject;
      c.executionCtx.waitUntil(keepDetached(c, [{ event: enriched, visitor }], receivedAt, replay));
      return { send: null, detached: true };
    }
    const event = await attributed(c, enriched, subject, frame.objectName ?? "");
    const recorded = handling.lake === "linked";
    return { send: { json: JSON.stringify([event]), receivedAt: replay ? null : receivedAt, recorded } };
  }
  const { code, message } = addressed as Refusal;
  if (code !== NO_CONSENT.code) {
    const rejection = { index: 0, id: eventIdOf(input), code, message, retryable: false };
    c.executionCtx.waitUntil(keepFailed(c, [input], [rejection], { token, receivedAt, stated: consent }));
  }
  return { send: null, rejection: { code, message } };
}

/** Whom the event is about, which must be the visitor of the decision, and what may become of it; or why nothing may. */
function eventSubject(
  c: EdgeContext,
  event: Event,
  frame: DecisionFrame,
): { readonly subject: Subject; readonly handling: Handling } | Refusal {
  const { ids, subject, token, minted, consent } = frame;
  if (subject === null) return { code: "identity_missing", message: "anonymousId, userId: the decision needs one" };
  const { anonymousId = ids.anonymousId, userId = ids.userId } = event;
  const own = subjectOf({ anonymousId, userId }, c.get("credential").kind, token, minted);
  if ("code" in own) return { code: own.code, message: `${own.field}: ${own.message}` };
  if (own.visitor.kind !== subject.visitor.kind || own.visitor.id !== subject.visitor.id) {
    return { code: "visitor_mismatch", message: "the event is about someone else than the decision" };
  }
  const stated = { ...consent, ...event.context?.consent };
  const handling = handlingOf(consentFor(c, token, stated));
  return isRefused(handling) ? NO_CONSENT : { subject: own, handling };
}
