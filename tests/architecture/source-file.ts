// One TypeScript file as the architecture rules see it: its syntax tree and what it imports. vitest's own parser reads
// it (oxc), so that no comment or string is ever taken for code.
import { posix } from "node:path";
import { parseAst } from "vitest/node";

/** A node of an ESTree syntax tree, with the additions for TypeScript. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly [key: string]: unknown;
}

export interface SourceImport {
  readonly line: number;
  /** As written; undefined when a dynamic import computes it. */
  readonly specifier: string | undefined;
  /** For a relative import: the path from the root of the repository. */
  readonly target: string | undefined;
  /** Erased when types are stripped, so nothing of it runs. `import { type A }` is not: the import itself stays. */
  readonly typeOnly: boolean;
  /** Imported names as exported; empty for `import *`, default, dynamic and side-effect imports. */
  readonly names: readonly string[];
}

export interface SourceFile {
  /** From the root of the repository, with forward slashes. */
  readonly path: string;
  readonly statements: readonly SyntaxNode[];
  readonly nodes: readonly SyntaxNode[];
  readonly imports: readonly SourceImport[];
  lineOf(node: SyntaxNode): number;
}

/** @throws SyntaxError when the text is not TypeScript */
export function parseSource(path: string, text: string): SourceFile {
  const program = parseAst(text, { lang: "ts" }, path) as unknown as SyntaxNode;
  const nodes: SyntaxNode[] = [];
  collect(program, nodes);
  const lineOf = (node: SyntaxNode): number => text.slice(0, node.start).split("\n").length;
  const imports = nodes.flatMap((node) => importOf(node, path, lineOf(node)) ?? []);
  return { path, statements: program.body as SyntaxNode[], nodes, imports, lineOf };
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string";
}

function collect(value: unknown, into: SyntaxNode[]): void {
  if (Array.isArray(value)) {
    for (const element of value) collect(element, into);
  } else if (isNode(value)) {
    into.push(value);
    for (const child of Object.values(value)) if (typeof child === "object") collect(child, into);
  }
}

function importOf(node: SyntaxNode, path: string, line: number): SourceImport | undefined {
  const source = sourceOf(node);
  if (source === undefined) return undefined;
  const value = isNode(source) && source.type === "Literal" ? source.value : undefined;
  const specifier = typeof value === "string" ? value : undefined;
  return {
    line,
    specifier,
    target: specifier?.startsWith(".") ? posix.join(posix.dirname(path), specifier) : undefined,
    typeOnly: node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type",
    names: importedNames(node),
  };
}

/** The node that names the other module, for every syntax that has one. */
function sourceOf(node: SyntaxNode): unknown {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
    case "TSImportType":
      return node.source;
    case "ExportNamedDeclaration":
      return node.source ?? undefined;
    case "TSExternalModuleReference":
      return node.expression;
    case "CallExpression":
      return isNode(node.callee) && node.callee.name === "require" ? (node.arguments as unknown[])[0] : undefined;
    default:
      return undefined;
  }
}

function importedNames(node: SyntaxNode): string[] {
  const specifiers = (node.specifiers ?? []) as SyntaxNode[];
  return specifiers.flatMap(({ imported }) => (isNode(imported) ? [String(imported.name ?? imported.value)] : []));
}
