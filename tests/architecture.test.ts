// Holds every TypeScript file of the repository to the import rules of the architecture, one test a rule.
// tests/architecture/rules.test.ts shows that each rule can fail.
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { describe, expect, it } from "vitest";
import * as code from "./architecture/code-rules.ts";
import * as imports from "./architecture/import-rules.ts";
import { parseSource } from "./architecture/source-file.ts";
import { format, type Rule } from "./architecture/violation.ts";

const ROOT = resolve(import.meta.dirname, "..");
const SKIPPED = /^(\.|node_modules$|dist$|coverage$)/;

function typeScriptFiles(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.test(entry.name)) return [];
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return typeScriptFiles(path);
    return entry.name.endsWith(".ts") && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

const files = typeScriptFiles(ROOT).map((path) =>
  parseSource(relative(ROOT, path).split(sep).join("/"), readFileSync(path, "utf8")),
);

const RULES: Readonly<Record<string, Rule>> = {
  "every file belongs to a layer": imports.filesHaveALayer,
  "a layer imports only the layers below it": imports.layersAreKept,
  "imports are literal, carry their extension and stay inside": imports.importsAreReadable,
  "kernels import no package": imports.kernelsImportNoPackage,
  "Node's modules are imported by tooling, training and tests only": imports.nodeStaysInTooling,
  "cloudflare: modules are imported by Workers only": imports.cloudflareStaysInWorkers,
  "onnxruntime is imported by src/inference only": imports.onnxStaysInInference,
  "imports form no cycle": imports.importsHaveNoCycle,
  "the core takes clock, randomness and ids as arguments": code.coreHasNoClockOrRandomness,
  "what a score depends on uses the kernels' exact functions": code.scoresUseExactMath,
  "generated Env interfaces are seen by Workers only": code.envStaysInWorkers,
  "no folder is called utils": code.noFolderIsCalledUtils,
  "no file is a barrel": code.noFileIsABarrel,
};

describe("architecture", () => {
  it("has read the repository", () => {
    expect(files.map(({ path }) => path)).toContain("tests/architecture.test.ts");
    expect(files.some(({ path }) => path.startsWith("src/kernels/"))).toBe(true);
  });

  it.each(Object.entries(RULES))("%s", (_name, rule) => {
    expect(format(rule(files))).toEqual([]);
  });
});
