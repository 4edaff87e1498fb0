"""Reads a LightGBM file, and gets LightGBM's results for some rows.

python tools models.readers.lightgbm FILE < SAMPLES    print a reading, as JSON
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import lightgbm
import numpy as np

from tools.models.readers import generated, program
from tools.models.reading import Column, Gets, Reading, Refused, Table, coded, rows_of

# The default names of columns.
_NUMBERED = re.compile(r"Column_\d+")


def read(file: Path, samples: list[dict[str, str]]) -> Reading:
    booster, text = _booster(file), file.read_text(errors="replace")
    ranges = [_numbers(info) for info in _line(text, "feature_infos").split(" ")]
    columns = _columns(booster, text)
    rows = rows_of(samples, columns) or generated.rows(columns, ranges)
    answers = np.asarray(booster.predict(np.array(coded(columns, rows), dtype=np.float64)))
    objective = (_line(text, "objective") or "an objective of its own").split(" ")[0]
    return Table(
        runtime="lightgbm",
        summary=f"LightGBM, {objective}, {booster.num_trees()} trees",
        columns=columns,
        is_named=not all(_NUMBERED.fullmatch(column.name) for column in columns),
        gets=_gets(objective, answers.ndim == 2),
        width=answers.shape[1] if answers.ndim == 2 else 1,
        element="float64",
        rows=rows,
        answers=answers.tolist(),
    )


def _booster(file: Path) -> lightgbm.Booster:
    try:
        return lightgbm.Booster(model_file=file)
    except (lightgbm.basic.LightGBMError, OSError) as error:
        raise Refused(f"LightGBM cannot read {file.name}", str(error), "write it with booster.save_model()") from None


def _gets(objective: str, is_many: bool) -> Gets:
    if is_many:
        return "probabilities" if objective.startswith("multiclass") else "values"
    if objective in ("binary", "cross_entropy"):
        return "probability"
    return "score" if objective in ("lambdarank", "rank_xendcg") else "value"


def _line(text: str, key: str) -> str:
    found = re.search(rf"^{key}=(.*)$", text, re.MULTILINE)
    return found[1] if found else ""


def _numbers(info: str) -> list[float]:
    """[0:59] is a range, -1:1:0:2 are categories, where -1 is missing, and `none` is a column that no tree uses."""
    if info == "none":
        return []
    numbers = [float(number) for number in info.strip("[]").split(":")]
    if info.startswith("["):
        return [numbers[0], sum(numbers) / 2, numbers[1]]
    return [number for number in numbers if number >= 0]


def _columns(booster: lightgbm.Booster, text: str) -> list[Column]:
    """The file's last line lists the categories of pandas' categorical columns, in order."""
    found = re.search(r"^pandas_categorical:(.*)$", text, re.MULTILINE)
    known = json.loads(found[1]) or [] if found else []
    infos = _line(text, "feature_infos").split(" ")
    by_category = [info != "none" and not info.startswith("[") for info in infos]
    # A constant column has no entry; then it is unknown which column each list belongs to.
    lists = iter(known if len(known) == sum(by_category) else [])
    columns = []
    for name, is_category in zip(booster.feature_name(), by_category, strict=True):
        if not is_category:
            columns.append(Column(name))
        elif (categories := next(lists, None)) is not None:
            values = [value if type(value) is int else str(value) for value in categories]
            columns.append(Column(name, "category", values))
        else:
            columns.append(Column(name, "code"))
    return columns


if __name__ == "__main__":
    program.run(read)
