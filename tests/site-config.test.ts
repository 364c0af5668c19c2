// The site's run-time configuration over HTTP and by the command line: versions, refusals, two editors.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { runCli } from "../cli/run.ts";
import { problemOf } from "./support/answers.ts";
import { KEYS, type RequestOptions, useSystem } from "./support/system.ts";

const nowcast = useSystem();
const folder = mkdtempSync(join(tmpdir(), "nowcast-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const put = (json: object, options: RequestOptions = {}) =>
  nowcast.request("/v1/config", { method: "PUT", json, ...options });

async function current(options: RequestOptions = {}): Promise<{ version: number; [part: string]: unknown }> {
  const response = await nowcast.request("/v1/config", options);
  expect(response.status).toBe(200);
  return (await response.json()) as { version: number };
}

const ifMatch = (version: number): RequestOptions => ({ headers: { "if-match": `"${version}"` } });

test("a document is stored under the next version, as it was written, for this site alone", async () => {
  expect(await current()).toMatchObject({ version: 0, edits: [] });
  const answer = await put({ templates: { card: "<li>{{title}}</li>" } });
  expect([answer.status, await answer.json(), answer.headers.get("etag")]).toEqual([200, { version: 1 }, '"1"']);
  expect(await current()).toEqual({ version: 1, templates: { card: "<li>{{title}}</li>" } });
  expect(await current({ key: KEYS.otherSecret })).toMatchObject({ version: 0 });
});

test("who starts from an older version is refused, by header or by document, and nothing changes", async () => {
  const { version } = await current();
  await problemOf(await put({ templates: {} }, ifMatch(version - 1)), 412, "config_changed");
  const problem = await problemOf(await put({ version: version + 7 }), 412, "config_changed");
  expect(problem.errors).toMatchObject([{ field: "version", value: `${version + 7}`, limit: version }]);
  expect((await current()).version).toBe(version);
});

test("of ten editors at once one wins", async () => {
  const { version } = await current();
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) => put({ templates: { card: `<li>${i}</li>` } }, ifMatch(version))),
  );
  const statuses = answers.map(({ status }) => status).sort();
  expect(statuses).toEqual([200, ...Array(9).fill(412)]);
  expect((await current()).version).toBe(version + 1);
});

test("sending the same again does no harm", async () => {
  const { version } = await current();
  for (const _ of ["first", "after the answer was lost"]) {
    const answer = await put({ templates: { again: "<p></p>" } }, ifMatch(version));
    expect(await answer.json()).toEqual({ version: version + 1 });
  }
});

test("what does not fit is refused with field, value and limit", async () => {
  const before = await current();
  const refused = async (json: object) => (await problemOf(await put(json), 400, "invalid_request")).errors;
  expect(await refused({ pages: { "/": { cache: { ttlSeconds: 100_000 } } } })).toMatchObject([
    { field: "pages./.cache.ttlSeconds", value: "100000", limit: 86_400 },
  ]);
  expect(await refused({ slots: { home: { cuont: 3 } } })).toMatchObject([
    { field: "slots.home", message: expect.stringContaining("cuont") },
  ]);
  await problemOf(await put({}, { headers: { "if-match": "*" } }), 400, "invalid_request");
  await problemOf(await nowcast.request("/v1/config", { method: "PUT", body: "[" }), 400, "not_json");
  await problemOf(await put([] as object), 400, "invalid_request");
  await problemOf(await put({ templates: { card: "x".repeat(300_000) } }), 413, "body_too_large");
  expect(await current()).toEqual(before);
});

test("only a secret key reads and writes it", async () => {
  for (const method of ["GET", "PUT"]) {
    const json = method === "PUT" ? {} : undefined;
    await problemOf(
      await nowcast.request("/v1/config", { method, key: KEYS.public, json }),
      403,
      "secret_key_required",
    );
    await problemOf(await nowcast.request("/v1/config", { method, key: null, json }), 401, "key_missing");
  }
});

test("the command line pulls, shows what differs, and pushes once", async () => {
  const { url } = await nowcast.harness.listen();
  const commands = { config: { description: "", load: () => import("../cli/commands/config.ts") } };
  let said = "";
  const hear = (text: string): boolean => {
    said += text;
    return true;
  };
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((text) => hear(String(text)));
  const cli = async (...argv: string[]) => {
    said = "";
    const args = ["config", ...argv, "--url", url.href, "--key", KEYS.secret];
    return [await runCli("nowcast", commands, args, { out: hear, error: hear, debug: false }), said];
  };
  try {
    const file = join(folder, "site.json");
    await cli("pull", file);
    const { version } = JSON.parse(readFileSync(file, "utf8"));
    expect(await cli("push", file)).toEqual([0, `${file}: version ${version} is the same already\n`]);
    expect(await cli("diff", file, "--exit-code")).toEqual([0, ""]);

    writeFileSync(file, `{ "version": ${version},\n  "templates": { "mine": "<li>" } }\n`);
    expect(await cli("diff", file, "--json")).toEqual([
      0,
      expect.stringContaining('{"path":"templates.mine","after":"<li>"}'),
    ]);
    expect((await cli("diff", file, "--exit-code"))[0]).toBe(1);
    expect((await cli("push", file))[0]).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(`{ "version": ${version + 1},\n  "templates": { "mine": "<li>" } }\n`);

    const stale = join(folder, "stale.json");
    writeFileSync(stale, `{ "version": ${version}, "slots": {} }`);
    expect(await cli("push", stale)).toEqual([1, expect.stringMatching(/412 config_changed.*--force/)]);
    writeFileSync(stale, `{ "version": ${version}, "slots": { "home": { "count": 1000 } } }`);
    expect(await cli("push", stale, "--force")).toEqual([1, expect.stringMatching(/slots\.home\.count.*1000/)]);
    writeFileSync(stale, `{ "version": ${version}, "slots": {} }`);
    expect(await cli("push", stale, "--force", "--json")).toEqual([0, expect.stringContaining('"changed":true')]);
    expect((await current()).version).toBe(version + 2);

    expect((await cli("push"))[0]).toBe(2);
    expect((await cli("push", join(folder, "absent.json")))[0]).toBe(1);
  } finally {
    stdout.mockRestore();
  }
});
