"""A small neural ranker as PyTorch exports it (Gemm, Relu), with its golden file. Needs onnx, scikit-learn.

With PyTorch itself, in the place of the graph written here by hand:
    torch.onnx.export(net, torch.zeros(1, columns), "mlp.onnx", input_names=["features"], output_names=["scores"],
                      dynamic_axes={"features": {0: "rows"}, "scores": {0: "rows"}})
"""
import numpy as np
from onnx import TensorProto, helper, numpy_helper
from sklearn.neural_network import MLPRegressor

from common import lists, write_golden

rows, labels, _ = lists(seed=3)
net = MLPRegressor(hidden_layer_sizes=(16, 8), max_iter=60, random_state=1).fit(rows, labels)
constants, nodes, value = [], [], "features"
for layer, (weight, bias) in enumerate(zip(net.coefs_, net.intercepts_)):
    # PyTorch keeps weights as outputs × inputs and says transB.
    constants.append(numpy_helper.from_array(weight.T.astype(np.float32), f"net.{2 * layer}.weight"))
    constants.append(numpy_helper.from_array(bias.astype(np.float32), f"net.{2 * layer}.bias"))
    last = layer == len(net.coefs_) - 1
    output = "scores" if last else f"/net.{2 * layer}/Gemm_output_0"
    nodes.append(helper.make_node("Gemm", [value, f"net.{2 * layer}.weight", f"net.{2 * layer}.bias"], [output], transB=1))
    value = output
    if not last:
        value = f"/net.{2 * layer + 1}/Relu_output_0"
        nodes.append(helper.make_node("Relu", [output], [value]))
graph = helper.make_graph(
    nodes,
    "main_graph",
    [helper.make_tensor_value_info("features", TensorProto.FLOAT, ["rows", rows.shape[1]])],
    [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["rows", 1])],
    constants,
)
model = helper.make_model(graph, producer_name="pytorch", opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
with open("mlp.onnx", "wb") as file:
    file.write(model.SerializeToString())
write_golden("mlp.json", rows[:100], net.predict(rows[:100]))
