// The four Workers, in the order in which they are deployed: what a Worker binds must be there before it.

export interface WorkerProject {
  /** Short name: the folder below `dist/` and the name in reports. */
  readonly name: "durable-objects" | "decision" | "lake" | "edge";
  /** Its configuration, relative to the root of the repository. */
  readonly config: string;
  /** Where `main` of the configuration points. */
  readonly entry: string;
  /** The interface that `npm run types:env` generates from the configuration. */
  readonly envInterface: string;
  /** The file that holds the interface. */
  readonly envTypes: string;
}

export const WORKERS: readonly WorkerProject[] = [
  {
    name: "durable-objects",
    config: "durable-objects/wrangler.toml",
    entry: "durable-objects/index.ts",
    envInterface: "ObjectsEnv",
    envTypes: "durable-objects/env.d.ts",
  },
  {
    name: "decision",
    config: "workers/decision/wrangler.toml",
    entry: "workers/decision/index.ts",
    envInterface: "DecisionEnv",
    envTypes: "workers/decision/env.d.ts",
  },
  {
    name: "lake",
    config: "workers/lake/wrangler.toml",
    entry: "workers/lake/index.ts",
    envInterface: "LakeEnv",
    envTypes: "workers/lake/env.d.ts",
  },
  {
    name: "edge",
    config: "wrangler.toml",
    entry: "workers/edge/index.ts",
    envInterface: "EdgeEnv",
    envTypes: "workers/edge/env.d.ts",
  },
];
