// The four Workers from their real configurations in one local server, with queues, objects and storage of their own.
// Secrets come from .dev.vars; only the keys of a second site are added.
import "./quiet.ts";
import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { createTestHarness, type TestHarness } from "wrangler";
import { importHmacKey } from "../../src/kernels/digest.ts";
import { objectName, type Visitor } from "../../src/privacy/names.ts";

export const KEYS = {
  secret: "sk_dev",
  public: "pk_dev",
  otherSecret: "sk_other_dev",
  otherPublic: "pk_other_dev",
} as const;

const ROOT = new URL("../../", import.meta.url).pathname;
const CONFIGS = [
  "wrangler.toml",
  "durable-objects/wrangler.toml",
  "workers/decision/wrangler.toml",
  "workers/lake/wrangler.toml",
];

export interface HarnessOptions {
  /** Variables of the edge Worker. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Secrets of the edge Worker, in place of those of .dev.vars. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Configurations of Workers that stand in for others, by their place in CONFIGS. */
  readonly workers?: Readonly<Record<number, string>>;
}

/** To be started with `listen` and ended with `close`. */
export function createHarness(options: HarnessOptions = {}): TestHarness {
  return createTestHarness({ root: ROOT, workers: configsOf(options) });
}

/** The four Workers, for a harness that has others besides. */
export function configsOf({ vars = {}, secrets = {}, workers = {} }: HarnessOptions = {}) {
  return CONFIGS.map((configPath, index) => ({
    configPath: workers[index] ?? configPath,
    ...(index === 0 ? { secrets: { NOWCAST_KEYS: Object.values(KEYS).join(" "), ...secrets }, vars: { ...vars } } : {}),
  }));
}

/** The name of a visitor's object of the default site. */
export async function nameOf(visitor: Visitor): Promise<string> {
  const { NOWCAST_NAMING_KEY = "" } = parseEnv(readFileSync(`${ROOT}.dev.vars`, "utf8"));
  return objectName("default", visitor, await importHmacKey(NOWCAST_NAMING_KEY));
}

/** Lets an object lose its memory, as the platform does at any time. */
export async function evictVisitor(harness: TestHarness, anonymousId: string): Promise<void> {
  const name = await nameOf({ kind: "a", id: anonymousId });
  await harness.getWorker("nowcast-objects").evictDurableObject("VisitorProfile", { name });
}
