// Each rule of the architecture is shown code that breaks it and code that keeps it, so that none passes by not looking.
import { describe, expect, it } from "vitest";
import * as code from "./code-rules.ts";
import * as imports from "./import-rules.ts";
import { parseSource } from "./source-file.ts";
import { format, type Rule } from "./violation.ts";

/** Runs a rule over in-memory files. */
function check(rule: Rule, sources: Readonly<Record<string, string>>): string[] {
  return format(rule(Object.entries(sources).map(([path, text]) => parseSource(path, text))));
}

/** Asserts what a rule says of one file, by the lines that it objects to. */
function expectLines(rule: Rule, path: string, text: string, lines: readonly number[]): void {
  expect(rule([parseSource(path, text)]).map(({ line }) => line)).toEqual(lines);
}

describe("layers", () => {
  it("names file, line, layer and what it may not import", () => {
    const text =
      '// The fold.\nimport { decay } from "../kernels/decay.ts";\nimport { rank } from "../ranking/decide.ts";';
    expect(check(imports.layersAreKept, { "src/profile/fold.ts": text })).toEqual([
      "src/profile/fold.ts:3 profile may not import src/ranking/decide.ts",
    ]);
  });

  it.each([
    'import "../ranking/a.ts"',
    'import type { A } from "../ranking/a.ts"',
    'export { a } from "../ranking/a.ts"',
    'export * from "../ranking/a.ts"',
    'const a = await import("../ranking/a.ts")',
    'type A = import("../ranking/a.ts").A',
    'let a: typeof import("../ranking/a.ts")',
    'import a = require("../ranking/a.ts")',
    'const a = require("../ranking/a.ts")',
  ])("sees %s", (text) => expectLines(imports.layersAreKept, "src/profile/fold.ts", text, [1]));

  it("takes no comment and no string for an import", () => {
    const text = '// import "../ranking/a.ts"\nconst text = `import "../ranking/a.ts"`;';
    expectLines(imports.layersAreKept, "src/profile/fold.ts", text, []);
  });

  it.each([
    ["src/kernels/decay.ts", "../events/event.ts", 1],
    ["src/events/event.ts", "../kernels/hash.ts", 0],
    ["src/events/event.ts", "../profile/profile.ts", 1],
    ["src/telemetry/stage.ts", "../events/event.ts", 1],
    ["src/ranking/decide.ts", "../experiments/assign.ts", 0],
    ["src/features/taste.ts", "../experiments/assign.ts", 1],
    ["src/inference/session.ts", "../ranking/scorer.ts", 0],
    ["src/inference/session.ts", "../ranking/decide.ts", 1],
    ["src/http/auth.ts", "../profile/fold.ts", 1],
    ["src/training/dataset.ts", "../ranking/decide.ts", 0],
    ["src/features/taste.ts", "../../nowcast.config.ts", 1],
    ["workers/edge/index.ts", "../../nowcast.config.ts", 0],
    ["workers/edge/index.ts", "../../src/training/dataset.ts", 1],
    ["workers/edge/index.ts", "../../package.json", 0],
    ["workers/edge/index.ts", "../decision/index.ts", 1],
    ["cli/nowcast.ts", "../src/training/dataset.ts", 0],
    ["src/profile/fold.ts", "./fold.test.ts", 1],
    ["src/profile/fold.test.ts", "../ranking/decide.ts", 0],
  ])("%s imports %s: %i violations", (path, specifier, count) => {
    expect(check(imports.layersAreKept, { [path]: `import "${specifier}"` })).toHaveLength(count);
  });

  it("lets Workers and the client take types, also inline, but nothing that runs", () => {
    const edge = 'import type { A } from "../decision/index.ts";\nimport { type B } from "../decision/index.ts";';
    expectLines(imports.layersAreKept, "workers/edge/index.ts", edge, [2]);
    const client = 'import type { Event } from "../events/event.ts";\nimport { parse } from "../events/event.ts";';
    expectLines(imports.layersAreKept, "src/client/send.ts", client, [2]);
  });

  it("finds files without a layer", () => {
    const sources = {
      "src/misc/a.ts": "",
      "lib/a.ts": "",
      "workers/shared.ts": "",
      "training/a.ts": "",
      "cli/a.ts": "",
    };
    expect(check(imports.filesHaveALayer, sources)).toHaveLength(4);
  });

  it("finds imports that cannot be judged", () => {
    const text = 'import "./a";\nimport "/etc/a.ts";\nimport "../../../a.ts";\nawait import(name);\nimport "./b.ts";';
    expectLines(imports.importsAreReadable, "src/profile/fold.ts", text, [1, 2, 3, 4]);
    expectLines(imports.importsAreReadable, "cli/load.ts", "await import(name);", []);
  });
});

describe("packages", () => {
  it("kernels import none, their tests may", () => {
    expectLines(imports.kernelsImportNoPackage, "src/kernels/a.ts", 'import "zod";\nimport "./b.ts";', [1]);
    expectLines(imports.kernelsImportNoPackage, "src/kernels/a.test.ts", 'import "fast-check";', []);
  });

  it("Node's modules stay outside what is served, with and without prefix", () => {
    const text = 'import "node:fs";\nimport "fs/promises";\nimport "zod";';
    expectLines(imports.nodeStaysInTooling, "src/lake/a.ts", text, [1, 2]);
    expectLines(imports.nodeStaysInTooling, "workers/edge/index.ts", text, [1, 2]);
    for (const path of ["src/training/a.ts", "cli/a.ts", "src/lake/a.test.ts", "vitest.config.ts"]) {
      expectLines(imports.nodeStaysInTooling, path, text, []);
    }
  });

  it("cloudflare: stays in Workers, its global env in durable-objects", () => {
    const text = 'import { DurableObject } from "cloudflare:workers";\nimport { env } from "cloudflare:workers";';
    expectLines(imports.cloudflareStaysInWorkers, "src/profile/a.ts", text, [1, 2]);
    expectLines(imports.cloudflareStaysInWorkers, "workers/edge/index.ts", text, [2]);
    expectLines(imports.cloudflareStaysInWorkers, "durable-objects/index.ts", text, []);
  });

  it("onnxruntime stays in inference, its wasm may be handed in", () => {
    const text = 'import "onnxruntime-web/wasm";\nimport wasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm";';
    expectLines(imports.onnxStaysInInference, "src/inference/session.ts", text, []);
    expectLines(imports.onnxStaysInInference, "workers/decision/index.ts", text, [1]);
    expectLines(imports.onnxStaysInInference, "workers/edge/index.ts", text, [1, 2]);
  });
});

describe("cycles", () => {
  it("are found through values and types, and named", () => {
    const sources = {
      "src/profile/a.ts": 'import "./b.ts";',
      "src/profile/b.ts": '\nimport type { C } from "./c.ts";',
      "src/profile/c.ts": 'import "./a.ts";',
    };
    expect(check(imports.importsHaveNoCycle, sources)).toEqual([
      "src/profile/c.ts:1 closes a cycle: src/profile/a.ts → src/profile/b.ts → src/profile/c.ts → src/profile/a.ts",
    ]);
  });

  it("do not include two ways to one file", () => {
    const sources = {
      "src/a.ts": 'import "./b.ts";\nimport "./c.ts";',
      "src/b.ts": 'import "./c.ts";',
      "src/c.ts": "",
    };
    expect(check(imports.importsHaveNoCycle, sources)).toEqual([]);
  });
});

describe("code", () => {
  it("the core has no clock and no randomness", () => {
    const text = [
      "Date.now();",
      'Math["random"]();',
      "const { now } = Date;",
      "globalThis.Date.now();",
      "new Date();",
      "Date();",
      "crypto.randomUUID();",
      "performance.now();",
      "new Date(now); Math.max(1, 2); clock.now();",
    ].join("\n");
    expectLines(code.coreHasNoClockOrRandomness, "src/privacy/token.ts", text, [1, 2, 3, 4, 5, 6, 7, 8]);
    for (const path of ["src/training/a.ts", "src/client/a.ts", "workers/edge/a.ts", "cli/a.ts"]) {
      expectLines(code.coreHasNoClockOrRandomness, path, text, []);
    }
  });

  it("scores use exact mathematics", () => {
    const text = "Math.exp(1);\nconst { pow } = Math;\nx ** 2;\nx **= 2;\n2 ** 32; Math.sqrt(2); Math.fround(1);";
    expectLines(code.scoresUseExactMath, "src/features/taste.ts", text, [1, 2, 3, 4]);
    expectLines(code.scoresUseExactMath, "src/features/taste.test.ts", text, []);
    expectLines(code.scoresUseExactMath, "src/experiments/bandit.ts", text, []);
  });

  it("Env interfaces are seen by Workers only", () => {
    const text = "// EdgeEnv\nexport const site = (env: EdgeEnv) => env;";
    expectLines(code.envStaysInWorkers, "src/http/site.ts", text, [2]);
    expectLines(code.envStaysInWorkers, "workers/edge/site.ts", text, []);
  });

  it("no folder is called utils", () => {
    expect(check(code.noFolderIsCalledUtils, { "src/profile/utils/a.ts": "", "src/utilsation.ts": "" })).toHaveLength(
      1,
    );
  });

  it("no file only re-exports, but a Worker's entry may", () => {
    const star = 'export * from "./a.ts";';
    const named = 'import { a } from "./a.ts";\nexport { a };';
    for (const text of [star, named]) {
      expectLines(code.noFileIsABarrel, "src/profile/index.ts", text, [1]);
      expectLines(code.noFileIsABarrel, "durable-objects/index.ts", text, []);
      expectLines(code.noFileIsABarrel, "src/profile/index.ts", `${text}\nexport const b = 1;`, []);
    }
    expectLines(code.noFileIsABarrel, "src/profile/empty.ts", "", []);
  });
});
