// One visit of a page of the site, by what Nowcast's API tells of it.
import type { PageDecision, SlotRequests } from "../src/html/page-decisions.ts";
import type { PageVisit } from "../src/html/personalize.ts";
import { hash32 } from "../src/kernels/hash.ts";
import { runtimeTimer, withinBudget } from "../src/telemetry/budget.ts";
import { ApiError, type NowcastApi } from "./api.ts";
import { type Choice, choiceOf } from "./consent.ts";
import { type CarriedToken, cookieFor, noCookie, readToken, tokenOf } from "./visitor-cookie.ts";

/** How long a page's head waits for a new visitor's token; without one they are new again on the next page. */
const NEW_TOKEN_MS = 20;
const MAX_TEXT = 1_000;

export interface VisitPorts {
  readonly api: NowcastApi;
  /** Keeps work alive after the answer. */
  readonly waitUntil: (work: Promise<unknown>) => void;
  readonly requireConsent: boolean;
}

/** @throws nothing: who cannot be told from others is nobody */
export async function beginVisit(request: Request, ports: VisitPorts): Promise<PageVisit> {
  const token = readToken(request);
  const choice = choiceOf(request, token, ports.requireConsent);
  const mayKnow = choice?.personalization !== false;
  const looks = isView(request);
  const fresh = token === null && mayKnow && looks ? await newToken(ports.api) : null;
  return new ApiVisit(request, ports, { token, fresh, choice, looks });
}

async function newToken(api: NowcastApi): Promise<CarriedToken | null> {
  const result = await withinBudget(api.post("/v1/visitors", {}, null), NEW_TOKEN_MS, runtimeTimer);
  return "value" in result ? tokenOf(result.value.visitorToken) : null;
}

/** Whether somebody looks at the page now: not what a script fetches, a frame shows, or a browser fetches in advance. */
function isView(request: Request): boolean {
  const destination = request.headers.get("sec-fetch-dest");
  if (destination !== null && destination !== "document") return false;
  return !/prefetch|prerender/i.test(request.headers.get("sec-purpose") ?? request.headers.get("purpose") ?? "");
}

interface VisitFacts {
  /** That came with the request. */
  readonly token: CarriedToken | null;
  /** Of a visitor who is new with this request. */
  readonly fresh: CarriedToken | null;
  readonly choice: Choice | null;
  readonly looks: boolean;
}

class ApiVisit implements PageVisit {
  readonly plain: PageVisit["plain"];
  readonly pageView: string | null;
  readonly #request: Request;
  readonly #ports: VisitPorts;
  readonly #facts: VisitFacts;
  #token: CarriedToken | null;
  #isTokenRefused = false;
  #isRecorded = false;

  constructor(request: Request, ports: VisitPorts, facts: VisitFacts) {
    this.#request = request;
    this.#ports = ports;
    this.#facts = facts;
    this.#token = facts.fresh ?? facts.token;
    const { choice, looks } = facts;
    this.plain = choice?.personalization === false ? "no-consent" : null;
    const isKept = choice === null || choice.analytics || choice.personalization;
    this.pageView = looks && isKept && this.#token !== null ? crypto.randomUUID() : null;
  }

  async decide(placements: SlotRequests): Promise<PageDecision> {
    const { token } = this.#facts;
    const asked = Object.fromEntries(
      Object.entries(placements).map(([name, request]) => [name, { ...request, itemFields: ITEM_FIELDS }]),
    );
    const context = this.#context();
    // Of who is new nothing is known: nobody is asked for, and the page view goes by itself.
    if (token === null || this.#isTokenRefused) {
      this.record();
      return (await this.#post("/v1/decide", { placements: asked, context }, null)) as unknown as PageDecision;
    }
    const event = this.#takeEvent();
    const body = { placements: asked, context, ...(event === null ? {} : { event }) };
    const work = this.#post("/v1/decide", body, token);
    this.#ports.waitUntil(work.catch(() => {}));
    const answer = await work;
    this.#token = tokenOf(answer.visitorToken) ?? this.#token;
    return answer as unknown as PageDecision;
  }

  /** A token that Nowcast does not take is dropped, and the page is one for nobody in particular. */
  async #post(path: string, body: object, token: CarriedToken | null): Promise<Readonly<Record<string, unknown>>> {
    try {
      return await this.#ports.api.post(path, body, token?.text ?? null);
    } catch (error) {
      const isRefused = error instanceof ApiError && error.status === 401 && error.code.startsWith("visitor_token_");
      if (token === null || !isRefused) throw error;
      this.#isTokenRefused = true;
      const { event: _, ...rest } = body as { readonly event?: unknown };
      return this.#ports.api.post(path, rest, null);
    }
  }

  record(): void {
    const event = this.#takeEvent();
    const token = this.#token;
    if (event === null || token === null) return;
    const work = this.#ports.api.post("/v1/events", event, token.text);
    this.#ports.waitUntil(
      work.catch((error) => console.error({ message: "a page view was not recorded", error: String(error) })),
    );
  }

  /** The page view, once. */
  #takeEvent(): object | null {
    if (this.#isRecorded || this.pageView === null) return null;
    this.#isRecorded = true;
    return { id: this.pageView, type: "page_view", context: this.#context() };
  }

  /** What the visitor's own request tells, since ours to Nowcast does not. */
  #context(): object {
    const { headers, url } = this.#request;
    const cf = (this.#request as { readonly cf?: Readonly<Record<string, unknown>> }).cf ?? {};
    const said = { userAgent: headers.get("user-agent"), country: cf.country, city: cf.city, timezone: cf.timezone };
    const known = Object.entries(said).filter(([, value]) => typeof value === "string" && value !== "");
    const referrer = headers.get("referer");
    return {
      ...(url.length <= MAX_TEXT ? { url } : {}),
      ...(referrer !== null && referrer.length <= MAX_TEXT ? { referrer } : {}),
      ...Object.fromEntries(
        known.map(([name, value]) => [name, String(value).slice(0, name === "userAgent" ? MAX_TEXT : 40)]),
      ),
      ...(this.#facts.choice === null ? {} : { consent: this.#facts.choice }),
    };
  }

  chooseVariant(placement: string, variants: readonly string[]): string {
    // Without consent nobody is told apart: the first is what the page shows by itself.
    const id = this.plain === null ? this.#token?.visitorId : undefined;
    return variants[id === undefined ? 0 : hash32(`${placement}\n${id}`) % variants.length] ?? "";
  }

  headers(): readonly (readonly [string, string])[] {
    const { token } = this.#facts;
    if (this.#isTokenRefused) return [["set-cookie", noCookie(this.#request)]];
    const isNew = this.plain === null && this.#token !== null && this.#token !== token;
    return isNew ? [["set-cookie", cookieFor(this.#token as CarriedToken, this.#request)]] : [];
  }
}

const ITEM_FIELDS = ["title", "url", "image", "price", "currency", "brand", "category", "attributes"];
