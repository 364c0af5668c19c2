import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { proxyDurable } from "itty-durable";
import { expect, test } from "vitest";
import type { RegistryCalls } from "./model-registry.ts";

const registryOf = (site: string) => proxyDurable(env.MODEL_REGISTRY, { parse: true }).get(site) as RegistryCalls;

test("a registry hands out versions, moves the champion and rolls back, across an eviction", async () => {
  const registry = registryOf("site-a");
  expect(await registry.read()).toEqual({ champion: null, challengers: [], versions: [], previous: [] });
  expect(await registry.nextVersion("2026-11-22")).toEqual({ version: "2026-11-22.1" });
  await registry.publish("2026-11-22.1", "aaaa", 1, 1);
  await evictDurableObject(env.MODEL_REGISTRY.getByName("site-a"));
  expect(await registry.nextVersion("2026-11-22")).toEqual({ version: "2026-11-22.2" });
  await registry.publish("2026-11-22.2", "bbbb", 2, 0.1);
  expect(await registry.read()).toMatchObject({
    champion: "2026-11-22.1",
    challengers: [{ version: "2026-11-22.2", share: 0.1 }],
  });
  expect(await registry.publish("2026-11-22.2", "bbbb", 3, 1)).toMatchObject({
    champion: "2026-11-22.2",
    challengers: [],
    previous: ["2026-11-22.1"],
  });
  expect(await registry.rollback()).toMatchObject({ champion: "2026-11-22.1", previous: [] });
  expect(await registry.rollback()).toMatchObject({ champion: "2026-11-22.1", previous: [] });
});

test("sites have registries of their own", async () => {
  await registryOf("site-b").publish("2026-11-22.1", "aaaa", 1, 1);
  expect((await registryOf("site-c").read()).champion).toBeNull();
});
