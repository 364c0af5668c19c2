// The browser's script: tracking and slots. Reads its settings from its own tag, takes over the calls that were made before it
// had loaded, and never lets an error of its own reach the page. docs/browser-sdk.md tells what it does.
import type { Command, Nowcast, Track } from "./api.ts";
import { allowed, choose, statedChoice } from "./choice.ts";
import { watchClicks } from "./clicks.ts";
import type { DecideAnswer, Event } from "./contract.ts";
import { guard } from "./guard.ts";
import { watchImpressions } from "./impressions.ts";
import { createOutbox, type Passage } from "./outbox.ts";
import { watchPages } from "./page-views.ts";
import { post, type Reply } from "./post.ts";
import { slotFiller } from "./slots.ts";
import { read, write } from "./storage.ts";

/** Where the visitor's token is kept when Nowcast answers on another origin and cannot set a cookie for the site. */
const TOKEN = "nowcast.visitor";
/** What comes to the page is looked for once it has been quiet for so long. */
const QUIET_MS = 100;

type Loaded = Window & { nowcast?: Nowcast | Command[] };

function start({ dataset, src }: HTMLScriptElement): void {
  const { key, base = src.replace(/\/[^/]*$/, ""), pageView, fill, consent: asked } = dataset;
  const page = window as Loaded;
  const { nowcast: before = [] } = page;
  if ("track" in before) return;

  const mustAsk = asked === "required";
  const here = { url: location.href, referrer: document.referrer };
  let userId: string | undefined;
  let chosen: () => void = () => {};
  const choosing = new Promise<void>((resolve) => {
    chosen = resolve;
  });

  const mayKnow = (): boolean | undefined => allowed(mustAsk)?.personalization;
  const passage = (): Passage => {
    const consent = allowed(mustAsk);
    return consent && (consent.analytics || consent.personalization);
  };
  const token = (): string => (mayKnow() && read(TOKEN)) || "";
  const answered = ({ status, body }: Reply): boolean => {
    const isStale = status === 401 && token() !== "";
    const fresh = isStale ? "" : body?.visitorToken;
    if (fresh !== undefined && mayKnow()) write(TOKEN, fresh as string);
    return isStale;
  };
  const ask = (path: string, body: unknown, visitor = token()): Promise<Reply> =>
    post(base + path, JSON.stringify(body), {
      authorization: `Bearer ${key}`,
      ...(visitor && { "x-nowcast-visitor": visitor }),
    });

  const outbox = createOutbox(
    // The key in the URL, the token in the body, as plain text: events to another origin need no preflight.
    `${base}/v1/events?key=${key}`,
    passage,
    (events) => {
      const consent = statedChoice();
      const stated = events.map((event) => ({ ...event, context: { ...event.context, consent } }));
      return JSON.stringify({ events: stated, sentAt: Date.now(), visitorToken: token() || undefined });
    },
    answered,
  );

  const track: Track = guard((type, fields = {}) => {
    const event = {
      // randomUUID is there in secure contexts alone.
      id: crypto.getRandomValues(new Uint32Array(4)).join("-"),
      type,
      ts: Date.now(),
      userId,
      ...fields,
      context: { ...here, ...fields.context },
    };
    // As it is now; and what is no JSON fails here, not in everybody's batch.
    outbox.add(JSON.parse(JSON.stringify(event)) as Event);
  });

  const nowcast: Nowcast = {
    track,
    identify: (id) => {
      userId = id ?? undefined;
    },
    flush: outbox.flush,
    consent: async (given) => {
      const held = token();
      choose(given);
      if (!given.personalization) write(TOKEN, "");
      chosen();
      outbox.flush();
      refresh();
      answered(await ask("/v1/consent", given, held));
    },
    decide: async (request) => {
      if (passage() === null) await choosing;
      // The decision is to know what was told before it; and two first calls at once would mint two visitors.
      await outbox.flush();
      const context = { ...here, consent: statedChoice(), ...request.context };
      const reply = await ask("/v1/decide", { ...request, context });
      answered(reply);
      if (reply.status !== 200) throw new Error(reply.body?.detail as string);
      return reply.body as unknown as DecideAnswer;
    },
    push: (...commands) => {
      commands.forEach(async (command) => {
        try {
          if (typeof command === "function") await command(nowcast);
          else await (nowcast[command[0]] as (...args: unknown[]) => unknown)(...command.slice(1));
        } catch {
          // Whoever wants to know calls the method.
        }
      });
    },
  };
  page.nowcast = nowcast;

  const impressions = watchImpressions(track);
  const fillSlots = slotFiller(nowcast.decide, fill);
  const refresh = guard(() => {
    // Half of a slot has come to the page while it loads.
    if (document.readyState === "loading") return;
    impressions.scan();
    if (passage()) fillSlots().then(impressions.scan, () => {});
  });
  watchPages(here, track, pageView !== undefined, refresh, () => {
    impressions.flush();
    outbox.leave();
  });
  watchClicks(track);
  nowcast.push(...before);
  // What an earlier page left; and the sooner the first answer brings the visitor's token, the fewer events go without it.
  setTimeout(outbox.flush);
  addEventListener("online", outbox.flush);
  document.addEventListener("DOMContentLoaded", refresh);
  let quiet: ReturnType<typeof setTimeout>;
  new MutationObserver(() => {
    clearTimeout(quiet);
    quiet = setTimeout(refresh, QUIET_MS);
  }).observe(document, { childList: true, subtree: true });
}

guard(start)(document.currentScript as HTMLScriptElement);
