"""What a table has connected to is closed by the table."""

from __future__ import annotations

import pytest

import tables
from leftovers import nothing_left_open
from serving.fetching.connection import Deadline
from serving.storage.dynamodb import Failed, Table


def test_a_call_that_failed_and_one_after_which_the_other_side_hangs_up_leave_no_connection_open() -> None:
    with tables.between(0) as way, nothing_left_open():
        table = Table(tables.NAME, way.environment)
        way.mood = "silent"
        with pytest.raises(Failed, match="TimeoutError"):
            table.get({"picture_key": "a"}, Deadline(0.1))
        way.mood = "last"
        for _ in range(2):
            assert table.put({"picture_key": "a"}, Deadline(5))
        assert way.connections == 3
