// The configuration in the form in which requests ask for it: made once when a version arrives, not on every page.
import type { PageConfig } from "./page-schema.ts";
import { PathTable } from "./path-pattern.ts";
import type { SiteConfig } from "./site-config.ts";

export interface CompiledSite {
  readonly config: SiteConfig;
  /** By normalised path (path-pattern.ts). */
  readonly pages: PathTable<PageConfig>;
}

export function compileSite(config: SiteConfig): CompiledSite {
  return { config, pages: new PathTable(Object.entries(config.pages)) };
}
