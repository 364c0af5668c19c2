// A site whose own Worker has its pages personalized: the core of the middleware with Nowcast behind its API. Whatever fails on
// the way, the visitor gets the page that the site has made.
import { isbot } from "isbot";
import { type PageSite, personalize } from "../src/html/personalize.ts";
import { SlotMemory } from "../src/html/slot-memory.ts";
import { runtimeTimer } from "../src/telemetry/budget.ts";
import { NowcastApi } from "./api.ts";
import { type ForwardPorts, forward, ownPath } from "./forward.ts";
import type { NowcastOptions, OptionsOf } from "./options.ts";
import { beginVisit } from "./visit.ts";
import { withoutToken } from "./visitor-cookie.ts";

const DEFAULT_BASE = "/_nowcast";
const DEFAULT_BUDGET_MS = 50;

/** One request in its Worker. */
export interface SiteRequest<Env> {
  readonly request: Request;
  readonly env: Env;
  readonly waitUntil: (work: Promise<unknown>) => void;
  /** The site's own answer. */
  readonly respond: (request: Request) => Promise<Response>;
}

/** Answers requests of one site; what it learns of pages it keeps for the next visitor. */
export function createSite<Env>(optionsOf: OptionsOf<Env>): (request: SiteRequest<Env>) => Promise<Response> {
  const memory = new SlotMemory();
  return async ({ request, env, waitUntil, respond }) => {
    const options = readOptions(optionsOf, env);
    if (options === null) return respond(request);
    const api = new NowcastApi(options);
    const { basePath = DEFAULT_BASE, requireConsent = false } = options;
    const path = ownPath(new URL(request.url), basePath);
    if (path !== null) return forwardOrFail(request, path, { api, requireConsent });
    return personalize(request, {
      fetchOrigin: (asked) => respond(withoutOurs(asked)),
      begin: async (asked) => {
        if (isbot(asked.headers.get("user-agent") ?? "")) return null;
        const visit = await beginVisit(asked, { api, waitUntil, requireConsent });
        return { visit, site: pageSite(options, basePath) };
      },
      budgetMs: options.budgetMs ?? DEFAULT_BUDGET_MS,
      memory,
      timer: runtimeTimer,
      clock: Date.now,
    });
  };
}

function readOptions<Env>(optionsOf: OptionsOf<Env>, env: Env): NowcastOptions | null {
  try {
    const options = typeof optionsOf === "function" ? optionsOf(env) : optionsOf;
    if (!options.service && (!options.url || !options.key)) {
      throw new TypeError("Nowcast needs a service binding, or a url and a key");
    }
    return options;
  } catch (error) {
    console.error({ message: "pages are not personalized", error: String(error) });
    return null;
  }
}

async function forwardOrFail(request: Request, path: string, ports: ForwardPorts): Promise<Response> {
  try {
    return await forward(request, path, ports);
  } catch (error) {
    console.error({ message: "Nowcast did not answer", error: String(error) });
    return new Response(null, { status: 502 });
  }
}

/** The site sees neither the token nor headers that visitors send under our name. */
function withoutOurs(request: Request): Request {
  const cookies = request.headers.get("cookie");
  const ours = [...request.headers.keys()].filter((name) => name.startsWith("x-nowcast-"));
  const others = cookies === null ? null : withoutToken(cookies);
  if (ours.length === 0 && others === cookies) return request;
  const headers = new Headers(request.headers);
  for (const name of ours) headers.delete(name);
  if (others === null) headers.delete("cookie");
  else headers.set("cookie", others);
  return new Request(request, { headers });
}

function pageSite(options: NowcastOptions, basePath: string | null): PageSite {
  const { templates = {}, slots = {}, pageKey: key, requireConsent = false } = options;
  const hasScript = key !== undefined && basePath !== null;
  return {
    templates,
    defaultsOf: () => undefined,
    slotsOf: (path) => (Object.hasOwn(slots, path) ? slots[path] : undefined),
    script: hasScript ? { src: `${basePath}/nowcast.js`, key, base: basePath, requireConsent } : null,
  };
}
