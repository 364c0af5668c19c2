// Writes rankers as ONNX files. A model becomes a graph (plain data), and one function writes any graph as a ModelProto:
// another kind of ranker needs only another graph. The same model always gives the
// same bytes.
import { type LinearModel, linearScorer } from "../ranking/linear-scorer.ts";
import { ELEMENT_TYPES, ModelProto } from "./onnx-proto.ts";

export type OnnxAttribute =
  | { readonly type: "INT"; readonly value: number }
  | { readonly type: "STRING"; readonly value: string }
  | { readonly type: "FLOATS"; readonly value: ArrayLike<number> }
  | { readonly type: "INTS"; readonly value: ArrayLike<number> }
  | { readonly type: "STRINGS"; readonly value: readonly string[] };

export interface OnnxNode {
  readonly op: string;
  /** Operator set of `op`; the standard one when absent, `ai.onnx.ml` for trees. */
  readonly domain?: keyof typeof opsetVersions;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxConstant {
  readonly name: string;
  readonly dims: readonly number[];
  /** Row-major; as many values as the product of `dims`. */
  readonly values: Float32Array;
}

/** An input or output: a name as a dimension stands for any size. */
export interface OnnxValue {
  readonly name: string;
  readonly type: keyof typeof ELEMENT_TYPES;
  readonly dims: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly constants: readonly OnnxConstant[];
  /** In the order in which they run. */
  readonly nodes: readonly OnnxNode[];
}

/** What every ranker takes. */
export function featuresInput(columns: number): OnnxValue {
  return { name: "features", type: "float32", dims: ["rows", columns] };
}

/** What every ranker gives. */
export const scoresOutput: OnnxValue = { name: "scores", type: "float32", dims: ["rows", 1] };

const opsetVersions = { "": 17, "ai.onnx.ml": 3 };
const irVersion = 8;

/** The values are the field each type is stored in, and its number in AttributeProto.AttributeType. */
const attributeFields = {
  INT: ["i", 2],
  STRING: ["s", 3],
  FLOATS: ["floats", 6],
  INTS: ["ints", 7],
  STRINGS: ["strings", 8],
} as const;

/**
 * The linear ranker as ONNX: (features − mean) × scale, then the product with weight as a column.
 * @throws RangeError on a model that the TypeScript twin refuses, or without columns
 */
export function exportLinearRanker(model: LinearModel): Uint8Array {
  linearScorer(model); // refuses what the twin would refuse
  if (model.weight.length === 0) throw new RangeError("ONNX export: a ranker needs at least one column");
  return writeOnnxModel(linearRankerGraph(model));
}

export function linearRankerGraph(model: LinearModel): OnnxGraph {
  const columns = model.weight.length;
  return {
    name: "linear_ranker",
    inputs: [featuresInput(columns)],
    outputs: [scoresOutput],
    constants: [
      { name: "mean", dims: [columns], values: model.mean },
      { name: "scale", dims: [columns], values: model.scale },
      { name: "weight", dims: [columns, 1], values: model.weight },
    ],
    nodes: [
      { op: "Sub", inputs: ["features", "mean"], outputs: ["centred"] },
      { op: "Mul", inputs: ["centred", "scale"], outputs: ["standardized"] },
      { op: "MatMul", inputs: ["standardized", "weight"], outputs: ["scores"] },
    ],
  };
}

/** @throws RangeError when a constant's values do not fill its dims */
export function writeOnnxModel(graph: OnnxGraph): Uint8Array {
  const domains = new Set<keyof typeof opsetVersions>(["", ...graph.nodes.map((node) => node.domain ?? "")]);
  const fields = {
    irVersion,
    producerName: "nowcast",
    opsetImport: [...domains].map((domain) => ({ domain, version: opsetVersions[domain] })),
    graph: {
      name: graph.name,
      node: graph.nodes.map(nodeProto),
      initializer: graph.constants.map(tensorProto),
      input: graph.inputs.map(valueInfoProto),
      output: graph.outputs.map(valueInfoProto),
    },
  };
  return ModelProto.encode(ModelProto.create(fields)).finish();
}

function nodeProto({ op, domain = "", inputs, outputs, attributes = {} }: OnnxNode) {
  const attribute = Object.entries(attributes).map(([name, { type, value }]) => {
    const [field, number] = attributeFields[type];
    return {
      name,
      [field]: type.startsWith("STRING") ? utf8(value as string | readonly string[]) : value,
      type: number,
    };
  });
  return { input: inputs, output: outputs, opType: op, domain, attribute };
}

function utf8(text: string | readonly string[]): Uint8Array | Uint8Array[] {
  const encoder = new TextEncoder();
  return typeof text === "string" ? encoder.encode(text) : text.map((each) => encoder.encode(each));
}

function tensorProto({ name, dims, values }: OnnxConstant) {
  const size = dims.reduce((product, dim) => product * dim, 1);
  if (size !== values.length) {
    throw new RangeError(
      `ONNX export: constant ${name} has ${values.length} values, [${dims.join(", ")}] needs ${size}`,
    );
  }
  const rawData = new Uint8Array(4 * values.length);
  const view = new DataView(rawData.buffer);
  values.forEach((value, index) => {
    view.setFloat32(4 * index, value, true);
  });
  return { name, dims, dataType: ELEMENT_TYPES.float32, rawData };
}

function valueInfoProto({ name, type, dims }: OnnxValue) {
  const dim = dims.map((size) => (typeof size === "string" ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: ELEMENT_TYPES[type], shape: { dim } } } };
}
