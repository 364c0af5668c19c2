// The public surface: which path and method leads to which handler, behind which guard.
import { OpenAPIHono } from "@hono/zod-openapi";
import { cors } from "hono/cors";
import { ProblemError, problemResponse } from "../../src/http/problem.ts";
import { basePathOf, routedPath } from "./base-path.ts";
import { CLIENT_SCRIPTS } from "./client-scripts.ts";
import type { EdgeBindings, EdgeContext } from "./context.ts";
import { type GuardOptions, guard } from "./guard.ts";
import { API_INFO, describeApi } from "./openapi.ts";
import { getBatchView, postBatchView, putBatchShard } from "./routes/batch-view.ts";
import { clientScript } from "./routes/client-script.ts";
import { postConsent, putConsent } from "./routes/consent.ts";
import { postDecide } from "./routes/decide.ts";
import { getDocs, getDocsAsset } from "./routes/docs.ts";
import { postEvents } from "./routes/events.ts";
import { getHealth } from "./routes/health.ts";
import { deleteItem, patchItem, putItems } from "./routes/items.ts";
import { getLakeFile, getLakeFiles, getLakeStatus, postLakeFlush } from "./routes/lake.ts";
import { getProfile } from "./routes/profile.ts";
import { segmentBatch, segmentCall, segmentMetrics } from "./routes/segment.ts";
import { segmentSettings } from "./routes/segment-settings.ts";
import { getConfig, putConfig } from "./routes/site-config.ts";
import {
  getSection,
  getSnapshot,
  getSnapshots,
  headSection,
  postRollback,
  postSnapshot,
  putSection,
} from "./routes/snapshots.ts";
import { postVisitors } from "./routes/visitors.ts";

type Handler = (c: EdgeContext) => Response | Promise<Response>;
type Method = "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
interface Route {
  readonly path: string;
  readonly methods: Readonly<Partial<Record<Method, Handler>>>;
  /** Absent: open to all. */
  readonly guard?: GuardOptions;
}

const secret: GuardOptions = { secret: true };
const keyInBody: GuardOptions = { keyInBody: true };

const ROUTES: readonly Route[] = [
  { path: "/v1/events", methods: { POST: postEvents }, guard: { keyInUrl: true } },
  { path: "/v1/track", methods: { POST: segmentCall("track") }, guard: keyInBody },
  { path: "/v1/page", methods: { POST: segmentCall("page") }, guard: keyInBody },
  { path: "/v1/screen", methods: { POST: segmentCall("screen") }, guard: keyInBody },
  { path: "/v1/identify", methods: { POST: segmentCall("identify") }, guard: keyInBody },
  { path: "/v1/group", methods: { POST: segmentCall("group") }, guard: keyInBody },
  { path: "/v1/alias", methods: { POST: segmentCall("alias") }, guard: keyInBody },
  { path: "/v1/batch", methods: { POST: segmentBatch }, guard: keyInBody },
  // What analytics.js calls them.
  { path: "/v1/t", methods: { POST: segmentCall("track") }, guard: keyInBody },
  { path: "/v1/p", methods: { POST: segmentCall("page") }, guard: keyInBody },
  { path: "/v1/s", methods: { POST: segmentCall("screen") }, guard: keyInBody },
  { path: "/v1/i", methods: { POST: segmentCall("identify") }, guard: keyInBody },
  { path: "/v1/g", methods: { POST: segmentCall("group") }, guard: keyInBody },
  { path: "/v1/a", methods: { POST: segmentCall("alias") }, guard: keyInBody },
  { path: "/v1/b", methods: { POST: segmentBatch }, guard: keyInBody },
  { path: "/v1/m", methods: { POST: segmentMetrics } },
  { path: "/v1/projects/:key/settings", methods: { GET: segmentSettings } },
  { path: "/v1/decide", methods: { POST: postDecide }, guard: {} },
  { path: "/v1/items", methods: { PUT: putItems }, guard: secret },
  { path: "/v1/items/:id", methods: { PATCH: patchItem, DELETE: deleteItem }, guard: secret },
  { path: "/v1/visitors", methods: { POST: postVisitors }, guard: secret },
  { path: "/v1/users/:id/profile", methods: { GET: getProfile }, guard: {} },
  { path: "/v1/users/:id/consent", methods: { PUT: putConsent }, guard: {} },
  { path: "/v1/consent", methods: { POST: postConsent }, guard: {} },
  { path: "/v1/config", methods: { GET: getConfig, PUT: putConfig }, guard: secret },
  { path: "/v1/snapshots", methods: { GET: getSnapshots, POST: postSnapshot }, guard: secret },
  { path: "/v1/snapshots/rollback", methods: { POST: postRollback }, guard: secret },
  { path: "/v1/snapshots/:version", methods: { GET: getSnapshot }, guard: secret },
  {
    path: "/v1/snapshots/sections/:sha256",
    methods: { HEAD: headSection, GET: getSection, PUT: putSection },
    guard: secret,
  },
  { path: "/v1/batch-view", methods: { GET: getBatchView, POST: postBatchView }, guard: secret },
  { path: "/v1/batch-view/:version/:shard", methods: { PUT: putBatchShard }, guard: secret },
  { path: "/v1/lake/status", methods: { GET: getLakeStatus }, guard: secret },
  { path: "/v1/lake/flush", methods: { POST: postLakeFlush }, guard: secret },
  { path: "/v1/lake/files", methods: { GET: getLakeFiles }, guard: secret },
  { path: "/v1/lake/file", methods: { GET: getLakeFile }, guard: secret },
  { path: "/healthz", methods: { GET: getHealth } },
  { path: "/docs", methods: { GET: getDocs } },
  { path: "/docs/:file", methods: { GET: getDocsAsset } },
];

const EXPOSED = "server-timing,retry-after";
/** Of other sites' pages. On all requests hono's middleware would make every answer anew to put two headers on it. */
const preflight = cors({
  origin: "*",
  allowHeaders: ["authorization", "content-type", "x-nowcast-visitor", "nowcast-replay", "x-retry-count"],
  maxAge: 86_400,
});

export function createApp(): OpenAPIHono<EdgeBindings> {
  const app = new OpenAPIHono<EdgeBindings>({ getPath: routedPath });
  app.use(async (c, next) => {
    c.set("startedAt", Date.now());
    await next();
  });
  app.use("/v1/*", async (c, next) => {
    if (c.req.method === "OPTIONS") return preflight(c, next);
    await next();
    c.res.headers.set("access-control-allow-origin", "*");
    c.res.headers.set("access-control-expose-headers", EXPOSED);
  });
  for (const route of ROUTES) mount(app, route);
  for (const name of Object.keys(CLIENT_SCRIPTS))
    mount(app, { path: `/${name}`, methods: { GET: clientScript(name) } });
  describeApi(app);
  app.doc31("/openapi.json", API_INFO);
  app.get("/", (c) => c.redirect(`${basePathOf(c.env)}/docs`));
  app.notFound((c) => problemResponse(new ProblemError(404, "not_found", `There is nothing at ${c.req.path}.`)));
  app.onError((error) => {
    if (error instanceof ProblemError) return problemResponse(error);
    console.error({ message: "a request failed", error: error instanceof Error ? error.stack : String(error) });
    return problemResponse(new ProblemError(500, "internal", "Something went wrong here, not with the request."));
  });
  return app;
}

/** One handler a path, so that a wrong method is told from an unknown path and hears what is allowed. */
function mount(app: OpenAPIHono<EdgeBindings>, { path, methods, guard: options }: Route): void {
  const allowed = Object.keys(methods);
  const handlerOf = (method: string) => methods[method as Method] ?? (method === "HEAD" ? methods.GET : undefined);
  app.all(path, async (c, next) => {
    if (handlerOf(c.req.method) === undefined) {
      const allow = allowed.join(", ");
      throw new ProblemError(405, "method_not_allowed", `${c.req.path} takes ${allow}, not ${c.req.method}.`, {
        headers: { allow },
      });
    }
    await next();
  });
  if (options !== undefined) app.use(path, guard(options));
  app.all(path, (c) => (handlerOf(c.req.method) as Handler)(c));
}
