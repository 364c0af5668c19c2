// The browser's scripts as they are committed are those of their sources and fit their budgets.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CLIENT_SCRIPTS } from "../workers/edge/client-scripts.ts";
import { GZIP_BUDGETS, generate, gzipBytes } from "./build-client.ts";
import { ROOT } from "./run.ts";

test("what is committed is what the sources say", async () => {
  for (const [path, text] of Object.entries(await generate())) {
    expect(readFileSync(join(ROOT, path), "utf8") === text, `${path}: npm run build:client`).toBe(true);
  }
});

test.each(Object.entries(GZIP_BUDGETS))("%s has at most %i bytes after gzip", (name, budget) => {
  const text = CLIENT_SCRIPTS[name]?.text ?? "";
  expect(text.length).toBeGreaterThan(100);
  expect(gzipBytes(text)).toBeLessThanOrEqual(budget);
});

test("tracking and slots are one script of 4 KB", () => {
  expect(GZIP_BUDGETS["nowcast.js"]).toBe(4096);
});
