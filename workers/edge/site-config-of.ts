// The configuration of a site as this isolate holds it.
import type { EdgeContext } from "./context.ts";
import { readStored } from "./site-config-store.ts";
import { type HeldConfig, IsolateSiteConfigs } from "./site-configs.ts";

const configs = new IsolateSiteConfigs();

/** At once when the isolate has it. */
export function siteConfigOf(c: EdgeContext, site: string): Promise<HeldConfig> {
  return configs.configOf(site, {
    copies: c.env.SITE_CONFIG,
    stored: (name) => readStored(name, { bucket: c.env.SNAPSHOTS }),
    waitUntil: (work) => c.executionCtx.waitUntil(work),
    clock: Date.now,
  });
}
