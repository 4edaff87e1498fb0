"""How many chunks work at once where nobody says it: callers keep half of what there is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tools.batch.at_once import at_once


@pytest.mark.parametrize(
    ("free", "own", "wanted"),
    [(1000, 0, 50), (10, 0, 5), (1, 0, 1), (900, 20, 10)],
    ids=["usual", "new", "one", "reserved"],
)
def test_half_of_what_is_left(free: int, own: int, wanted: int) -> None:
    class Nothing(Exception):
        pass

    limits = {"AccountLimit": {"ConcurrentExecutions": free + own, "UnreservedConcurrentExecutions": free}}
    functions: Any = SimpleNamespace(
        get_account_settings=lambda: limits,
        get_function_concurrency=lambda **_: {"ReservedConcurrentExecutions": own} if own else {},
        exceptions=SimpleNamespace(ResourceNotFoundException=Nothing),
    )
    assert at_once(functions, "f") == wanted
