// One visit of a page of the site: who it is, what may be known of them, the one decision for the page, and the page view, which
// is recorded by the call to the visitor's object that the decision makes anyway.
import { decisionLog } from "../../../nowcast.config.ts";
import { DISPLAY_FIELDS } from "../../../src/catalog/display.ts";
import type { Event } from "../../../src/events/event.ts";
import { LIMITS } from "../../../src/events/limits.ts";
import type { PageDecision, SlotRequests } from "../../../src/html/page-decisions.ts";
import type { PageVisit } from "../../../src/html/personalize.ts";
import { hash32 } from "../../../src/kernels/hash.ts";
import { isSampled } from "../../../src/lake/decision-rows.ts";
import { type Handling, handlingOf, isRefused } from "../../../src/privacy/consent.ts";
import type { Visitor } from "../../../src/privacy/names.ts";
import { decisionKey, signReceipt } from "../../../src/privacy/receipt.ts";
import { type VisitorToken, verifyVisitorToken } from "../../../src/privacy/visitor-token.ts";
import type { SessionDigest } from "../../../src/profile/digest.ts";
import type { PlacementRequest } from "../../../src/ranking/request.ts";
import type { DecisionAnswer, DecisionRequest } from "../../decision/run-decision.ts";
import { consentFor } from "../consent.ts";
import type { EdgeContext } from "../context.ts";
import { keepDetached } from "../detached-events.ts";
import { enrichEvent, requestContext } from "../enrich-event.ts";
import { attributed } from "../ingest.ts";
import { withItemFields } from "../item-fields.ts";
import { nameOfVisitor } from "../object-names.ts";
import { ingestInto } from "../objects.ts";
import { receiptPlacements } from "../routes/decide.ts";
import { cookieFor, isDue, readCookie, VISITOR_COOKIE } from "../visitor-cookie.ts";

/** Who visits a page. A token that is forged, expired or of another site is as good as none. */
export async function beginVisit(c: EdgeContext): Promise<PageVisit> {
  const now = Date.now();
  const token = await tokenOf(c, now);
  const handling = handlingOf(consentFor(c, token, undefined));
  const visitor: Visitor = token?.visitor ?? { kind: "a", id: crypto.randomUUID() };
  const visit = new EdgeVisit(c, { visitor, token, handling, now, isView: isView(c.req.raw) });
  await visit.open();
  return visit;
}

async function tokenOf(c: EdgeContext, now: number): Promise<VisitorToken | null> {
  const text = readCookie(c.req.header("cookie"), VISITOR_COOKIE);
  if (text === undefined) return null;
  const token = await verifyVisitorToken(text, c.var.credential.site, now, c.var.settings.signing);
  return typeof token === "string" ? null : token;
}

/** Whether somebody looks at the page now: not what a script fetches, a frame shows, or a browser fetches in advance. */
function isView(request: Request): boolean {
  const destination = request.headers.get("sec-fetch-dest");
  if (destination !== null && destination !== "document") return false;
  return !/prefetch|prerender/i.test(request.headers.get("sec-purpose") ?? request.headers.get("purpose") ?? "");
}

interface VisitFacts {
  readonly visitor: Visitor;
  /** Null for a visitor who is new with this request. */
  readonly token: VisitorToken | null;
  readonly handling: Handling;
  readonly now: number;
  readonly isView: boolean;
}

class EdgeVisit implements PageVisit {
  readonly plain: PageVisit["plain"];
  readonly pageView: string | null;
  readonly #c: EdgeContext;
  readonly #facts: VisitFacts;
  #cookie: string | null = null;
  #isRecorded = false;

  constructor(c: EdgeContext, facts: VisitFacts) {
    this.#c = c;
    this.#facts = facts;
    this.plain = facts.handling.profile ? null : "no-consent";
    this.pageView = facts.isView && !isRefused(facts.handling) ? crypto.randomUUID() : null;
  }

  /** A new visitor's cookie is signed before the page begins: headers do not wait for decisions. */
  async open(): Promise<void> {
    const { token, visitor, handling, isView, now } = this.#facts;
    if (!handling.profile) return;
    if (token === null ? isView : isDue(token, now)) await this.#renew(visitor, token?.digest);
  }

  async #renew(visitor: Visitor, digest: SessionDigest | undefined): Promise<void> {
    const { site } = this.#c.var.credential;
    const { token } = this.#facts;
    const consent = token?.consent === undefined ? {} : { consent: token.consent };
    this.#cookie = await cookieFor(this.#c, { site, visitor, ...consent, ...(digest ? { digest } : {}) });
  }

  headers(): readonly (readonly [string, string])[] {
    return this.#cookie === null ? [] : [["set-cookie", this.#cookie]];
  }

  chooseVariant(placement: string, variants: readonly string[]): string {
    const { visitor, handling } = this.#facts;
    // Without a profile nobody is told apart: the first is what the page shows by itself.
    const at = handling.profile ? hash32(`${placement}\n${visitor.id}`) % variants.length : 0;
    return variants[at] ?? "";
  }

  async decide(placements: SlotRequests): Promise<PageDecision> {
    const c = this.#c;
    const { token, visitor, now } = this.#facts;
    const { site } = c.var.credential;
    // Nothing is known of who is new: no object is asked, and the page view goes there by itself.
    const name = token === null ? null : await nameOfVisitor(c, visitor);
    const event = name === null ? null : await this.#eventFor(name);
    if (name === null) this.record();
    const nonce = crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
    const key = decisionKey(nonce);
    const isLogged = token !== null && this.#facts.handling.lake === "linked" && isSampled(key, decisionLog.sampleRate);
    const request: DecisionRequest = {
      site,
      visitor: name,
      anonymous: null,
      context: requestContext(c, this.#pageContext(), now),
      mayPersonalize: name !== null,
      event,
      digest: token?.digest ?? null,
      placements: placements as Readonly<Record<string, PlacementRequest>>,
      now,
      explain: false,
      ...(isLogged ? { recordAs: key } : {}),
    };
    const work = c.env.DECISION.decide(request) as Promise<DecisionAnswer>;
    // The page may be over before: what was begun is finished, the record of the page view first of all.
    c.executionCtx.waitUntil(work.then(() => {}).catch(() => {}));
    const answer = await work;
    const [shown, decisionId] = await Promise.all([
      withItemFields(c, withFields(placements), answer.placements),
      signReceipt(
        {
          nonce,
          site,
          visitor: name ?? "",
          at: now,
          seq: answer.profile?.seq ?? 0,
          snapshot: answer.snapshot,
          itemEpoch: answer.itemEpoch,
          placements: receiptPlacements(answer.placements),
        },
        c.var.settings.signing,
      ),
      this.#keepDigest(answer.digest),
    ]);
    return { decisionId, placements: shown };
  }

  /** The newest touches go into the cookie when the page's head has not gone out yet. */
  async #keepDigest(digest: SessionDigest | null): Promise<void> {
    const { token, visitor } = this.#facts;
    if (token === null || digest === null || sameTouches(digest, token.digest)) return;
    await this.#renew(visitor, digest);
  }

  record(): void {
    if (this.#isRecorded || this.pageView === null) return;
    this.#isRecorded = true;
    const c = this.#c;
    c.executionCtx.waitUntil(
      this.#record().catch((error) => {
        console.error({ message: "a page view was not recorded", error: String(error) });
      }),
    );
  }

  async #record(): Promise<void> {
    const c = this.#c;
    const { visitor, handling, now, token } = this.#facts;
    if (token === null && !(await mayCreateVisitor(c))) return;
    const event = enrichEvent(c, this.#pageViewEvent());
    if (!handling.profile) {
      await keepDetached(c, [{ event, visitor }], now, false);
      return;
    }
    const name = await nameOfVisitor(c, visitor);
    const events = JSON.stringify([await attributed(c, event, { visitor }, name)]);
    await ingestInto(c.env.VISITOR_PROFILE, {
      name,
      events,
      receivedAt: now,
      recorded: handling.lake === "linked",
      anonymous: [],
    });
  }

  /** The page view, to be recorded by the decision's call: once. */
  async #eventFor(name: string): Promise<DecisionRequest["event"]> {
    if (this.#isRecorded || this.pageView === null) return null;
    this.#isRecorded = true;
    const { visitor, handling, now } = this.#facts;
    const event = await attributed(this.#c, enrichEvent(this.#c, this.#pageViewEvent()), { visitor }, name);
    return { json: JSON.stringify([event]), receivedAt: now, recorded: handling.lake === "linked" };
  }

  #pageViewEvent(): Event {
    const context = this.#pageContext();
    return { id: this.pageView ?? "", type: "page_view", ts: this.#facts.now, context };
  }

  #pageContext(): { url?: string; referrer?: string } {
    const { url } = this.#c.req.raw;
    const referrer = this.#c.req.header("referer");
    return {
      ...(url.length <= LIMITS.urlBytes ? { url } : {}),
      ...(referrer && referrer.length <= LIMITS.urlBytes ? { referrer } : {}),
    };
  }
}

/** Whoever comes without a cookie makes an object: bounded by address, as all that comes without a key of its own. */
async function mayCreateVisitor(c: EdgeContext): Promise<boolean> {
  const { success } = await c.env.RATE_LIMITER.limit({ key: c.req.header("cf-connecting-ip") ?? "unknown" });
  return success;
}

const FIELDS = { itemFields: DISPLAY_FIELDS } as const;

function withFields(placements: SlotRequests): Readonly<Record<string, typeof FIELDS>> {
  return Object.fromEntries(Object.keys(placements).map((name) => [name, FIELDS]));
}

function sameTouches(a: SessionDigest, b: SessionDigest | undefined): boolean {
  return a.touches.length === b?.touches.length && a.touches.every(([id], i) => id === b.touches[i]?.[0]);
}
