// Writes rankers as ONNX files. A model becomes a graph (plain data), and one function writes any graph as a ModelProto:
// another kind of ranker needs only another graph. Messages and field numbers are those of onnx/onnx.proto, reduced
// to what is used here. The same model always gives the same bytes.
import protobuf from "protobufjs/light.js";
import { type LinearModel, linearScorer } from "../ranking/linear-scorer.ts";

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
  readonly type: keyof typeof elementTypes;
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
const elementTypes = { float32: 1, int64: 7, float64: 11 };

/** The values are the field each type is stored in, and its number in AttributeProto.AttributeType. */
const attributeFields = {
  INT: ["i", 2],
  STRING: ["s", 3],
  FLOATS: ["floats", 6],
  INTS: ["ints", 7],
  STRINGS: ["strings", 8],
} as const;

function message(fields: Record<string, [id: number, type: string]>): protobuf.IType {
  const entries = Object.entries(fields).map(([name, [id, type]]) => {
    const repeated = type.endsWith("[]");
    return [name, repeated ? { id, type: type.slice(0, -2), rule: "repeated" } : { id, type }];
  });
  return { fields: Object.fromEntries(entries) };
}

const ModelProto = protobuf.Root.fromJSON({
  nested: {
    ModelProto: message({
      irVersion: [1, "int64"],
      producerName: [2, "string"],
      graph: [7, "GraphProto"],
      opsetImport: [8, "OperatorSetIdProto[]"],
    }),
    OperatorSetIdProto: message({ domain: [1, "string"], version: [2, "int64"] }),
    GraphProto: message({
      node: [1, "NodeProto[]"],
      name: [2, "string"],
      initializer: [5, "TensorProto[]"],
      input: [11, "ValueInfoProto[]"],
      output: [12, "ValueInfoProto[]"],
    }),
    NodeProto: message({
      input: [1, "string[]"],
      output: [2, "string[]"],
      opType: [4, "string"],
      attribute: [5, "AttributeProto[]"],
      domain: [7, "string"],
    }),
    AttributeProto: message({
      name: [1, "string"],
      i: [3, "int64"],
      s: [4, "bytes"],
      floats: [7, "float[]"],
      ints: [8, "int64[]"],
      strings: [9, "bytes[]"],
      type: [20, "int32"],
    }),
    TensorProto: message({ dims: [1, "int64[]"], dataType: [2, "int32"], name: [8, "string"], rawData: [9, "bytes"] }),
    ValueInfoProto: message({ name: [1, "string"], type: [2, "TypeProto"] }),
    TypeProto: message({ tensorType: [1, "TensorTypeProto"] }),
    TensorTypeProto: message({ elemType: [1, "int32"], shape: [2, "TensorShapeProto"] }),
    TensorShapeProto: message({ dim: [1, "DimensionProto[]"] }),
    DimensionProto: message({ dimValue: [1, "int64"], dimParam: [2, "string"] }),
  },
}).lookupType("ModelProto");

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
  return { name, dims, dataType: elementTypes.float32, rawData };
}

function valueInfoProto({ name, type, dims }: OnnxValue) {
  const dim = dims.map((size) => (typeof size === "string" ? { dimParam: size } : { dimValue: size }));
  return { name, type: { tensorType: { elemType: elementTypes[type], shape: { dim } } } };
}
