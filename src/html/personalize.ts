// The middleware's core: one request for a page, from the origin to the visitor. It knows neither Workers nor Nowcast's own
// objects: who the visitor is, what is decided and where the page comes from are ports, so that the edge Worker calls it
// in-process and another Worker or a server calls it with a Nowcast behind HTTP.
import { type Timer, withinBudget } from "../telemetry/budget.ts";
import { escapeAttribute } from "./attributes.ts";
import { scriptPermission } from "./csp.ts";
import type { FallbackReason } from "./fill.ts";
import { type PageDecision, PageDecisions, type SlotRequests } from "./page-decisions.ts";
import { personalizedBody } from "./page-stream.ts";
import type { SlotMemory } from "./slot-memory.ts";
import { type Slot, type SlotDefaults, slotOf } from "./slots.ts";

/** One visit of a page. */
export interface PageVisit {
  /** Why slots keep what the origin wrote, such as `no-consent`; null when they are filled. */
  readonly plain: FallbackReason | null;
  /** Id of the page_view event that this visit records, for the browser not to record another; null when it records none. */
  readonly pageView: string | null;
  /** The item whose view this visit records besides, for the page not to tell of it again. */
  readonly itemView?: string | null;
  /** Decides for slots. The first call may record the page view on its way. */
  decide(placements: SlotRequests): Promise<PageDecision>;
  /** The page has ended: records its page view where no decision has. */
  record(): void;
  chooseVariant(placement: string, variants: readonly string[]): string;
  /** Headers to be added, such as Set-Cookie: asked for when the origin's are there, by which time a decision may be. */
  headers(): readonly (readonly [name: string, value: string])[];
}

export interface PageScript {
  readonly src: string;
  readonly key: string;
  readonly base: string;
  /** Whether it does nothing before the visitor has said yes. */
  readonly requireConsent: boolean;
}

export interface PageSite {
  /** Of named templates. */
  readonly templates: Readonly<Record<string, string>>;
  /** What the configuration says of a slot. */
  readonly defaultsOf: (placement: string) => SlotDefaults | undefined;
  /** Placements that the page is known to have by configuration. */
  readonly slotsOf: (path: string) => readonly string[] | undefined;
  /** The browser's script; null for none. */
  readonly script: PageScript | null;
}

export interface PersonalizePorts {
  readonly fetchOrigin: (request: Request) => Promise<Response>;
  /** Who visits, and what holds on the site; null when the page is to be left alone. */
  readonly begin: (request: Request) => Promise<{ readonly visit: PageVisit; readonly site: PageSite } | null>;
  /** Milliseconds that a decision may take, that a slot waits for its end, and that an answer waits for `begin`. */
  readonly budgetMs: number;
  readonly memory: SlotMemory;
  /** What others have seen of pages that this memory does not know; absent where there are no others. */
  readonly shared?: {
    recall(path: string): Promise<readonly Slot[] | null>;
    share(path: string, slots: readonly Slot[]): void;
  };
  readonly timer: Timer;
  /** Epoch ms. */
  readonly clock: () => number;
}

/** What the origin says of its own page is not true of the visitor's. */
const OF_THE_ORIGINAL = [
  "content-length",
  "content-encoding",
  "content-md5",
  "content-digest",
  "repr-digest",
  "digest",
  "etag",
  "last-modified",
  "accept-ranges",
  "age",
  "expires",
  "pragma",
  "cdn-cache-control",
  "cloudflare-cdn-cache-control",
  "surrogate-control",
];

/**
 * The origin's answer, personalized where it is a page. Whatever fails on the way, the visitor gets what the origin sent.
 * @throws what `fetchOrigin` throws, and nothing else
 */
export async function personalize(request: Request, ports: PersonalizePorts): Promise<Response> {
  if (!mayBePage(request)) return ports.fetchOrigin(request);
  const path = pathOf(request.url);
  // Who visits is found out, and what to show them decided, while the origin makes the page.
  const answering = ports.fetchOrigin(request);
  const beginning = begin(request, path, answering, ports).catch((error) => {
    logFailure(error);
    return null;
  });
  const answer = await answering;
  if (!isPage(answer)) return answer;
  try {
    const begun = await withinBudget(beginning, ports.budgetMs, ports.timer);
    if (!("value" in begun) || begun.value === null) return answer;
    return personalizedAnswer(path, answer, begun.value, ports);
  } catch (error) {
    logFailure(error);
    return answer;
  }
}

interface BegunVisit {
  readonly visit: PageVisit;
  readonly site: PageSite;
  readonly decisions: PageDecisions;
  /** Slots that the page is known to have. */
  readonly expected: readonly Slot[];
}

/**
 * Milliseconds after which the decision begins though the origin has not answered. One that is faster has its head sent first:
 * ranking takes the isolate's thread, and a page that is there must not wait for it.
 */
const HEAD_START_MS = 5;

async function begin(
  request: Request,
  path: string,
  answering: Promise<unknown>,
  ports: PersonalizePorts,
): Promise<BegunVisit | null> {
  const begun = await ports.begin(request);
  if (begun === null) return null;
  const { visit, site } = begun;
  const { timer, clock, budgetMs, memory, shared } = ports;
  const decisions = new PageDecisions({ decide: (placements) => visit.decide(placements), timer, clock, budgetMs });
  if (visit.plain !== null) return { visit, site, decisions, expected: [] };
  const known = memory.known(path) ?? configuredSlots(path, site);
  const expected = [...(known ?? [])];
  let hasAnswered = false;
  answering
    .finally(() => {
      hasAnswered = true;
    })
    .catch(() => {});
  if (known === null) {
    shared
      ?.recall(path)
      .then((slots) => {
        expected.push(...(slots ?? []));
        // Of an origin that was faster the page itself says what it has.
        if (!hasAnswered) decisions.ask(expected);
      })
      .catch(logFailure);
  } else if (expected.length > 0) {
    const { rings, cancel } = timer(HEAD_START_MS);
    rings.then(() => decisions.ask(expected)).catch(logFailure);
    answering.then(cancel, cancel);
  }
  return { visit, site, decisions, expected };
}

function logFailure(error: unknown): void {
  console.error({
    message: "a page was not personalized",
    error: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
}

function personalizedAnswer(
  path: string,
  answer: Response,
  { visit, site, decisions, expected }: BegunVisit,
  { budgetMs, memory, shared, timer }: PersonalizePorts,
): Response {
  const headers = visitorsHeaders(answer);
  for (const [name, value] of visit.headers()) headers.append(name, value);
  const policies = headers.get("content-security-policy");
  const body = personalizedBody(answer.body as ReadableStream<Uint8Array>, {
    decisions,
    expected,
    templates: site.templates,
    defaultsOf: site.defaultsOf,
    chooseVariant: (placement, variants) => visit.chooseVariant(placement, variants),
    plain: visit.plain,
    headHtml: (nonce) => scriptTag(site.script, visit, scriptPermission(policies, nonce)),
    asciiOnly: charsetOf(answer) === null,
    onEnd(slots) {
      if (slots !== null && memory.learn(path, slots)) shared?.share(path, slots);
      visit.record();
    },
    timer,
    holdMs: budgetMs,
  });
  return new Response(body, { status: answer.status, statusText: answer.statusText, headers });
}

/** The headers of a page that has been changed for its visitor. */
export function visitorsHeaders(answer: Response): Headers {
  const headers = new Headers(answer.headers);
  for (const name of OF_THE_ORIGINAL) headers.delete(name);
  headers.set("cache-control", "private, no-store");
  return headers;
}

function configuredSlots(path: string, { slotsOf, defaultsOf }: PageSite): readonly Slot[] | null {
  return slotsOf(path)?.map((placement) => slotOf(placement, defaultsOf(placement))) ?? null;
}

/** What is no GET is none; neither is what a script, a picture or a style sheet asks for. */
export function mayBePage(request: Request): boolean {
  if (request.method !== "GET" || request.headers.has("upgrade")) return false;
  const destination = request.headers.get("sec-fetch-dest");
  if (destination !== null) return destination === "document" || destination === "iframe" || destination === "empty";
  const accept = request.headers.get("accept");
  return accept === null || /text\/html|\*\/\*/i.test(accept);
}

export function isPage(answer: Response): boolean {
  if (answer.status !== 200 || answer.body === null) return false;
  if (!/^\s*text\/html\s*(?:;|$)/i.test(answer.headers.get("content-type") ?? "")) return false;
  if (/attachment/i.test(answer.headers.get("content-disposition") ?? "")) return false;
  // What the runtime does not decode by itself stays as it is.
  if (!/^\s*(?:identity|gzip|x-gzip|br)?\s*$/i.test(answer.headers.get("content-encoding") ?? "")) return false;
  const charset = charsetOf(answer);
  return charset === null || /^utf-?8$/i.test(charset);
}

/** As the header says it; null where it does not. */
export function charsetOf(answer: Response): string | null {
  return /;\s*charset\s*=\s*"?([^\s";]+)/i.exec(answer.headers.get("content-type") ?? "")?.[1] ?? null;
}

function scriptTag(
  script: PageSite["script"],
  { pageView, itemView = null }: Pick<PageVisit, "pageView" | "itemView">,
  { isAllowed, nonce }: ReturnType<typeof scriptPermission>,
): string {
  if (script === null || !isAllowed) return "";
  const attributes: Record<string, string> = {
    src: script.src,
    "data-key": script.key,
    "data-base": script.base,
    ...(script.requireConsent ? { "data-consent": "required" } : {}),
    ...(pageView === null ? {} : { "data-page-view": pageView }),
    ...(pageView === null || itemView === null ? {} : { "data-item-view": itemView }),
    ...(nonce === null ? {} : { nonce }),
  };
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escapeAttribute(value)}"`);
  return `<script async${written.join("")}></script>`;
}

function pathOf(url: string): string {
  return new URL(url).pathname;
}
