"""The type of `input_X`: one row of numbers, or a list of such rows.

Both are lists, and msgspec allows one list type per field. So the type accepts a mixture, `rows_of` tells the two
apart and refuses anything else, and the schema beside the type describes the same rule to callers.
"""

from itertools import chain
from typing import Annotated, TypeGuard, cast

from msgspec import Meta

import serving
from app.columns import WIDTH

MOST_ROWS = 10_000

# XGBoost computes in 32 bits. A larger number would become infinity on the way in.
FLOAT32_MAX = 3.4028234663852886e38

# null is a missing value: every split of a tree has a default direction for those.
Value = Annotated[float, Meta(ge=-FLOAT32_MAX, le=FLOAT32_MAX)] | None
Row = list[Value]

_NUMBER = {"type": "number", "minimum": -FLOAT32_MAX, "maximum": FLOAT32_MAX}
_ROW = {
    "type": "array",
    "items": {"anyOf": [_NUMBER, {"type": "null"}]},
    "minItems": WIDTH,
    "maxItems": WIDTH,
}
_ROWS = {"type": "array", "items": _ROW, "minItems": 1, "maxItems": MOST_ROWS}

Input = Annotated[
    list[Value | Row],
    Meta(
        description=f"{WIDTH} numbers, or 1 to {MOST_ROWS:,} lists of {WIDTH} numbers; null is a missing value",
        extra_json_schema={"anyOf": [{"title": "One row", **_ROW}, {"title": "Rows", **_ROWS}]},
    ),
]


def are_rows(given: list[list[Value | Row]]) -> TypeGuard[list[Row]]:
    """Whether each is one row, which takes a fraction of the time that `rows_of` does for each."""
    return set(map(len, given)) == {WIDTH} and list not in set(map(type, chain.from_iterable(given)))


def rows_of(given: list[Value | Row]) -> tuple[list[Row], bool]:
    """The rows asked for, each as wide as the model, and whether they came as a list."""
    types = set(map(type, given))
    if list not in types:
        row = cast(Row, given)
        _check_width(row, "input_X")
        return [row], False
    if len(types) > 1:
        raise _mixture(given)
    rows = cast(list[Row], given)
    if len(rows) > MOST_ROWS:
        raise serving.Invalid(
            f"input_X must be at most {MOST_ROWS} rows, not {len(rows)}.",
            field="input_X",
            code="wrong_length",
        )
    for index, row in enumerate(rows):
        _check_width(row, f"input_X[{index}]")
    return rows, True


def _mixture(given: list[Value | Row]) -> serving.Invalid:
    many = isinstance(given[0], list)
    odd = next(i for i, item in enumerate(given) if isinstance(item, list) != many)
    wanted, got = ("a list", "a number") if many else ("a number", "a list")
    return serving.Invalid(
        f"input_X[{odd}] must be {wanted}, not {got}: input_X is one row or a list of rows.",
        field=f"input_X[{odd}]",
        code="wrong_type",
    )


def _check_width(row: Row, field: str) -> None:
    if len(row) != WIDTH:
        raise serving.Invalid(
            f"{field} must be a list of {WIDTH} numbers, not of {len(row)}.",
            field=field,
            code="wrong_length",
        )
