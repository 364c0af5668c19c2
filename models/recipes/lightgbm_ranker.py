"""A LightGBM LambdaMART ranker as ONNX with its golden file. Needs lightgbm, onnx, onnxmltools.

For a real one, read the table that `nowcast train --features-out` writes: its columns after `label`, in their order, are the rows.
"""
import lightgbm
from onnxmltools import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from common import lists, write_golden

rows, labels, groups = lists(seed=1)
booster = lightgbm.train(
    dict(objective="lambdarank", num_leaves=12, max_depth=5, learning_rate=0.1, seed=1, verbose=-1, num_threads=1),
    lightgbm.Dataset(rows, labels, group=groups),
    num_boost_round=20,
)
# The converter knows rankers by another name: the trees are the same.
booster.params["objective"] = "regression"
text = booster.model_to_string().replace("objective=lambdarank", "objective=regression")
booster = lightgbm.Booster(model_str=text)
model = convert_lightgbm(
    booster, initial_types=[("features", FloatTensorType([None, rows.shape[1]]))], target_opset=15, zipmap=False
)
with open("lightgbm.onnx", "wb") as file:
    file.write(model.SerializeToString())
write_golden("lightgbm.json", rows[:100], booster.predict(rows[:100], raw_score=True))
