// Writes each Worker's Env interface from its wrangler.toml. With --check it writes nothing and fails when a committed
// file differs from what it would write.
import { readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { experimental_generateTypes as generateTypes } from "wrangler";
import { envDeclarations } from "./env-declarations.ts";
import { WORKERS, type WorkerProject } from "./workers.ts";

/** Whose bindings `import { env } from "cloudflare:workers"` has: the vitest plugin runs its tests in this Worker. */
const GLOBALS_OWNER: WorkerProject["name"] = "durable-objects";

async function generateAll(): Promise<Map<string, string>> {
  const declaredModules = new Set<string>();
  const texts = new Map<string, string>();
  for (const worker of WORKERS) {
    // The others' configurations tell wrangler which class stands behind a service binding or a `script_name`.
    const others = WORKERS.filter((other) => other !== worker).map((other) => other.config);
    const { content } = await generateTypes({
      config: [worker.config, ...others],
      envInterface: worker.envInterface,
      includeRuntime: false,
      path: worker.envTypes,
    });
    texts.set(worker.envTypes, envDeclarations(content, worker.name === GLOBALS_OWNER, declaredModules));
  }
  return texts;
}

function readIfPresent(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const { values: options } = parseArgs({ options: { check: { type: "boolean", default: false } } });
process.chdir(`${import.meta.dirname}/..`);

let drifted = 0;
for (const [path, expected] of await generateAll()) {
  const actual = readIfPresent(path);
  if (actual === expected) continue;
  if (!options.check) {
    writeFileSync(path, expected);
    console.log(`wrote ${path}`);
    continue;
  }
  drifted++;
  const actualLines = actual.split("\n");
  const line = expected.split("\n").findIndex((text, index) => text !== actualLines[index]);
  console.error(`${path}:${line + 1} differs from the Worker's configuration: run \`npm run types:env\``);
}
process.exitCode = drifted > 0 ? 1 : 0;
