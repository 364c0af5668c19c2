// The site behind Nowcast: every path that is not ours. Pages are personalized on their way, all else passes.
import { Hono } from "hono";
import { isbot } from "isbot";
import { budgets } from "../../../nowcast.config.ts";
import { normalPath } from "../../../src/html/path-pattern.ts";
import { type PageSite, type PageVisit, personalize } from "../../../src/html/personalize.ts";
import { SlotMemory } from "../../../src/html/slot-memory.ts";
import { ProblemError, problemResponse } from "../../../src/http/problem.ts";
import { runtimeTimer } from "../../../src/telemetry/budget.ts";
import { basePathOf } from "../base-path.ts";
import type { EdgeBindings, EdgeContext } from "../context.ts";
import { holdToConsent } from "../guard.ts";
import { settingsOf } from "../settings.ts";
import { siteConfigOf } from "../site-config-of.ts";
import type { HeldConfig } from "../site-configs.ts";
import { answerOf, asPageRequest, originOf, originRequest } from "./origin.ts";
import { pageKeyOf } from "./page-key.ts";
import { beginVisit } from "./visit.ts";

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
  const origin = originOf(c.env);
  const request = c.req.raw;
  const forwarded = originRequest(request, origin);
  return personalize(request, {
    fetchOrigin: async (asked) => {
      const isPage = asked.method === "GET" && !asked.headers.has("upgrade");
      return answerOf(await fetch(isPage ? asPageRequest(forwarded) : forwarded), origin, request.url);
    },
    begin: () => begin(c),
    budgetMs: budgets.pageMs,
    memory,
    timer: runtimeTimer,
    clock: Date.now,
  });
}

/** @returns null for a page that is left alone */
async function begin(c: EdgeContext): Promise<{ visit: PageVisit; site: PageSite } | null> {
  const { key, name } = pageKeyOf(c.env);
  c.set("credential", { kind: "public", site: name });
  const settings = await settingsOf(c.env);
  c.set("settings", settings);
  const held = await siteConfigOf(c, name);
  await holdToConsent(c, name);
  const page = held.pages.find(normalPath(new URL(c.req.url).pathname));
  if (page?.personalize === false) return null;
  if (page?.bots !== "personalized" && isbot(c.req.header("user-agent") ?? "")) return null;
  const visit = await beginVisit(c);
  return { visit, site: siteOf(held, key, basePathOf(c.env)) };
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
