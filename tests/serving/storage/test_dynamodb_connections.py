"""What a table has connected to is closed by the table."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

import tables
from leftovers import nothing_left_open
from serving.fetching.connection import Deadline
from serving.storage.dynamodb import Failed, Item, Table

KEY: Item = {"picture_key": "a"}


def test_a_call_that_failed_and_one_after_which_the_other_side_hangs_up_leave_no_connection_open() -> None:
    with tables.between(0) as way, nothing_left_open():
        table = Table(tables.NAME, way.environment)
        way.mood = "silent"
        with pytest.raises(Failed, match="TimeoutError"):
            table.get(KEY, Deadline(0.1))
        way.mood = "last"
        for _ in range(2):
            assert table.put(KEY, Deadline(5))
        assert way.connections == 3


def test_a_call_that_took_too_long_leaves_the_connections_of_others_open() -> None:
    with tables.between(0) as way, ThreadPoolExecutor(2) as pool:
        table = Table(tables.NAME, way.environment)
        way.mood, way.seconds = "200 {}", 0.2
        assert list(pool.map(lambda _: table.put(KEY, Deadline(5)), range(2))) == [True] * 2
        way.mood = "silent"
        with pytest.raises(Failed, match="TimeoutError"):
            table.get(KEY, Deadline(0.1))
        way.mood = "200 {}"
        assert table.put(KEY, Deadline(5))
        assert way.connections == 2
