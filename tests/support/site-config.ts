// The configuration of a test's site. Isolates read it when they first need it: before the first page.
import { expect } from "vitest";
import type { Site } from "./site.ts";

/** @param config without its version: the first one of the site */
export async function configure(site: Site, config: object): Promise<void> {
  const answer = await site.system.request("/v1/config", { method: "PUT", json: config });
  expect(`${answer.status} ${await answer.text()}`).toBe('200 {"version":1}');
}
