// One visit of a page of the site: the cookie that it leaves, the one decision for the page, and the page view, which
// is recorded by the call to the visitor's object that the decision makes anyway.
import { budgets, decisionLog } from "../../../nowcast.config.ts";
import { DISPLAY_FIELDS } from "../../../src/catalog/display.ts";
import type { Event } from "../../../src/events/event.ts";
import { LIMITS } from "../../../src/events/limits.ts";
import type { Variants } from "../../../src/experiments/site-plan.ts";
import type { PageDecision, SlotRequests } from "../../../src/html/page-decisions.ts";
import type { PageVisit } from "../../../src/html/personalize.ts";
import { hash32 } from "../../../src/kernels/hash.ts";
import { isSampled } from "../../../src/lake/decision-rows.ts";
import { isRefused } from "../../../src/privacy/consent.ts";
import type { Visitor } from "../../../src/privacy/names.ts";
import { decisionKey, signReceipt } from "../../../src/privacy/receipt.ts";
import { type Traits, traitsOf } from "../../../src/privacy/visitor-token.ts";
import type { SessionDigest } from "../../../src/profile/digest.ts";
import type { PlacementRequest } from "../../../src/ranking/request.ts";
import { runtimeTimer, withinBudget } from "../../../src/telemetry/budget.ts";
import type { DecisionAnswer, DecisionRequest } from "../../decision/run-decision.ts";
import { type AnswerHead, decodeAnswer, encodeRequest } from "../../decision/wire.ts";
import type { EdgeContext } from "../context.ts";
import { drawNonce } from "../decision-nonce.ts";
import { keepDetached } from "../detached-events.ts";
import { enrichEvent, requestContext } from "../enrich-event.ts";
import { mergeVisitor } from "../identity.ts";
import { attributed } from "../ingest.ts";
import { displayOf, withItemFields } from "../item-fields.ts";
import { nameOfVisitor } from "../object-names.ts";
import { ingestInto } from "../objects.ts";
import { cookieFor, isDue } from "../visitor-cookie.ts";
import type { SiteVisitor } from "./who.ts";

/** What of the site's configuration a visit is part of. */
export interface VisitPlan {
  /** In which the page is shown: they go into the page view. */
  readonly variants: Variants;
  /** Set-Cookie lines. */
  readonly cookieLines: readonly string[];
  /** The item that the page is about, where its path says so. */
  readonly item?: string | null;
}

export async function beginVisit(c: EdgeContext, who: SiteVisitor, plan: VisitPlan): Promise<EdgeVisit> {
  const visit = new EdgeVisit(c, who, plan);
  await visit.open();
  return visit;
}

export class EdgeVisit implements PageVisit {
  readonly plain: PageVisit["plain"];
  readonly pageView: string | null;
  readonly itemView: string | null;
  readonly #c: EdgeContext;
  readonly #facts: SiteVisitor;
  readonly #plan: VisitPlan;
  /** Of the cookie: another than came when that turns out to be of somebody else. */
  #bearer: Visitor;
  #isMergeDue: boolean;
  #traits: Traits | null;
  #cookie: string | null = null;
  #isRecorded = false;

  constructor(c: EdgeContext, facts: SiteVisitor, plan: VisitPlan) {
    this.#c = c;
    this.#facts = facts;
    this.#plan = plan;
    this.#bearer = facts.visitor;
    this.#isMergeDue = facts.token?.isMergeDue ?? false;
    this.#traits = facts.token?.traits ?? null;
    this.plain = facts.handling.profile ? null : "no-consent";
    this.pageView = facts.isView && !isRefused(facts.handling) ? crypto.randomUUID() : null;
    this.itemView = this.pageView === null ? null : (plan.item ?? null);
  }

  /** What the profile says of the visitor: by the cookie until a decision has told; null while nothing has. */
  get traits(): Traits | null {
    return this.#traits;
  }

  /** A new visitor's cookie is signed before the page begins: headers do not wait for decisions. */
  async open(): Promise<void> {
    const { token, user, handling, isView, now } = this.#facts;
    if (!handling.profile || (token === null && !isView)) return;
    const isNamed = user !== null && (token?.user !== user.name || token.isMergeDue === true);
    if (isNamed) this.#isMergeDue = !(await this.#becomes(user.name));
    if (isNamed || token === null || isDue(token, now)) await this.#renew(token?.digest);
  }

  /** The anonymous visitor turns out to be a user. @returns whether that is settled: else the next page tries again */
  async #becomes(user: string): Promise<boolean> {
    const { id } = this.#bearer;
    const merging = mergeVisitor(this.#c, { id, name: await nameOfVisitor(this.#c, this.#bearer) }, user);
    this.#c.executionCtx.waitUntil(merging.then(() => {}));
    const note = await withinBudget(merging, budgets.profileMs, runtimeTimer);
    if (!("value" in note) || note.value.status === "pending") return false;
    if (note.value.newAnonymousId === undefined) return true;
    // An id that is another user's stays theirs.
    this.#bearer = { kind: "a", id: note.value.newAnonymousId };
    return false;
  }

  async #renew(digest: SessionDigest | undefined): Promise<void> {
    const { site } = this.#c.get("credential");
    const { token, user, consent } = this.#facts;
    const bearer = user?.name ?? token?.user;
    const traits = this.#traits;
    this.#cookie = await cookieFor(this.#c, {
      site,
      visitor: this.#bearer,
      ...(bearer ? { user: bearer } : {}),
      ...(bearer && this.#isMergeDue ? { isMergeDue: true } : {}),
      ...(traits ? { traits } : {}),
      ...(consent ? { consent } : {}),
      ...(digest ? { digest } : {}),
    });
  }

  headers(): readonly (readonly [string, string])[] {
    const lines = [...(this.#cookie === null ? [] : [this.#cookie]), ...this.#plan.cookieLines];
    return lines.map((line) => ["set-cookie", line] as const);
  }

  chooseVariant(placement: string, variants: readonly string[]): string {
    const { visitor, handling } = this.#facts;
    // Without a profile nobody is told apart: the first is what the page shows by itself.
    const at = handling.profile ? hash32(`${placement}\n${visitor.id}`) % variants.length : 0;
    return variants[at] ?? "";
  }

  async decide(placements: SlotRequests): Promise<PageDecision> {
    const c = this.#c;
    const { token, visitor, user, now } = this.#facts;
    const { site } = c.get("credential");
    // Nothing is known of who is new: no object is asked, and the page view goes there by itself when the page is out.
    const name = user?.name ?? (token === null ? null : await nameOfVisitor(c, visitor));
    const event = name === null ? null : await this.#eventFor(name);
    const nonce = drawNonce();
    const key = decisionKey(nonce);
    const isLogged = name !== null && this.#facts.handling.lake === "linked" && isSampled(key, decisionLog.sampleRate);
    const request: DecisionRequest = {
      site,
      nonce,
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
    const work = c.env.DECISION.decide(encodeRequest(request)) as Promise<string>;
    // The page may be over before: what was begun is finished, the record of the page view first of all.
    c.executionCtx.waitUntil(work.then(() => {}).catch(() => {}));
    const { head: answer, placements: decided } = decodeAnswer(await work);
    const [shown, decisionId] = await Promise.all([
      withItemFields(c, withFields(placements), JSON.parse(decided) as DecisionAnswer["placements"]),
      signReceipt(answer.receipt, c.get("settings").signing),
      this.#keepNews(answer),
    ]);
    return { decisionId, placements: shown };
  }

  /** The newest touches and traits go into the cookie when the page's head has not gone out yet. */
  async #keepNews({ digest, profile }: AnswerHead): Promise<void> {
    const { token } = this.#facts;
    const before = this.#traits;
    if (profile !== undefined) this.#traits = traitsOf(profile);
    if (token === null) return;
    const isSame = digest === null || sameTouches(digest, token.digest);
    if (isSame && JSON.stringify(before) === JSON.stringify(this.#traits)) return;
    await this.#renew(digest ?? token.digest);
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
    const { handling, now, token, user } = this.#facts;
    const visitor = user?.visitor ?? this.#facts.visitor;
    if (token === null && user === null && !(await mayCreateVisitor(c))) return;
    if (!handling.profile) {
      const detached = (await this.#views()).map((event) => ({ event: enrichEvent(c, event), visitor }));
      await keepDetached(c, detached, now, false);
      return;
    }
    const name = user?.name ?? (await nameOfVisitor(c, visitor));
    const events = await this.#viewsFor(visitor, name);
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
    const { handling, now, user } = this.#facts;
    const visitor = user?.visitor ?? this.#facts.visitor;
    const json = await this.#viewsFor(visitor, name);
    return { json, receivedAt: now, recorded: handling.lake === "linked" };
  }

  /** JSON of the events as the visitor's object takes them. */
  async #viewsFor(visitor: Visitor, name: string): Promise<string> {
    const c = this.#c;
    const events = (await this.#views()).map((event) => attributed(c, enrichEvent(c, event), { visitor }, name));
    return JSON.stringify(await Promise.all(events));
  }

  /** The page view, and the view of the item that the page is about, as the catalogue has it. */
  async #views(): Promise<Event[]> {
    const view = this.#pageViewEvent();
    if (this.itemView === null) return [view];
    const { category, price } = (await displayOf(this.#c, this.itemView)) ?? {};
    const item = {
      id: this.itemView,
      ...(category === undefined ? {} : { category }),
      ...(price === undefined ? {} : { price }),
    };
    return [view, { ...view, id: `${view.id}-item`, type: "view_item", items: [item] }];
  }

  #pageViewEvent(): Event {
    const context = this.#pageContext();
    const { variants } = this.#plan;
    const properties = variants.size === 0 ? {} : { properties: { experiments: Object.fromEntries(variants) } };
    return { id: this.pageView ?? "", type: "page_view", ts: this.#facts.now, context, ...properties };
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
