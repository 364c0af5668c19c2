// The rules about what code does and how files are cut: determinism, Env, folders, barrels.
import { WORKERS } from "../../scripts/workers.ts";
import { isTest, isWorkerLayer, layerOf } from "./layers.ts";
import { isNode, type SyntaxNode } from "./source-file.ts";
import { nodeRule, type Rule } from "./violation.ts";

/** Clock and randomness reach the core as arguments or ports; training and the browser have their own. */
const CLOCKS = ["Date.now", "Math.random", "performance.now"];

/** ECMAScript leaves their last bits to the engine: Node and workerd may differ. src/kernels has exact ones. */
const UNSPECIFIED_MATH =
  "acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh"
    .split(" ")
    .map((name) => `Math.${name}`);

const EXACT_LAYERS = ["profile", "features", "catalog", "ranking"];

function isIdentifier(value: unknown, name?: string): boolean {
  return isNode(value) && value.type === "Identifier" && (name === undefined || value.name === name);
}

/** The members of globals that a node takes: `Math.exp`, `Math["exp"]`, `globalThis.Math.exp`, `const { exp } = Math`. */
function globalMembers(node: SyntaxNode): string[] {
  const [holder, keys] =
    node.type === "MemberExpression"
      ? [node.object, [node.property]]
      : node.type === "VariableDeclarator" && isNode(node.id) && node.id.type === "ObjectPattern"
        ? [node.init, (node.id.properties as SyntaxNode[]).map((property) => property.key)]
        : [undefined, []];
  if (!isNode(holder)) return [];
  const object = holder.type === "MemberExpression" ? holder.property : holder;
  if (!isNode(object) || !isIdentifier(object)) return [];
  return keys.filter(isNode).map((key) => `${String(object.name)}.${String(key.name ?? key.value)}`);
}

export const coreHasNoClockOrRandomness: Rule = nodeRule(
  (path) => path.startsWith("src/") && !["training", "client"].includes(layerOf(path) ?? ""),
  (node) => {
    const member = globalMembers(node).find((name) => CLOCKS.includes(name));
    if (member !== undefined) return `uses ${member}: take it as an argument or a port`;
    if (isIdentifier(node, "randomUUID")) return "uses randomUUID: take ids as an argument or a port";
    const isDate =
      (node.type === "NewExpression" || node.type === "CallExpression") && isIdentifier(node.callee, "Date");
    const readsClock = isDate && (node.type === "CallExpression" || (node.arguments as unknown[]).length === 0);
    return readsClock ? "reads the clock through Date: take the time as an argument" : undefined;
  },
);

export const scoresUseExactMath: Rule = nodeRule(
  (path) => path.startsWith("src/") && EXACT_LAYERS.includes(layerOf(path) ?? "") && !isTest(path),
  (node) => {
    const member = globalMembers(node).find((name) => UNSPECIFIED_MATH.includes(name));
    if (member !== undefined) return `uses ${member}, whose last bits depend on the engine: use src/kernels`;
    const operands =
      (node.type === "BinaryExpression" && node.operator === "**") ||
      (node.type === "AssignmentExpression" && node.operator === "**=")
        ? [node.left, node.right]
        : [];
    return operands.some((operand) => !(isNode(operand) && operand.type === "Literal"))
      ? "uses **, whose last bits depend on the engine: use src/kernels"
      : undefined;
  },
);

const ENV_INTERFACES = WORKERS.map(({ envInterface }) => envInterface);

export const envStaysInWorkers: Rule = nodeRule(
  (path) => !isWorkerLayer(layerOf(path)),
  (node) =>
    isIdentifier(node) && ENV_INTERFACES.includes(String(node.name))
      ? `refers to ${String(node.name)}: only a Worker sees its bindings`
      : undefined,
);

export const noFolderIsCalledUtils: Rule = (files) =>
  files
    .filter(({ path }) => /(^|\/)utils?\//.test(path))
    .map(({ path }) => ({ path, line: 1, message: "is in a folder named utils: name the concept" }));

/** A barrel only passes names on. The entry of a Worker may: the platform wants all classes in one module. */
export const noFileIsABarrel: Rule = (files) => {
  const entries = WORKERS.map(({ entry }) => entry);
  const passesOn = ({ type, ...statement }: SyntaxNode): boolean =>
    type === "ImportDeclaration" ||
    type === "ExportAllDeclaration" ||
    (type === "ExportNamedDeclaration" && statement.declaration === null);
  return files
    .filter(({ path, statements }) => !entries.includes(path) && statements.every(passesOn))
    .filter(({ statements }) => statements.some(({ type }) => type !== "ImportDeclaration"))
    .map(({ path }) => ({ path, line: 1, message: "only re-exports: import from where things are" }));
};
