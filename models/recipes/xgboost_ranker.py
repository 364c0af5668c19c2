"""An XGBoost ranker (rank:ndcg) as ONNX with its golden file. Needs xgboost, onnx, onnxmltools."""
import xgboost
from onnxmltools import convert_xgboost
from onnxmltools.convert.common.data_types import FloatTensorType

from common import lists, write_golden

rows, labels, groups = lists(seed=2)
ranker = xgboost.XGBRanker(
    objective="rank:ndcg", n_estimators=20, max_depth=4, learning_rate=0.2, random_state=1, n_jobs=1
)
ranker.fit(rows, labels, group=groups)
scores = ranker.predict(rows[:100], output_margin=True)
# The converter knows no rankers: the same trees under the name of a regressor.
booster = ranker.get_booster()
booster.set_param({"objective": "reg:squarederror"})
model = convert_xgboost(booster, initial_types=[("features", FloatTensorType([None, rows.shape[1]]))], target_opset=15)
with open("xgboost.onnx", "wb") as file:
    file.write(model.SerializeToString())
write_golden("xgboost.json", rows[:100], scores)
