"""What the recipes share: synthetic lists, and the golden file that `nowcast adopt` checks a foreign ranker with."""
import json

import numpy as np


def lists(count=300, length=20, columns=8, seed=1):
    """Rows of lists with a click on the row of highest utility: two steps that cross, a slope and noise."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(count * length, columns)).astype(np.float32)
    utility = (rows[:, 0] > 0) * (rows[:, 1] > 0.5) + 0.5 * rows[:, 2] + 0.3 * random.normal(size=len(rows))
    labels = np.zeros(len(rows), dtype=np.int32)
    labels[np.arange(count) * length + utility.reshape(count, length).argmax(axis=1)] = 1
    return rows, labels, np.full(count, length)


def write_golden(path, rows, scores):
    """Rows and the scores that the training library itself gives them: at least a few hundred of the real table."""
    golden = {
        "rows": len(rows),
        "columns": rows.shape[1],
        "matrix": [float(value) for value in rows.astype(np.float32).ravel()],
        "scores": [float(value) for value in np.asarray(scores, dtype=np.float64).ravel()],
    }
    with open(path, "w") as file:
        json.dump(golden, file, separators=(",", ":"))
        file.write("\n")
