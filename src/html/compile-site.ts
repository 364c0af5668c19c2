// The configuration in the form in which requests ask for it: made once when a version arrives, not on every page.
import type { EditConfig } from "./edit-schema.ts";
import type { ExperimentConfig } from "./experiment-schema.ts";
import type { GateConfig } from "./identity-schema.ts";
import type { PageConfig } from "./page-schema.ts";
import { guardedPath, matchesPath, type PathPattern, PathTable, parsePattern } from "./path-pattern.ts";
import { type CompiledRoute, compileRoutes } from "./routing.ts";
import type { SiteConfig } from "./site-config.ts";

export interface CompiledExperiment {
  readonly key: string;
  readonly config: ExperimentConfig;
  /** Null: all pages. */
  readonly pages: readonly PathPattern[] | null;
}

export interface CompiledEdit {
  readonly config: EditConfig;
  readonly pages: readonly PathPattern[];
}

export interface CompiledSite {
  readonly config: SiteConfig;
  /** By normalised path (path-pattern.ts). */
  readonly pages: PathTable<PageConfig>;
  /** See `gateOf`. */
  readonly gates: PathTable<GateConfig>;
  readonly routes: readonly CompiledRoute[];
  readonly experiments: readonly CompiledExperiment[];
  readonly edits: readonly CompiledEdit[];
  /** Whether who visits matters before the origin is asked. */
  readonly needsPlan: boolean;
}

export function compileSite(config: SiteConfig): CompiledSite {
  const { pages, gates, routes, experiments, edits, identity } = config;
  return {
    config,
    pages: new PathTable(Object.entries(pages)),
    gates: new PathTable(Object.entries(gates).map(([pattern, gate]) => [pattern.toLowerCase(), gate])),
    routes: compileRoutes(routes),
    experiments: Object.entries(experiments).map(([key, config]) => ({
      key,
      config,
      pages: config.pages === undefined ? null : patternsOf(config.pages),
    })),
    edits: edits.map((config) => ({ config, pages: patternsOf(config.pages) })),
    needsPlan: routes.length + edits.length + Object.keys(experiments).length > 0 || identity.jwt !== undefined,
  };
}

/**
 * The gate before a path, also where an origin reads it otherwise: cases, parameters of segments as Java's servers leave them out
 * (`/admin;x/y` and `/p/..;/admin/y` are then `/admin/y`; RFC 3986, section 3.3), what is encoded twice. Closed by any reading is closed.
 * @param path normalised. @returns undefined where it is open to all
 */
export function gateOf(gates: PathTable<GateConfig>, path: string): GateConfig | undefined {
  const readings = [gates.find(guardedPath(path)), gates.find(path.toLowerCase())];
  return readings.find((gate) => gate !== undefined && !gate.open);
}

/** @param path normalised */
export function matchesOneOf(patterns: readonly PathPattern[], path: string): PathPattern | undefined {
  return patterns.find((pattern) => matchesPath(pattern, path));
}

function patternsOf(texts: readonly string[]): PathPattern[] {
  return texts.flatMap((text) => parsePattern(text) ?? []);
}
