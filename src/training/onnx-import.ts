// What an ONNX ranker of elsewhere computes, as our own model: trees, a weighted sum of the columns, or both added. The graph is
// run on forms instead of numbers. Anything else (a neural net) has no twin here; ONNX alone can run it.
import type { RankerModel } from "../ranking/ranker-model.ts";
import { oneLeaf, scaleTrees, type TreeEnsemble } from "../snapshot/tree-ensemble.ts";
import { OnnxImportError, type ReadModel, type ReadNode, type ReadTensor } from "./onnx-reader.ts";
import { importTrees } from "./onnx-tree-import.ts";

export type ImportedRanker =
  /** `linear` is missing where trees say everything: the first pass stays that of the snapshot. */
  | { readonly twin: "full"; readonly model: RankerModel | { readonly kind: "trees"; readonly trees: TreeEnsemble } }
  | { readonly twin: "none"; readonly reason: string };

/** A value of the graph: rows × width, each a weighted sum of the columns plus a constant, plus trees where width is 1. */
interface Form {
  readonly width: number;
  /** columns × width, row-major. */
  readonly weight: Float64Array;
  readonly bias: Float64Array;
  readonly trees: TreeEnsemble | null;
}

/** Why a graph has no twin: caught within this file. */
class NoTwin extends Error {}

/**
 * @param columns of the feature matrix
 * @throws OnnxImportError when it takes or gives something else than a ranker; TreeEnsembleError when its trees are none, or more than can be served
 */
export function importRanker(model: ReadModel, columns: number): ImportedRanker {
  const [input] = model.inputs;
  const dims = input?.dims ?? [];
  if (model.inputs.length !== 1 || input?.type !== 1 || dims.length !== 2 || dims[1] !== columns) {
    const found = model.inputs.map(({ name, dims }) => `${name} [${dims.map((size) => size ?? "any").join(", ")}]`);
    throw new OnnxImportError(
      "onnx_input",
      `ONNX: the input must be one float32 [any rows, ${columns}], as wide as the snapshot's features; it is ${found.join(", ") || "missing"}`,
    );
  }
  const [output] = model.outputs;
  if (model.outputs.length !== 1 || output === undefined) {
    throw new OnnxImportError(
      "onnx_output",
      `ONNX: one output is expected, a score a row; there are ${model.outputs.length}`,
    );
  }
  try {
    return { twin: "full", model: modelOf(run(model, input.name, output.name, columns)) };
  } catch (error) {
    if (error instanceof NoTwin) return { twin: "none", reason: error.message };
    throw error;
  }
}

function run({ nodes, constants }: ReadModel, input: string, output: string, columns: number): Form {
  const forms = new Map<string, Form>([[input, identity(columns)]]);
  const numbers = new Map<string, ReadTensor>(constants);
  for (const node of nodes) {
    const name = node.outputs[0] ?? "";
    const constant = constantOf(node, numbers);
    if (constant !== null) numbers.set(name, constant);
    else forms.set(name, apply(node, forms, numbers, columns));
  }
  const result = forms.get(output);
  if (result === undefined) throw new NoTwin(`nothing computes the output ${output}`);
  if (result.width !== 1) throw new NoTwin(`the output has ${result.width} numbers a row`);
  return result;
}

function constantOf({ op, attributes, inputs }: ReadNode, numbers: ReadonlyMap<string, ReadTensor>): ReadTensor | null {
  if (op === "Constant") return tensorOf(attributes.get("value"));
  return op === "Identity" ? (numbers.get(inputs[0] ?? "") ?? null) : null;
}

function tensorOf(value: unknown): ReadTensor | null {
  return typeof value === "object" && value !== null && "dims" in value ? (value as ReadTensor) : null;
}

function apply(
  node: ReadNode,
  forms: ReadonlyMap<string, Form>,
  numbers: ReadonlyMap<string, ReadTensor>,
  columns: number,
): Form {
  const { op, domain, inputs } = node;
  const [a, b] = [forms.get(inputs[0] ?? ""), forms.get(inputs[1] ?? "")];
  const [m, n] = [numbers.get(inputs[0] ?? ""), numbers.get(inputs[1] ?? "")];
  if (domain === "ai.onnx.ml" && op === "TreeEnsembleRegressor" && a !== undefined && isIdentity(a, columns)) {
    const trees = importTrees(node, columns);
    if (typeof trees === "string") throw new NoTwin(trees);
    return { width: 1, weight: new Float64Array(columns), bias: new Float64Array(1), trees };
  }
  if (domain === "") {
    if (PASSED_ON.has(op) && a !== undefined) return a;
    if (op === "MatMul" && a && n) return times(a, n.values, n.dims, columns);
    if (op === "Gemm" && a && n) return gemm(node, a, n, numbers.get(inputs[2] ?? ""), columns);
    if (op === "Add" && a && b) return sum(a, b);
    if (op === "Add" && a && n) return shift(a, n.values, 1);
    if (op === "Add" && m && b) return shift(b, m.values, 1);
    if (op === "Sub" && a && n) return shift(a, n.values, -1);
    if (op === "Mul" && a && n) return stretch(a, n.values);
    if (op === "Mul" && m && b) return stretch(b, m.values);
    if (op === "Div" && a && n)
      return stretch(
        a,
        n.values.map((value) => 1 / value),
      );
  }
  throw new NoTwin(`the operator ${domain === "" ? "" : `${domain}.`}${op} has no twin in TypeScript`);
}

/** They change the shape or the type, not the numbers of a row. */
const PASSED_ON = new Set(["Identity", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout"]);

function identity(columns: number): Form {
  const weight = new Float64Array(columns * columns);
  for (let column = 0; column < columns; column++) weight[column * columns + column] = 1;
  return { width: columns, weight, bias: new Float64Array(columns), trees: null };
}

function isIdentity({ width, weight, bias, trees }: Form, columns: number): boolean {
  const plain = weight.every((value, at) => value === (at % (columns + 1) === 0 ? 1 : 0));
  return width === columns && trees === null && plain && bias.every((value) => value === 0);
}

/** @param by `dims` of width × out, row-major */
function times(form: Form, by: Float64Array, dims: readonly number[], columns: number): Form {
  if (form.trees !== null) throw new NoTwin("a product of trees with a matrix");
  if (dims.length !== 2 || dims[0] !== form.width) {
    throw new NoTwin(`a product of ${form.width} numbers a row with a matrix [${dims.join(", ")}]`);
  }
  const width = dims[1] as number;
  const product = (from: Float64Array, rows: number): Float64Array => {
    const out = new Float64Array(rows * width);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < form.width; k++) {
        const factor = from[row * form.width + k] as number;
        if (factor === 0) continue;
        for (let c = 0; c < width; c++) {
          out[row * width + c] = (out[row * width + c] as number) + factor * (by[k * width + c] as number);
        }
      }
    }
    return out;
  };
  return { width, weight: product(form.weight, columns), bias: product(form.bias, 1), trees: null };
}

function gemm(node: ReadNode, a: Form, b: ReadTensor, c: ReadTensor | undefined, columns: number): Form {
  const { attributes, inputs } = node;
  if ((attributes.get("transA") ?? 0) !== 0) throw new NoTwin("Gemm with transA");
  if (b.dims.length !== 2) throw new NoTwin(`Gemm with a matrix [${b.dims.join(", ")}]`);
  const [rows, width] = b.dims as [number, number];
  const turned = attributes.get("transB") === 1;
  const values = turned
    ? b.values.map((_, at) => b.values[(at % rows) * width + Math.floor(at / rows)] as number)
    : b.values;
  const [alpha, beta] = ["alpha", "beta"].map((name) => (attributes.get(name) as number | undefined) ?? 1) as [
    number,
    number,
  ];
  const product = stretch(times(a, values, turned ? [width, rows] : [rows, width], columns), Float64Array.of(alpha));
  if (inputs[2] === undefined || inputs[2] === "") return product;
  if (c === undefined) throw new NoTwin("Gemm that adds what is no constant");
  return shift(product, c.values, beta);
}

function sum(a: Form, b: Form): Form {
  if (a.width !== b.width) throw new NoTwin(`a sum of ${a.width} and ${b.width} numbers a row`);
  if (a.trees !== null && b.trees !== null) throw new NoTwin("a sum of two ensembles of trees");
  return {
    width: a.width,
    weight: a.weight.map((value, at) => value + (b.weight[at] as number)),
    bias: a.bias.map((value, at) => value + (b.bias[at] as number)),
    trees: a.trees ?? b.trees,
  };
}

function shift(form: Form, by: Float64Array, factor: number): Form {
  const each = spread(by, form.width);
  return { ...form, bias: form.bias.map((value, at) => value + factor * (each[at] as number)) };
}

function stretch(form: Form, by: Float64Array): Form {
  const each = spread(by, form.width);
  return {
    width: form.width,
    weight: form.weight.map((value, at) => value * (each[at % form.width] as number)),
    bias: form.bias.map((value, at) => value * (each[at] as number)),
    trees: form.trees === null ? null : scaleTrees(form.trees, each[0] as number),
  };
}

/** A constant as one number for each of a row. */
function spread(values: Float64Array, width: number): Float64Array {
  if (values.length === width) return values;
  if (values.length === 1) return new Float64Array(width).fill(values[0] as number);
  throw new NoTwin(`${values.length} constants for ${width} numbers a row`);
}

function modelOf({ weight, bias, trees }: Form): Extract<ImportedRanker, { twin: "full" }>["model"] {
  const columns = weight.length;
  const constant = bias[0] as number;
  const none = weight.every((value) => value === 0);
  if (none && trees !== null) return { kind: "trees", trees: { ...trees, baseScore: trees.baseScore + constant } };
  const linear = {
    mean: new Float32Array(columns),
    scale: new Float32Array(columns).fill(1),
    weight: Float32Array.from(weight),
  };
  if (trees === null && constant === 0) return { kind: "linear", linear };
  // A constant changes no order, but golden scores have it: a tree of one leaf says it.
  const sum = trees ?? oneLeaf(columns, 0);
  return { kind: "linear+trees", linear, trees: { ...sum, baseScore: sum.baseScore + constant } };
}
