"""LightGBM's C library gives the very bits that its Python package gives."""

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest

from serving.runtimes.lightgbm import Session
from serving.runtimes.session import OPEN, Description, Failed, Tensor

ROWS = np.random.default_rng(0).normal(size=(200, 4))
ROWS[::7, 1] = np.nan

KINDS: dict[str, tuple[dict[str, Any], tuple[int, ...]]] = {
    "regression": ({"objective": "regression"}, ()),
    "binary": ({"objective": "binary"}, ()),
    "classes": ({"objective": "multiclass", "num_class": 3}, (3,)),
    "DART": ({"objective": "regression", "boosting": "dart"}, ()),
    "categories": ({"objective": "binary", "categories": [3]}, ()),
}


@pytest.mark.parametrize(("parameters", "each"), KINDS.values(), ids=KINDS)
def test_every_kind_of_model(tmp_path: Path, parameters: dict[str, Any], each: tuple[int, ...]) -> None:
    rows = np.column_stack([ROWS[:, :3], np.abs(ROWS[:, 3] * 3) // 1])
    labels = (ROWS[:, 0] > 0).astype(int) + (ROWS[:, 0] > 1) * (parameters.get("num_class", 2) - 2)
    settings = {"verbose": -1, "num_threads": 1, "min_data_in_leaf": 5, **parameters}
    data = lightgbm.Dataset(rows, labels, categorical_feature=settings.pop("categories", []))
    booster = lightgbm.train(settings, data, 10)
    booster.save_model(tmp_path / "model.txt")

    session = Session(str(tmp_path / "model.txt"))
    [found] = session.run([Tensor("float64", rows.shape, rows.tobytes())])

    assert session.inputs == (Description("rows", "float64", (OPEN, 4)),)
    assert session.outputs == (Description("predictions", "float64", (OPEN, *each)),)
    wanted: Any = booster.predict(rows)
    assert found == Tensor("float64", wanted.shape, wanted.tobytes())


def test_what_lightgbm_says_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.txt").write_text("<!doctype html>\n")
    with pytest.raises(Failed, match="LightGBM: Unknown model format"):
        Session(str(tmp_path / "model.txt"))
