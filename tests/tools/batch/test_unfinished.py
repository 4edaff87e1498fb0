"""What --prune keeps: the version of each batch that is not all done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tools.batch import inputs, places, unfinished
from tools.batch.given import Input
from tools_batch import PLAN, Folder, packed


def begun(store: Folder, batch: str, version: str) -> None:
    replace(PLAN, batch=batch, version=version).save(store)


def test_the_versions_of_batches_that_are_not_all_done_are_needed(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    for batch, version in (("aaaaaaaaaa", "3"), ("bbbbbbbbbb", "4"), ("cccccccccc", "3"), ("dddddddddd", "2")):
        begun(store, batch, version)
    store.put(places.done("dddddddddd"), b"{}")
    # its results are there, and are not put together yet
    store.put(places.result("bbbbbbbbbb", 0), b"{}\n")
    assert unfinished.needed(store) == {"3": ["aaaaaaaaaa", "cccccccccc"], "4": ["bbbbbbbbbb"]}


def test_what_was_not_begun_or_is_no_batch_needs_nothing(tmp_path: Path) -> None:
    store = Folder(tmp_path)
    assert unfinished.needed(store) == {}
    store.put(places.pack(places.trial("aaaaaaaaaa"), 0), b"{}")
    begun(store, "bbbbbbbbbb", "3\n4; rm")
    begun(store, "somebody's", "3")
    assert unfinished.needed(store) == {}


def test_the_version_of_a_batch_that_is_being_packed_is_needed(tmp_path: Path) -> None:
    store, rows = Folder(tmp_path / "bucket"), tmp_path / "rows.jsonl"
    rows.write_text("1\n2\n")
    found = inputs.source(str(rows), {})
    seen = []

    def reading() -> Iterator[Input]:
        seen.append(unfinished.needed(store))
        yield from found.read()

    plan = replace(PLAN, batch="aaaaaaaaaa", count=2, chunk=1)
    packed(store, plan, replace(found, read=reading), tmp_path / "work")
    assert seen == [{"3": ["aaaaaaaaaa"]}]
    store.put(places.done("aaaaaaaaaa"), b"{}")
    assert unfinished.needed(store) == {}


@pytest.mark.parametrize("content", [b"", b"[]", b'{"version": "3"}'])
def test_a_plan_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    store = Folder(tmp_path)
    store.put(places.plan("aaaaaaaaaa"), content)
    with pytest.raises(ValueError, match="the plan of batch aaaaaaaaaa cannot be read"):
        unfinished.needed(store)
