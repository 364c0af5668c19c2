// The browser's script: tracking and slots. Reads its settings from its own tag, takes over the calls that were made before it
// had loaded, and never lets an error of its own reach the page. docs/browser-sdk.md tells what it does.
import type { Nowcast, Track } from "./api.ts";
import { allowed, choose, chosen, statedChoice } from "./choice.ts";
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

function start({ dataset, src }: HTMLScriptElement): void {
  const { key, pageView, fill, consent: asked } = dataset;
  const base = new URL(dataset.base ?? ".", src).href.replace(/\/$/, "");
  const { nowcast: before = [] } = window;
  if ("track" in before) return;

  const mustAsk = asked === "required";
  const here = { url: location.href, referrer: document.referrer };
  let userId: string | undefined;
  let isChosen: () => void = () => {};
  const choosing = new Promise<void>((resolve) => {
    isChosen = resolve;
  });

  const mayKnow = (): boolean | undefined => allowed(mustAsk)?.personalization;
  const passage = (): Passage => {
    const consent = allowed(mustAsk);
    return consent && (consent.analytics || consent.personalization);
  };
  const token = (): string | undefined => (mayKnow() ? read(TOKEN) : undefined);
  const answered = ({ status, body }: Reply): boolean => {
    const isStale = status === 401 && read(TOKEN) !== undefined;
    const fresh = isStale ? "" : mayKnow() && body?.visitorToken;
    if (typeof fresh === "string") write(TOKEN, fresh);
    return isStale;
  };
  const ask = async (path: string, body: unknown, visitor = token()): Promise<unknown> => {
    const reply = await post(base + path, JSON.stringify(body), {
      authorization: `Bearer ${key}`,
      ...(visitor && { "x-nowcast-visitor": visitor }),
    });
    answered(reply);
    if (reply.status !== 200) throw new Error(reply.body?.detail as string);
    return reply.body;
  };

  const outbox = createOutbox(
    // The key in the URL, the token in the body, as plain text: events to another origin need no preflight.
    `${base}/v1/events?key=${key}`,
    passage,
    (events) => {
      const consent = statedChoice();
      const stated = events.map((event) => ({ ...event, context: { ...event.context, consent } }));
      return JSON.stringify({ events: stated, sentAt: Date.now(), visitorToken: token() });
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
      choose(given);
      isChosen();
      outbox.flush();
      refresh();
      await ask("/v1/consent", given, read(TOKEN));
      // Not before the profile is erased: without it nobody could ask again.
      if (!given.personalization) write(TOKEN, "");
    },
    decide: async (request) => {
      if (passage() === null) await choosing;
      // The decision is to know what was told before it; and two first calls at once would mint two visitors.
      await outbox.flush();
      const context = { ...here, consent: statedChoice(), ...request.context };
      return ask("/v1/decide", { ...request, context }) as Promise<DecideAnswer>;
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
  window.nowcast = nowcast;

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
  // A refusal that did not get through.
  const refused = chosen();
  if (refused && !refused.personalization && read(TOKEN)) nowcast.push(["consent", refused]);
  // What an earlier page left; and the sooner the first answer brings the visitor's token, the fewer events go without it.
  setTimeout(outbox.flush);
  addEventListener("online", outbox.flush);
  addEventListener("DOMContentLoaded", refresh);
  let quiet: ReturnType<typeof setTimeout>;
  new MutationObserver(() => {
    clearTimeout(quiet);
    quiet = setTimeout(refresh, QUIET_MS);
  }).observe(document, { childList: true, subtree: true });
}

guard(start)(document.currentScript as HTMLScriptElement);
