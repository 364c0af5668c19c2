// The messages of an ONNX file, with the names and field numbers of onnx/onnx.proto, reduced to what rankers use.
import protobuf from "protobufjs/light.js";

/** TensorProto.DataType by the name that onnxruntime gives it. */
export const ELEMENT_TYPES = { float32: 1, int64: 7, float64: 11 } as const;

function message(fields: Record<string, [id: number, type: string]>): protobuf.IType {
  const entries = Object.entries(fields).map(([name, [id, type]]) => {
    const repeated = type.endsWith("[]");
    return [name, repeated ? { id, type: type.slice(0, -2), rule: "repeated" } : { id, type }];
  });
  return { fields: Object.fromEntries(entries) };
}

/** Reads and writes a whole model. */
export const ModelProto = protobuf.Root.fromJSON({
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
      f: [2, "float"],
      t: [5, "TensorProto"],
      floats: [7, "float[]"],
      ints: [8, "int64[]"],
      strings: [9, "bytes[]"],
      type: [20, "int32"],
    }),
    TensorProto: message({
      dims: [1, "int64[]"],
      dataType: [2, "int32"],
      floatData: [4, "float[]"],
      int64Data: [7, "int64[]"],
      name: [8, "string"],
      rawData: [9, "bytes"],
      doubleData: [10, "double[]"],
    }),
    ValueInfoProto: message({ name: [1, "string"], type: [2, "TypeProto"] }),
    TypeProto: message({ tensorType: [1, "TensorTypeProto"] }),
    TensorTypeProto: message({ elemType: [1, "int32"], shape: [2, "TensorShapeProto"] }),
    TensorShapeProto: message({ dim: [1, "DimensionProto[]"] }),
    DimensionProto: message({ dimValue: [1, "int64"], dimParam: [2, "string"] }),
  },
}).lookupType("ModelProto");
