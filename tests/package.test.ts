// The package as its users have it: packed, installed in a project that knows nothing of this repository, and bound to a
// running Nowcast. The project is the example for Astro, with a page as `astro build` writes it.
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHarness, type TestHarness } from "wrangler";
import { eventually } from "./support/eventually.ts";
import { configsOf, KEYS } from "./support/harness.ts";
import { publish } from "./support/publish.ts";
import { snapshotParts } from "./support/snapshot.ts";
import { type System, systemOf } from "./support/system.ts";

const ROOT = join(import.meta.dirname, "..");
const project = mkdtempSync(join(tmpdir(), "nowcast-package-"));
const BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/147.0.0.0 Safari/537.36";

const LIST =
  '<ul data-nowcast="home" data-count="4" data-template="card"> <li><a href="/products/brass-lamp">Brass lamp</a></li> </ul>';
const PAGE = `<!DOCTYPE html><html lang="en"> <head><meta charset="utf-8"><title>Lamps and rugs</title></head> <body> <h1>For you</h1> ${LIST} </body></html>`;

/** Node that this runs on, whatever the tool's first line asks for. */
function runTool(path: string, args: readonly string[], cwd: string): string {
  const env = { ...process.env, PATH: `${join(ROOT, "node_modules/.bin")}:${process.env.PATH}` };
  return execFileSync(path, args, { cwd, env, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

beforeAll(() => {
  runTool(process.execPath, ["scripts/build-package.ts"], ROOT);
  runTool("npm", ["pack", "--pack-destination", project, join(ROOT, "dist/package")], ROOT);
  cpSync(join(ROOT, "examples/astro-worker"), project, { recursive: true });
  const tarball = readdirSync(project).find((name) => name.endsWith(".tgz")) ?? "";
  writeFileSync(join(project, "package.json"), '{"name":"fresh","private":true,"type":"module"}');
  runTool("npm", ["install", "--offline", "--no-audit", "--no-fund", "--ignore-scripts", `./${tarball}`], project);
  mkdirSync(join(project, "dist"));
  writeFileSync(join(project, "dist/index.html"), PAGE);
  writeFileSync(join(project, "dist/robots.txt"), "User-agent: *");
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** The site's Worker first, as the one that has the host. */
function siteWith(others: readonly { readonly configPath: string }[]): TestHarness {
  return createTestHarness({ root: ROOT, workers: [{ configPath: join(project, "wrangler.toml") }, ...others] });
}

describe("the package", () => {
  test("holds code, declarations, licence and a page to read, and needs no other package", () => {
    const installed = join(project, "node_modules/nowcast");
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Record<string, unknown>;

    expect(readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."))).toEqual(["nowcast"]);
    expect(manifest).not.toHaveProperty("dependencies");
    expect(manifest).not.toHaveProperty("private");
    const files = readdirSync(installed).map((name) => name.replace(/-\w+\.js$/, "-….js"));
    expect(files.sort()).toEqual(
      [
        "LICENSE",
        "client.d.ts",
        "contract.d.ts",
        "README.md",
        "core-….js",
        "fetch.d.ts",
        "fetch.js",
        "hono.d.ts",
        "hono.js",
        "options.d.ts",
        "package.json",
      ].sort(),
    );
  });

  test("has types that hold in a strict project, libraries checked too", () => {
    for (const name of ["hono", "@cloudflare"]) {
      symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
    }
    writeFileSync(
      join(project, "src/app.ts"),
      `import { Hono } from "hono";
       import type { Command, Nowcast } from "nowcast/client";
       import { personalize } from "nowcast/hono";
       import { withNowcast } from "nowcast/fetch";
       interface Bindings { readonly NOWCAST: Fetcher; readonly KEY: string }
       const app = new Hono<{ Bindings: Bindings }>();
       app.use(personalize((env: Bindings) => ({ service: env.NOWCAST })));
       app.use(personalize({ url: "https://nowcast.example", key: "sk_x", requireConsent: true }));
       // @ts-expect-error a url needs a key
       app.use(personalize({ url: "https://nowcast.example" }));
       const worker: ExportedHandler<Bindings> = { fetch: app.fetch };
       // @ts-expect-error the bindings are known
       withNowcast(worker, (env) => ({ service: env.OTHER }));
       export const later = (nowcast: Nowcast | Command[]) =>
         nowcast.push(["track", "view_item", { items: [{ id: "sku-1" }] }], (loaded) => loaded.consent({ analytics: true, personalization: true }));
       export default withNowcast(worker, (env) => ({ url: "https://nowcast.example", key: env.KEY }));`,
    );
    writeFileSync(
      join(project, "tsconfig.json"),
      JSON.stringify({
        compilerOptions: {
          ...{ strict: true, noEmit: true, target: "es2022", module: "esnext", moduleResolution: "bundler" },
          ...{ exactOptionalPropertyTypes: true, lib: ["es2022"], types: ["@cloudflare/workers-types"] },
        },
        include: ["src"],
      }),
    );

    expect(runTool("tsc", ["-p", project], project)).toBe("");
  });
});

describe("a site that is bound to a running Nowcast", () => {
  let harness: TestHarness;
  let nowcast: System;
  beforeAll(async () => {
    harness = siteWith(configsOf());
    await harness.listen();
    nowcast = systemOf(harness, "nowcast");
    await publish(nowcast, await snapshotParts());
    const items = Array.from({ length: 10 }, (_, i) => {
      return { id: `sku-${i}`, title: `Lamp ${i} & Co`, url: `/products/sku-${i}`, price: 10 + i, currency: "EUR" };
    });
    expect((await nowcast.request("/v1/items", { method: "PUT", json: { items } })).status).toBe(200);
  });
  afterAll(() => harness.close());

  const visit = async (headers: Record<string, string> = {}, path = "/") => {
    const answer = await harness.fetch(path, { headers: { "user-agent": BROWSER, ...headers } });
    return { text: await answer.text(), headers: answer.headers, status: answer.status };
  };
  const cookieOf = (headers: { get(name: string): string | null }) =>
    /nowcast_visitor=[^;]+/.exec(headers.get("set-cookie") ?? "")?.[0] ?? "";

  test("shows pages filled, remembers who looked, and what they do counts on the next page", async () => {
    // A busy machine may miss the budget of a page: what counts is that it comes to be.
    const first = await eventually(async () => {
      const page = await visit();
      return page.text.includes('data-nowcast-state="filled"') && cookieOf(page.headers) !== "" ? page : null;
    }, 30_000);
    expect(first.text).toMatch(
      /<li data-nowcast-item="sku-\d" data-nowcast-position="0"><a href="\/products\/sku-\d">Lamp \d &#38; Co<\/a> €1\d.00<\/li>/,
    );
    expect(first.text).toContain('data-key="pk_dev" data-base="/_nowcast"');
    expect(first.headers.get("cache-control")).toBe("private, no-store");

    const cookie = cookieOf(first.headers);
    const sent = await harness.fetch("/_nowcast/v1/events", {
      method: "POST",
      headers: { cookie, authorization: `Bearer ${KEYS.public}`, "content-type": "application/json" },
      body: JSON.stringify({ id: "click-1", type: "add_to_cart", items: [{ id: "sku-3", price: 13 }] }),
    });
    expect(`${sent.status} ${await sent.text()}`).toBe('202 {"accepted":1,"duplicates":0,"rejected":[]}');

    const id = JSON.parse(Buffer.from(cookie.split(".")[1] ?? "", "base64url").toString()).i as string;
    const profile = await eventually(async () => {
      const { status } = await visit({ cookie });
      expect(status).toBe(200);
      const response = await nowcast.request(`/v1/users/${id}/profile?kind=anonymous`);
      const { profile } = (await response.json()) as {
        profile: { session: { pageViews: number }; cart: { itemId: string }[] };
      };
      return profile.session.pageViews >= 2 ? profile : null;
    }, 30_000);
    expect(profile.cart).toMatchObject([{ itemId: "sku-3" }]);
  });

  test("a browser has no more than a public key's rights by way of the site", async () => {
    const asked = await harness.fetch("/_nowcast/v1/users/someone/profile");
    expect(asked.status).toBe(401);
    const headers = { authorization: `Bearer ${KEYS.public}` };
    expect((await harness.fetch("/_nowcast/v1/lake/status", { headers })).status).toBe(403);
    expect((await harness.fetch("/_nowcast/v1/users/someone/profile", { headers })).status).toBe(403);
  });

  test("analytics.js is told to send its calls by way of the site", async () => {
    const { url } = await harness.listen();
    const answer = await harness.fetch(`/_nowcast/v1/projects/${KEYS.public}/settings`);

    const { integrations } = (await answer.json()) as { integrations: { "Segment.io": { apiHost: string } } };
    expect(integrations["Segment.io"].apiHost).toBe(`${url.host}/_nowcast/v1`);
  });

  test("what is no page goes by", async () => {
    const { text, headers } = await visit({}, "/robots.txt");

    expect(text).toBe("User-agent: *");
    expect(headers.get("etag")).not.toBeNull();
  });
});

describe("a site whose Nowcast fails", () => {
  let harness: TestHarness;
  beforeAll(async () => {
    harness = siteWith([{ configPath: "tests/fixtures/odd-nowcast/wrangler.toml" }]);
    await harness.listen();
  });
  afterAll(() => harness.close());

  const known = { "user-agent": BROWSER, cookie: "nowcast_visitor=v1.eyJpIjoiYWRhIn0.c2ln" };
  const visit = async (mode: string, headers: Record<string, string> = known) => {
    const answer = await harness.fetch(`/?nowcast=${mode}`, { headers });
    return answer.text();
  };

  test.each(["throw", "hang", "garbage", "nonsense", "error"])("shows its own page: %s", async (mode) => {
    const script = /<script async [^>]+><\/script>/;
    for (const headers of [known, { "user-agent": BROWSER }]) {
      const page = await visit(mode, headers);
      expect(page).toMatch(/data-nowcast-state="fallback" data-nowcast-reason="(?:timeout|failed)"/);
      expect(page.replace(script, "").replace(/ data-nowcast-(?:state|reason)="\w+"/g, "")).toBe(PAGE);
    }
  });

  test("shows it filled as soon as Nowcast is back", async () => {
    const page = await eventually(async () => {
      const text = await visit("well");
      return text.includes('data-nowcast-state="filled"') ? text : null;
    }, 20_000);

    expect(page).toContain('<a href="/lamp">Lamp</a>');
  });
});
