// Who may import whom. A layer is a folder of src, a Worker, or a program around them; every .ts file belongs to one.
import { posix } from "node:path";

/** Programs that run on a developer's machine: they may import anything. */
const TOOLING = ["bench", "cli", "examples", "scripts", "tests"];
const WORKER_LAYERS = ["durable-objects", "workers/decision", "workers/edge", "workers/lake"];

const FOUNDATION = ["kernels", "events", "profile", "catalog", "snapshot", "telemetry"];
const DOMAIN = ["features", "experiments", "privacy", "lake", "html"];
const SERVED = [...FOUNDATION, ...DOMAIN, "ranking", "inference", "http", "client"];

/** The scorer port and its plain implementation: all of ranking that inference may know. */
const SCORER_PORT = ["src/ranking/scorer.ts", "src/ranking/linear-scorer.ts"];

/** How a Worker's answers read: pure, and as much the caller's as its own. */
const WIRE_FORMATS = ["workers/decision/wire.ts"];

interface Permission {
  /** Layers, or single files. */
  readonly imports: readonly string[];
  /** Layers of which only types may be imported. */
  readonly types?: readonly string[];
}

const ANYTHING = "anything";

const PERMISSIONS: Readonly<Record<string, Permission | typeof ANYTHING>> = {
  kernels: { imports: [] },
  events: { imports: ["kernels"] },
  profile: { imports: ["kernels", "events"] },
  catalog: { imports: ["kernels", "events"] },
  snapshot: { imports: ["kernels"] },
  telemetry: { imports: ["kernels"] },
  ...Object.fromEntries(DOMAIN.map((layer) => [layer, { imports: FOUNDATION }])),
  ranking: { imports: [...FOUNDATION, "features", "experiments"] },
  inference: { imports: ["kernels", "snapshot", ...SCORER_PORT] },
  http: { imports: ["kernels", "events", "privacy", "telemetry"] },
  middleware: { imports: ["kernels", "telemetry", "html", "http"] },
  client: { imports: ["src/html/template.ts"], types: ["events"] },
  training: { imports: [...SERVED, "nowcast.config"] },
  ...Object.fromEntries(
    WORKER_LAYERS.map((layer) => [
      layer,
      { imports: [...SERVED, "nowcast.config", ...WIRE_FORMATS], types: WORKER_LAYERS },
    ]),
  ),
  "nowcast.config": { imports: SERVED },
  ...Object.fromEntries(TOOLING.map((layer) => [layer, ANYTHING])),
};

/** @returns the layer of a file, or undefined when the house has no room for it */
export function layerOf(path: string): string | undefined {
  const [first = "", second = ""] = path.split("/");
  if (path === "vitest.config.ts") return "scripts";
  const layer = first === "src" ? second : first === "workers" ? `workers/${second}` : first.replace(/\.ts$/, "");
  return Object.hasOwn(PERMISSIONS, layer) && (first === "src") === isSourceLayer(layer) ? layer : undefined;
}

/** Layers in src, by the name of their folder. */
export function isSourceLayer(layer: string | undefined): boolean {
  return layer !== undefined && (SERVED.includes(layer) || layer === "training");
}

export function isWorkerLayer(layer: string | undefined): boolean {
  return layer !== undefined && WORKER_LAYERS.includes(layer);
}

/** Tests stand beside what they test and may import anything. */
export function isTest(path: string): boolean {
  return path.endsWith(".test.ts");
}

export function mayUseNode(path: string): boolean {
  const layer = layerOf(path);
  return isTest(path) || layer === "training" || (layer !== undefined && PERMISSIONS[layer] === ANYTHING);
}

/** @param from path of the importing file; @param to path of the imported one */
export function mayImport(from: string, to: string, typeOnly: boolean): boolean {
  const layer = layerOf(from);
  const permission = layer === undefined ? undefined : PERMISSIONS[layer];
  if (permission === ANYTHING || isTest(from)) return true;
  if (permission === undefined) return false;
  const target = layerOf(to);
  // Data at the root, such as package.json, belongs to no layer.
  if (target === undefined) return !to.endsWith(".ts") && posix.dirname(to) === "." && isWorkerLayer(layer);
  if (isTest(to)) return false;
  if (target === layer || permission.imports.includes(target) || permission.imports.includes(to)) return true;
  return typeOnly && (permission.types ?? []).includes(target);
}
