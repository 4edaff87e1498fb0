"""What would be served is held to the framework, and what is too far off ends the command."""

from __future__ import annotations

from typing import Any

import pytest

from tools.models import held
from tools.models.reading import Refused


@pytest.mark.parametrize(
    ("wanted", "got", "tolerance", "why"),
    [
        ({"a": [1.0, 2.0]}, {"a": [1.0, 2.1]}, {"rel": 1e-4, "abs": 1e-5}, "0.1; 0.0001 of a number or 1e-05 would do"),
        ([["cat", 50.0]], [["cat", 40.0]], {"abs": 0.05}, "10; 0.05 would do"),
    ],
    ids=["tensors", "pictures"],
)
def test_how_far_it_is_off_is_told(wanted: Any, got: Any, tolerance: dict[str, float], why: str) -> None:
    with pytest.raises(Refused) as refused:
        held.check(wanted, 200, got, tolerance)
    assert refused.value.why == f"the largest difference is {why}"


def test_what_is_told_is_three_short_lines_that_steer_no_terminal() -> None:
    what, why, then = Refused("a \x1b[31mlayer\n\u202eb\x9b", "y" * 5000).lines().split("\n")
    assert (what, len(why), why[-2:], then) == ("a [31mlayer b", 300, "y…", "")
