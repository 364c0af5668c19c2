// The tests: `core` runs in Node, `workerd` inside the Workers runtime, `system` drives all four Workers at once,
// `browser` looks at pages in Chromium.
// One project after the other (groupOrder), so that two cores are enough and no time limit meets a busy machine.
import { existsSync } from "node:fs";
import { cloudflareTest } from "@cloudflare/vitest-plugin";
import { defineConfig, type TestProjectConfiguration } from "vitest/config";

const OBJECTS = `${import.meta.dirname}/durable-objects`;

/** Nothing here is timed: the limits end what hangs, on a machine that is busy with other things too. */
const PATIENCE = { testTimeout: 60_000, hookTimeout: 180_000 };

const core: TestProjectConfiguration = {
  test: {
    name: "core",
    environment: "node",
    setupFiles: ["tests/support/seed.ts"],
    include: [
      "{src,workers,middleware,cli,examples,scripts,bench}/**/*.test.ts",
      "tests/architecture.test.ts",
      "tests/architecture/**/*.test.ts",
    ],
    exclude: ["**/*.workerd.test.ts"],
    maxWorkers: 2,
    ...PATIENCE,
    sequence: { groupOrder: 0 },
  },
};

// The numbers of the kernels must be the same to the bit in Node and in workerd: their parity tests run in both.
const workerd: TestProjectConfiguration = {
  plugins: [
    cloudflareTest({
      wrangler: { configPath: `${OBJECTS}/wrangler.toml` },
      // vitest imports node:inspector; without the module the plugin warns in every test file.
      miniflare: { compatibilityFlags: ["enable_nodejs_inspector_module"] },
    }),
  ],
  test: {
    name: "workerd",
    include: ["durable-objects/**/*.test.ts", "src/kernels/*.parity.test.ts", "src/**/*.workerd.test.ts"],
    maxWorkers: 1,
    ...PATIENCE,
    // itty-durable mixes CommonJS and ES modules: bundled beforehand, as esbuild does for the Workers themselves.
    deps: { optimizer: { ssr: { enabled: true, include: ["itty-durable"] } } },
    sequence: { groupOrder: 1 },
  },
};

const system: TestProjectConfiguration = {
  test: {
    name: "system",
    environment: "node",
    include: ["tests/**/*.test.ts"],
    exclude: ["tests/architecture.test.ts", "tests/architecture/**", "tests/browser/**"],
    fileParallelism: false,
    ...PATIENCE,
    sequence: { groupOrder: 2 },
  },
};

const browser: TestProjectConfiguration = {
  test: {
    name: "browser",
    environment: "node",
    include: ["tests/browser/**/*.test.ts"],
    fileParallelism: false,
    ...PATIENCE,
    sequence: { groupOrder: 3 },
  },
};

export default defineConfig({
  test: {
    projects: [core, ...(existsSync(`${OBJECTS}/index.ts`) ? [workerd] : []), system, browser],
  },
});
