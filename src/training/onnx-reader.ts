// Reads an ONNX file into plain data: its inputs, outputs, constants and nodes, as far as rankers use them. What the file
// computes is another matter, see onnx-import.ts.
import { ELEMENT_TYPES, ModelProto } from "./onnx-proto.ts";

/** Larger files are refused: an isolate holds the model in its memory. */
export const MOST_ONNX_BYTES = 16 * 1024 * 1024;

export class OnnxImportError extends Error {
  override readonly name = "OnnxImportError";
  /** `onnx_bytes`: the file is no whole ONNX model. `onnx_input`, `onnx_output`: it takes or gives something else. */
  readonly code: "onnx_bytes" | "onnx_input" | "onnx_output";
  constructor(code: OnnxImportError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

export interface ReadTensor {
  readonly dims: readonly number[];
  readonly values: Float64Array;
}

export type ReadAttribute = number | string | Float64Array | readonly string[] | ReadTensor;

export interface ReadNode {
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, ReadAttribute>;
}

export interface ReadValue {
  readonly name: string;
  /** 1 is float32. */
  readonly type: number;
  /** Null where any size goes. */
  readonly dims: readonly (number | null)[];
}

export interface ReadModel {
  readonly producer: string;
  /** Without those that are constants. */
  readonly inputs: readonly ReadValue[];
  readonly outputs: readonly ReadValue[];
  /** Those that numbers can be read of. */
  readonly constants: ReadonlyMap<string, ReadTensor>;
  readonly nodes: readonly ReadNode[];
}

/** What protobuf hands over: absent fields are left out, so every field may be missing. */
type Message = Readonly<Record<string, unknown>>;

/** @throws OnnxImportError `onnx_bytes` when it is no whole ONNX file, or a larger one than can be served */
export function readOnnx(bytes: Uint8Array): ReadModel {
  if (bytes.length > MOST_ONNX_BYTES) {
    throw new OnnxImportError("onnx_bytes", `ONNX: ${bytes.length} bytes, at most ${MOST_ONNX_BYTES} can be served`);
  }
  let model: Message;
  try {
    model = ModelProto.toObject(ModelProto.decode(bytes), { longs: Number, enums: Number });
  } catch (cause) {
    throw new OnnxImportError("onnx_bytes", `ONNX: the file cannot be read: ${String(cause)}`, { cause });
  }
  const graph = one(model.graph);
  const nodes = many(graph.node).map(readNode);
  if (nodes.length === 0) throw new OnnxImportError("onnx_bytes", "ONNX: the file has no graph: is it a whole model?");
  const initializers = many(graph.initializer);
  const names = new Set(initializers.map(({ name }) => String(name)));
  const constants = new Map(
    initializers.flatMap((tensor): [string, ReadTensor][] => {
      const read = readTensor(tensor);
      return read === null ? [] : [[String(tensor.name), read]];
    }),
  );
  return {
    producer: String(model.producerName ?? ""),
    inputs: many(graph.input)
      .map(readValue)
      .filter(({ name }) => !names.has(name)),
    outputs: many(graph.output).map(readValue),
    constants,
    nodes,
  };
}

function readNode(node: Message): ReadNode {
  const domain = String(node.domain ?? "");
  return {
    op: String(node.opType ?? ""),
    domain: domain === "ai.onnx" ? "" : domain,
    inputs: many(node.input).map(String),
    outputs: many(node.output).map(String),
    attributes: new Map(many(node.attribute).map((attribute) => [String(attribute.name), readAttribute(attribute)])),
  };
}

function readAttribute(attribute: Message): ReadAttribute {
  const { f, i, s, t, floats, ints, strings } = attribute;
  if (t !== undefined) return readTensor(t as Message) ?? Float64Array.of();
  if (Array.isArray(floats) && floats.length > 0) return Float64Array.from(floats as number[]);
  if (Array.isArray(ints) && ints.length > 0) return Float64Array.from(ints as number[]);
  if (Array.isArray(strings) && strings.length > 0) return (strings as Uint8Array[]).map(text);
  if (s !== undefined) return text(s as Uint8Array);
  return Number(i ?? f ?? 0);
}

/** Null when its numbers are of a type that no ranker needs, or are not all there. */
function readTensor({ dims = [], dataType, rawData, floatData, doubleData, int64Data }: Message): ReadTensor | null {
  const sizes = dims as number[];
  const count = sizes.reduce((product, size) => product * size, 1);
  const typed = { 1: floatData, 7: int64Data, 11: doubleData }[dataType as 1 | 7 | 11];
  const given = Array.isArray(typed) && typed.length > 0 ? Float64Array.from(typed as number[]) : null;
  const values = given ?? rawValues(rawData as Uint8Array | undefined, dataType as number);
  return values === null || values.length !== count ? null : { dims: sizes, values };
}

function rawValues(raw: Uint8Array | undefined, type: number): Float64Array | null {
  if (raw === undefined) return null;
  const view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
  const { float32, float64, int64 } = ELEMENT_TYPES;
  if (type === float32 && raw.length % 4 === 0) {
    return Float64Array.from({ length: raw.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
  }
  if (raw.length % 8 !== 0) return null;
  const length = raw.length / 8;
  if (type === float64) return Float64Array.from({ length }, (_, i) => view.getFloat64(8 * i, true));
  return type === int64 ? Float64Array.from({ length }, (_, i) => Number(view.getBigInt64(8 * i, true))) : null;
}

function readValue(value: Message): ReadValue {
  const tensor = one(one(value.type).tensorType);
  const dims = many(one(tensor.shape).dim).map(({ dimValue }) => (dimValue === undefined ? null : Number(dimValue)));
  return { name: String(value.name ?? ""), type: Number(tensor.elemType ?? 0), dims };
}

const one = (value: unknown): Message => (value ?? {}) as Message;
const many = (value: unknown): readonly Message[] => (value ?? []) as readonly Message[];
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
