// POST /v1/decide: hands a request to the decision Worker within the budget of the whole, and signs what came back.
// It always answers 200: what could not be had in time is named in `degraded`.
import { budgets, decisionLog } from "../../../nowcast.config.ts";
import { LIMITS } from "../../../src/events/limits.ts";
import { asObject, parseJson, readText } from "../../../src/http/body.ts";
import { decideHeadSchema } from "../../../src/http/contract.ts";
import { parseWith } from "../../../src/http/parse.ts";
import { ProblemError } from "../../../src/http/problem.ts";
import { isSampled } from "../../../src/lake/decision-rows.ts";
import { handlingOf } from "../../../src/privacy/consent.ts";
import type { Visitor } from "../../../src/privacy/names.ts";
import { decisionKey, signReceipt } from "../../../src/privacy/receipt.ts";
import {
  carriedOver,
  signVisitorToken,
  TOKEN_LIFETIME_MS,
  traitsOf,
  type VisitorToken,
} from "../../../src/privacy/visitor-token.ts";
import { placementsSchema } from "../../../src/ranking/request.ts";
import { runtimeTimer } from "../../../src/telemetry/budget.ts";
import { milliseconds, serverTiming } from "../../../src/telemetry/stages.ts";
import type { DecisionRequest } from "../../decision/run-decision.ts";
import { type AnswerHead, encodeRequest } from "../../decision/wire.ts";
import { consentFor, type StatedConsent, wholeConsent } from "../consent.ts";
import type { EdgeContext } from "../context.ts";
import { decideInTime } from "../decide-in-time.ts";
import { decisionEvent } from "../decision-event.ts";
import { drawNonce } from "../decision-nonce.ts";
import { requestContext } from "../enrich-event.ts";
import { isReplay } from "../guard.ts";
import { rotatedIdentity } from "../identity.ts";
import { asksForFields, shownWithFields } from "../item-fields.ts";
import { nameOfVisitor } from "../object-names.ts";
import { firstPartyCookie } from "../visitor-cookie.ts";
import { subjectOf, tokenOf, visitorToken as visitorTokenOf } from "../visitors.ts";

export async function postDecide(c: EdgeContext): Promise<Response> {
  const [credential, settings] = [c.get("credential"), c.get("settings")];
  const replay = isReplay(c.req.raw, credential.kind);
  const presented = await visitorTokenOf(c);
  // The event is read apart: what is wrong with it never blocks the decision.
  const body = parseJson(await readText(c.req.raw, LIMITS.requestBytes));
  const { event: rawEvent, placements: rawPlacements = {}, ...rawHead } = asObject(body);
  const head = parseWith(decideHeadSchema, rawHead);
  const placements = parseWith(placementsSchema, rawPlacements, ["placements"]);
  for (const field of ["ts", "budgetMs", "record"] as const) {
    if (head[field] !== undefined && credential.kind === "public") {
      throw new ProblemError(403, "secret_key_required", `${field} needs a secret key (sk_…).`, {
        errors: [{ field, message: "needs a secret key" }],
      });
    }
  }
  const now = head.ts ?? Date.now();
  const minted = mintedOnce();
  const named = subjectOf(head, credential.kind, presented, minted);
  if ("code" in named && named.code === "visitor_mismatch") {
    const { code, field, message } = named;
    throw new ProblemError(403, code, `${field}: ${message}`, { errors: [{ field, message }] });
  }
  const subject = "code" in named ? null : named;
  const token = subject === null ? null : tokenOf(presented, subject);
  // Whoever comes with a public key alone may tell of a visitor, but is shown nobody's profile.
  const verified = credential.kind === "secret" || presented !== null;
  const consent = head.context?.consent;
  const resolved = consentFor(c, token, consent);
  const mayPersonalize = verified && resolved.personalization;
  const visitor = subject === null ? null : await nameOfVisitor(c, subject.visitor);
  const event = await decisionEvent(c, rawEvent, {
    ids: head,
    subject,
    objectName: visitor,
    token,
    minted,
    consent,
    replay,
  });
  const nonce = drawNonce();
  const key = decisionKey(nonce);
  const isLogged =
    mayPersonalize &&
    handlingOf(resolved).lake === "linked" &&
    (head.record === true || isSampled(key, decisionLog.sampleRate));
  const anonymousId = mayPersonalize ? subject?.anonymousId : undefined;
  const request: DecisionRequest = {
    site: credential.site,
    nonce,
    visitor: mayPersonalize || event.send !== null ? visitor : null,
    anonymous: anonymousId === undefined ? null : await nameOfVisitor(c, { kind: "a", id: anonymousId }),
    context: requestContext(c, head.context, now),
    mayPersonalize,
    event: event.send,
    digest: token?.digest ?? null,
    placements,
    now,
    explain: head.explain,
    ...(head.seed === undefined ? {} : { seed: head.seed }),
    ...(head.budgetMs ? { profileBudgetMs: head.budgetMs.profile } : {}),
    ...(isLogged ? { recordAs: key } : {}),
  };
  const work = c.env.DECISION.decide(encodeRequest(request)) as Promise<string>;
  // The event that came along is recorded when the answer comes too late to be used, or nobody waits for it any more.
  if (event.send !== null) c.executionCtx.waitUntil(work.catch(() => {}));
  const { head: answer, placements: decided } = await decideInTime(request, work, budgets.decisionMs, runtimeTimer);
  const holder = verified ? (subject?.visitor ?? null) : ({ kind: "a", id: minted() } as const);
  const fresh = freshToken(c, token, holder, verified ? answer : null, consent);
  const [shown, decisionId, visitorToken, cookie] = await Promise.all([
    asksForFields(placements) ? shownWithFields(c, placements, decided) : decided,
    signReceipt(answer.receipt, settings.signing),
    fresh && signVisitorToken({ ...fresh, expiresAt: Date.now() + TOKEN_LIFETIME_MS }, settings.signing),
    fresh && resolved.personalization ? firstPartyCookie(c, fresh) : null,
  ]);
  const timings = { ...answer.timings, total: milliseconds(c.get("startedAt"), Date.now()) };
  const status = event.rejection ? "rejected" : event.detached ? "pending" : answer.eventStatus;
  const before = {
    decisionId,
    site: credential.site,
    snapshot: answer.snapshot,
    itemEpoch: answer.itemEpoch,
    ...(status === "none" ? {} : { event: { status, ...event.rejection } }),
    ...(answer.profile ? { profile: answer.profile } : {}),
    ...(answer.rotated && anonymousId !== undefined ? { identities: [rotatedIdentity(anonymousId)] } : {}),
  };
  const after = {
    degraded: answer.degraded,
    timings,
    // What the cookie holds no script is to see.
    ...(visitorToken === null || cookie !== null ? {} : { visitorToken }),
  };
  // What was decided is text already.
  const text = `${JSON.stringify(before).slice(0, -1)},"placements":${shown},${JSON.stringify(after).slice(1)}`;
  return new Response(text, {
    headers: {
      "content-type": "application/json",
      "server-timing": serverTiming(timings),
      "cache-control": "private, no-store",
      ...(cookie === null ? {} : { "set-cookie": cookie }),
    },
  });
}

/** An id for whoever names nobody: the same each time it is asked for, and none made for those who are not asked. */
function mintedOnce(): () => string {
  let minted: string | null = null;
  return () => {
    minted ??= crypto.randomUUID();
    return minted;
  };
}

/**
 * A token for the visitor of the decision, with the newest digest; null where nobody is named. Whom a public key merely
 * named gets none that would make the name true: the token is for the visitor minted in this request.
 * @param answer what the visitor may be told of themselves; null for one who is not verified
 */
function freshToken(
  c: EdgeContext,
  token: VisitorToken | null,
  visitor: Visitor | null,
  answer: Pick<AnswerHead, "digest" | "profile"> | null,
  stated: StatedConsent | undefined,
): Omit<VisitorToken, "expiresAt"> | null {
  if (visitor === null) return null;
  const consent = token?.consent ?? wholeConsent(c, stated);
  return {
    site: c.get("credential").site,
    visitor,
    ...carriedOver(token, visitor),
    ...(answer?.profile ? { traits: traitsOf(answer.profile) } : {}),
    ...(consent ? { consent } : {}),
    ...(answer?.digest ? { digest: answer.digest } : {}),
  };
}
