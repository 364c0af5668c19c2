// The OpenAPI document, the page that shows it, and whether both tell the truth.
import { readFileSync } from "node:fs";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { decideAnswerSchema, eventsAnswerSchema, problemSchema } from "../src/http/contract.ts";
import { decide, postEvents } from "./support/answers.ts";
import { KEYS, useSystem } from "./support/system.ts";

const nowcast = useSystem();

interface Operation {
  readonly summary?: string;
  readonly security?: readonly Readonly<Record<string, unknown>>[];
  readonly responses?: Readonly<Record<string, { readonly content?: Readonly<Record<string, unknown>> }>>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: object; readonly securitySchemes: object };
}

async function openDocument(): Promise<Document> {
  const response = await nowcast.request("/openapi.json", { key: null });
  expect(response.headers.get("content-type")).toMatch(/^application\/json/);
  return (await response.json()) as Document;
}

const operations = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );

/** The routes as the Worker mounts them, without the pages that show this document. */
function mountedRoutes(): string[] {
  const source = readFileSync(new URL("../workers/edge/app.ts", import.meta.url), "utf8");
  const routes = [...source.matchAll(/path: "([^"]+)",\s+methods: \{([^}]+)\}/g)];
  expect(routes.length).toBe([...source.matchAll(/path: "/g)].length);
  return routes
    .filter(([, path]) => !path?.startsWith("/docs"))
    .flatMap(([, path = "", methods = ""]) =>
      [...methods.matchAll(/([A-Z]+):/g)].map(([, method]) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}")}`),
    );
}

test("the document is valid OpenAPI 3.1, and every reference in it resolves", async () => {
  const document = await openDocument();
  const validator = new Validator();

  expect(await validator.validate(structuredClone<Record<string, unknown>>({ ...document }))).toEqual({ valid: true });

  expect(document.openapi).toMatch(/^3\.1\./);
  for (const reference of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    const target = (reference[1] ?? "")
      .split("/")
      .reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], document);
    expect(target, reference[0]).toBeDefined();
  }
});

test("it documents every route of the Worker and no other", async () => {
  const documented = operations(await openDocument()).map(({ path, method }) => `${method.toUpperCase()} ${path}`);

  expect(documented.toSorted()).toEqual(mountedRoutes().toSorted());
});

test("every operation says what it is for, what it answers and as which problems it fails", async () => {
  for (const { path, method, operation } of operations(await openDocument())) {
    const label = `${method} ${path}`;
    expect(operation.summary, label).toMatch(/\w/);
    expect(
      Object.keys(operation.responses ?? {}).filter((status) => status.startsWith("2")),
      label,
    ).toHaveLength(1);
    if (path === "/healthz") continue;
    for (const status of ["400", "401", "403", "429"]) {
      expect(operation.responses?.[status]?.content, `${label} ${status}`).toHaveProperty(["application/problem+json"]);
    }
  }
});

test("what it says of keys is what is asked for", async () => {
  for (const { path, method, operation } of operations(await openDocument())) {
    const label = `${method} ${path}`;
    const body = ["post", "put", "patch"].includes(method) ? { body: "{" } : {};
    const request = { method: method.toUpperCase(), ...body };
    const where = path.replaceAll(/\{\w+\}/g, "0".repeat(64));
    const schemes = (operation.security ?? []).flatMap((scheme) => Object.keys(scheme));
    const open = (await nowcast.request(where, { ...request, key: null })).status !== 401;
    const refused = (await nowcast.request(where, { ...request, key: KEYS.public })).status === 403;

    expect(open, label).toBe(schemes.length === 0);
    if (!path.includes("/users/")) expect(refused, label).toBe(!open && !schemes.includes("publicKey"));
  }
});

test("real answers are what it describes, field by field", async () => {
  const event = { id: "1", type: "view_item", anonymousId: "a", items: [{ id: "sku-1" }] };
  const request = { anonymousId: "a", event: { ...event, id: "2" }, explain: true };

  eventsAnswerSchema.strict().parse(await postEvents(nowcast, { events: [event, {}] }));
  eventsAnswerSchema.strict().parse(await postEvents(nowcast, event, { key: KEYS.public }));
  decideAnswerSchema.strict().parse(await decide(nowcast, request));
  const refused = await nowcast.request("/v1/decide", { json: { placements: { a: { type: "x" } } } });
  problemSchema.strict().parse(await refused.json());
});

test("the page at /docs shows the document by a script that is served", async () => {
  const page = await nowcast.request("/docs", { key: null });
  expect(page.headers.get("content-type")).toMatch(/^text\/html/);
  const html = await page.text();
  const [, script = ""] = /<script type="module" src="([^"]+)"/.exec(html) ?? [];
  const [, spec = ""] = /spec-url="([^"]+)"/.exec(html) ?? [];

  const pathOf = (relative: string) => new URL(relative, "http://host/docs").pathname;
  const served = await nowcast.request(pathOf(script), { key: null });
  expect(served.status).toBe(200);
  expect(served.headers.get("content-type")).toMatch(/^text\/javascript/);
  expect(await served.text()).toContain("rapi-doc");
  expect(pathOf(spec)).toBe("/openapi.json");
});

test("the root leads to the documentation", async () => {
  const response = await nowcast.request("/", { key: null, redirect: "manual" });

  expect(response.status).toBe(302);
  expect(response.headers.get("location")).toBe("/docs");
});

test.each(["GET", "HEAD"])("%s /healthz says that nothing is missing", async (method) => {
  const response = await nowcast.request("/healthz", { method, key: null });

  expect(response.status).toBe(200);
  expect(await response.text()).toBe(method === "GET" ? '{"status":"ok","problems":[]}' : "");
});
