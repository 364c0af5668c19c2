// The rules about who imports what.
import { isBuiltin } from "node:module";
import { isSourceLayer, isTest, isWorkerLayer, layerOf, mayImport, mayUseNode } from "./layers.ts";
import type { SourceFile, SourceImport } from "./source-file.ts";
import type { Rule, Violation } from "./violation.ts";

type ImportCheck = (declaration: SourceImport, path: string) => string | undefined;

function importRule(check: ImportCheck): Rule {
  return (files) =>
    files.flatMap(({ path, imports }) =>
      imports.flatMap((declaration) => {
        const message = check(declaration, path);
        return message === undefined ? [] : [{ path, line: declaration.line, message }];
      }),
    );
}

export const filesHaveALayer: Rule = (files) =>
  files
    .filter(({ path }) => layerOf(path) === undefined)
    .map(({ path }) => ({ path, line: 1, message: "belongs to no layer: tests/architecture/layers.ts lists them" }));

export const layersAreKept: Rule = importRule(({ target, typeOnly }, path) => {
  if (target === undefined || mayImport(path, target, typeOnly)) return undefined;
  const what = typeOnly ? "the types of " : "";
  return `${layerOf(path) ?? "a file without layer"} may not import ${what}${target}`;
});

/** Whether an import can be judged at all: by a literal path, with its extension, inside the repository. */
export const importsAreReadable: Rule = importRule(({ specifier, target }, path) => {
  const layer = layerOf(path);
  if (specifier === undefined) {
    return isTest(path) || !(isSourceLayer(layer) || isWorkerLayer(layer)) ? undefined : "computes what it imports";
  }
  if (specifier.startsWith("/") || target?.startsWith("../")) return `imports ${specifier} from outside the repository`;
  return target !== undefined && !/\.[a-z]+$/.test(target) ? `imports ${specifier} without its extension` : undefined;
});

export const kernelsImportNoPackage: Rule = importRule(({ specifier, target }, path) =>
  layerOf(path) === "kernels" && !isTest(path) && target === undefined
    ? `kernels may not import ${specifier ?? "anything"}`
    : undefined,
);

export const nodeStaysInTooling: Rule = importRule(({ specifier }, path) =>
  specifier !== undefined && isBuiltin(specifier) && !mayUseNode(path) ? `may not import ${specifier}` : undefined,
);

export const cloudflareStaysInWorkers: Rule = importRule(({ specifier, names }, path) => {
  const layer = layerOf(path);
  if (!specifier?.startsWith("cloudflare:") || isTest(path) || layer === "tests") return undefined;
  if (!isWorkerLayer(layer)) return `may not import ${specifier}`;
  // One program has one `Cloudflare.Env`, that of durable-objects: elsewhere these names would have the wrong type.
  const global = names.find((name) => name === "env" || name === "exports");
  return global !== undefined && layer !== "durable-objects"
    ? `takes ${global} from a global; use this.env`
    : undefined;
});

export const onnxStaysInInference: Rule = importRule(({ specifier }, path) => {
  if (!/^onnxruntime-(web|common)\b/.test(specifier ?? "")) return undefined;
  const layer = layerOf(path) ?? "";
  if (layer === "inference") return undefined;
  if (specifier?.endsWith(".wasm") && ["workers/decision", "training", "cli", "tests"].includes(layer))
    return undefined;
  return `may not import ${specifier}: src/inference is the only importer of onnxruntime`;
});

/** Type imports count: two files that need each other's types are one concept in two places. */
export const importsHaveNoCycle: Rule = (files) => {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const stack: SourceFile[] = [];
  const violations: Violation[] = [];
  const visit = (file: SourceFile): void => {
    stack.push(file);
    for (const { target, line } of file.imports) {
      const next = target === undefined ? undefined : byPath.get(target);
      if (next === undefined || done.has(next.path)) continue;
      const start = stack.indexOf(next);
      if (start < 0) {
        visit(next);
      } else {
        const cycle = [...stack.slice(start), next].map(({ path }) => path).join(" → ");
        violations.push({ path: file.path, line, message: `closes a cycle: ${cycle}` });
      }
    }
    stack.pop();
    done.add(file.path);
  };
  for (const file of files) if (!done.has(file.path)) visit(file);
  return violations;
};
