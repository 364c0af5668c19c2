// The site behind Nowcast: every path that is not ours. Pages are personalized on their way, all else passes.
import { Hono } from "hono";
import { isbot } from "isbot";
import { budgets } from "../../../nowcast.config.ts";
import { LIMITS } from "../../../src/events/limits.ts";
import { gateOf } from "../../../src/html/compile-site.ts";
import { normalPath } from "../../../src/html/path-pattern.ts";
import { type PageSite, type PageVisit, personalize } from "../../../src/html/personalize.ts";
import { SlotMemory } from "../../../src/html/slot-memory.ts";
import { isIdentifier } from "../../../src/html/slots.ts";
import { ProblemError, problemResponse } from "../../../src/http/problem.ts";
import { runtimeTimer } from "../../../src/telemetry/budget.ts";
import { basePathOf } from "../base-path.ts";
import type { EdgeBindings, EdgeContext } from "../context.ts";
import { holdToConsent } from "../guard.ts";
import { settingsOf } from "../settings.ts";
import { siteConfigOf } from "../site-config-of.ts";
import type { HeldConfig } from "../site-configs.ts";
import { copyOf } from "./copies.ts";
import { withEdits } from "./edits.ts";
import { answerOf, asPageRequest, originOf, originRequest } from "./origin.ts";
import { pageKeyOf } from "./page-key.ts";
import { NO_PLAN, planOf, type SitePlan } from "./plan.ts";
import { sharedSlots } from "./shared-slots.ts";
import { beginVisit } from "./visit.ts";
import { whoVisits } from "./who.ts";

const memory = new SlotMemory();

export function createSite(): Hono<EdgeBindings> {
  const app = new Hono<EdgeBindings>();
  app.all("*", getSite);
  app.onError((error) => {
    if (error instanceof ProblemError) return problemResponse(error);
    console.error({ message: "the origin could not be asked", error: String(error) });
    return problemResponse(new ProblemError(502, "origin_unreachable", "The site behind this host did not answer."));
  });
  return app;
}

async function getSite(c: EdgeContext): Promise<Response> {
  const held = await configured(c);
  const plan = held === null ? NO_PLAN : await planned(c, held);
  if (plan.answer !== null) return plan.answer;
  return personalize(c.req.raw, {
    fetchOrigin: async (asked) => withEdits(await originAnswer(c, asked, held, plan), plan.edits),
    begin: async () => (held === null ? null : begin(c, held, plan)),
    budgetMs: budgets.pageMs,
    memory,
    shared: sharedSlots(
      c.get("credential")?.site ?? "",
      () => caches.open("nowcast-slots"),
      (work) => c.executionCtx.waitUntil(work),
    ),
    timer: runtimeTimer,
    clock: Date.now,
  });
}

/** The site's configuration; null where the deployment lacks what Nowcast needs: the site goes on without it. */
async function configured(c: EdgeContext): Promise<HeldConfig | null> {
  try {
    const { name } = pageKeyOf(c.env);
    c.set("credential", { kind: "public", site: name });
    c.set("settings", await settingsOf(c.env));
    await holdToConsent(c, name);
    return await siteConfigOf(c, name);
  } catch (error) {
    console.error({ message: "pages pass as they are", error: String(error) });
    return null;
  }
}

/** @throws ProblemError where the site's gates or origins forbid the request */
async function planned(c: EdgeContext, held: HeldConfig): Promise<SitePlan> {
  try {
    return await planOf(c, held);
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    console.error({ message: "a page has no plan", error: error instanceof Error ? error.stack : String(error) });
    // What is kept for some must not be open to all because something is broken.
    if (gateOf(held.gates, normalPath(new URL(c.req.url).pathname)) === undefined) return NO_PLAN;
    throw new ProblemError(503, "gate_unavailable", "Who may see this page cannot be found out at the moment.");
  }
}

async function originAnswer(
  c: EdgeContext,
  asked: Request,
  held: HeldConfig | null,
  plan: SitePlan,
): Promise<Response> {
  const origin = plan.origin ?? originOf(c.env);
  const request = originRequest(asked, origin, plan);
  const copy = held === null ? null : await copyOf(c, request, held, plan);
  if (copy !== null) return copy;
  const isPage = asked.method === "GET" && !asked.headers.has("upgrade");
  return answerOf(await fetch(isPage ? asPageRequest(request) : request), origin, asked.url);
}

/** @returns null for a page that is left alone */
async function begin(
  c: EdgeContext,
  held: HeldConfig,
  plan: SitePlan,
): Promise<{ visit: PageVisit; site: PageSite } | null> {
  const path = normalPath(new URL(c.req.url).pathname);
  const page = held.pages.find(path);
  if (page?.personalize === false) return null;
  if (page?.bots !== "personalized" && isbot(c.req.header("user-agent") ?? "")) return null;
  const item = page?.itemInPath ? itemIn(held.pages.restOf(path)) : null;
  const visit = await beginVisit(c, plan.who ?? (await whoVisits(c, null)), { ...plan, item });
  plan.learnFrom(visit);
  return { visit, site: siteOf(held, pageKeyOf(c.env).key, basePathOf(c.env)) };
}

/** The id at the end of what stands at the `*` of a pattern; null where that is none. */
function itemIn(rest: string): string | null {
  try {
    const id = decodeURIComponent(rest.slice(rest.lastIndexOf("/") + 1));
    return isIdentifier(id, LIMITS.itemIdBytes) ? id : null;
  } catch {
    return null;
  }
}

function siteOf({ config, pages }: HeldConfig, key: string | null, base: string): PageSite {
  return {
    templates: config.templates,
    defaultsOf: (placement) => (Object.hasOwn(config.slots, placement) ? config.slots[placement] : undefined),
    slotsOf: (path) => pages.find(normalPath(path))?.slots,
    script:
      key === null ? null : { src: `${base}/nowcast.js`, key, base, requireConsent: config.identity.requireConsent },
  };
}
