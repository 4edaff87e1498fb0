"""What a batch costs, how long it takes, how large its chunks are, and what is told of it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tools.batch import chunks, cost, formats, places, quote, sizing, survey, trial
from tools.batch.given import Input
from tools.batch.inputs import Source
from tools.batch.progress import Progress
from tools.costs.prices import Prices
from tools_batch import PLAN, Folder, answer, listed, packed

WHOLE = replace(PLAN, count=100_000, chunk=500, chunks=200)


def test_the_price_is_that_of_the_time_the_invocations_the_map_and_s3() -> None:
    """One gigabyte; 100,000 inputs of 2 ms, and 200 chunks that take 100 ms beside them."""
    prices = Prices()
    seconds = 100_000 * 0.002 + 200 * 0.1
    wanted = seconds * prices.of("lambda", "gb_second", "x86_64") + 200 * 0.20 / 1e6
    wanted += 2 * 200 * 0.025 / 1e3 + 200 * 0.005 / 1e3 + 200 * 0.0004 / 1e3
    assert cost.expected(WHOLE) == pytest.approx(wanted)


def test_a_picture_that_is_read_where_it_is_costs_a_request() -> None:
    more = cost.expected(replace(WHOLE, form="objects")) - cost.expected(WHOLE)
    assert more == pytest.approx((100_000 - 200) * 0.0004 / 1e3)


def test_a_region_without_prices_has_the_usual_ones() -> None:
    assert cost.expected(replace(WHOLE, region="mars-1")) == cost.expected(WHOLE)


def test_the_time_is_that_of_as_many_rounds_as_there_are() -> None:
    assert cost.seconds(WHOLE) == pytest.approx(100 * 1.1)
    assert cost.seconds(replace(WHOLE, chunks=1, chunk=300)) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("asked", "size"),
    [
        # all that work at once have something to do, and as much of it
        ({"count": 100_000, "concurrency": 20, "input_ms": 0.1}, 5_000),
        # never more than the function does in time, 29 s, which a slower one than was tried still meets
        ({"count": 1_000_000, "concurrency": 2, "input_ms": 70.0}, 165),
        # a chunk is not so small that it costs more than what is in it
        ({"count": 100, "concurrency": 50, "input_ms": 0.1}, 50),
        # nor so large that a function could not hold it
        ({"count": 1_000_000, "concurrency": 2, "input_ms": 0.1, "input_bytes": 1_000_000.0}, 16),
        # nor so large that too much is done again where one fails
        ({"count": 1_000_000, "concurrency": 2, "input_ms": 0.01}, 50_000),
        ({"count": 1, "concurrency": 50, "input_ms": 60_000.0}, 1),
    ],
)  # fmt: skip
def test_a_chunk_is_as_large_as_fits(asked: dict[str, Any], size: int) -> None:
    given = {"timeout": 29, "chunk_ms": 40.0, "input_bytes": 100.0} | asked
    found = sizing.chunk(**given)
    assert found == size


def test_the_quote_says_what_was_tried_and_what_all_of_it_takes() -> None:
    tried = trial.Trial(50, 1, 2.0, 100.0, 80.0, '{"code": "bad"}')
    assert quote.told(replace(WHOLE, bytes=10_000_000), tried).splitlines() == [
        "100,000 inputs, 10.0 MB, by version 3",
        'tried: 50, of which 1 failed (2%), the first: {"code": "bad"}',
        "2.00 ms an input and 100 ms a chunk, with 1,024 MB",
        "200 chunks of 500, 2 at once",
        "about 2 min, and 0.0148 dollars, by list prices",
    ]


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (99, "99 s"), (119, "2 min"), (9_000, "2.5 h")])
def test_a_time_is_said_as_one_would(seconds: float, words: str) -> None:
    assert quote.spoken(seconds) == words


def given(*marks: bytes) -> list[Input]:
    return [Input("", len(mark), mark, bytes) for mark in marks]


def test_the_same_input_is_the_same_batch_and_any_other_is_not() -> None:
    found = {
        survey.batch_of(survey.survey(given(*marks)).digest, "version 1")
        for marks in ([b"a", b"b"], [b"ab"], [b"b", b"a"], [b"a", b"b", b""])
    }
    assert len(found) == 4
    again = survey.survey(given(b"a", b"b"))
    assert survey.batch_of(again.digest, "version 1") in found
    assert survey.batch_of(again.digest, "version 2") not in found
    assert all(re.fullmatch("[0-9a-f]{10}", batch) for batch in found)


def test_fifty_are_tried_and_all_are_counted() -> None:
    found = survey.survey(given(*[b"xy"] * 120))
    assert (found.count, found.bytes, len(found.first)) == (120, 240, 50)


def test_of_large_inputs_fewer_are_tried() -> None:
    found = survey.survey([Input("", 6_000_000, b"x", bytes)] * 20)
    assert (found.count, len(found.first)) == (20, 8)


def test_what_is_tried_is_a_chunk_and_no_part_of_the_results(tmp_path: Path) -> None:
    store, asked = Folder(tmp_path), list[int]()

    def invoke(event: dict[str, Any]) -> dict[str, Any]:
        [chunk] = chunks.read(_line(event), 3 if asked else 1)
        answer(store, replace(PLAN, batch=places.trial("0123456789")), chunk)
        asked.append(chunk.count)
        return {"inputs": chunk.count, "ms": 10.0}

    bodies = [b"1", b"bad", b"3"]
    inputs = [Input("", len(body), body, lambda body=body: body) for body in bodies]  # type: ignore[misc]
    found = trial.tried(store, "0123456789", "lines", "", inputs, invoke, 29)
    assert asked == [1, 3]
    assert (found.count, found.failed, found.input_ms, found.chunk_ms) == (3, 1, 2.0, 4.0)
    assert found.why == '{"code": "bad"}'
    assert list(store.objects(places.results("0123456789"))) == []


@pytest.mark.parametrize(
    ("cold_ms", "warm_ms", "given", "asked"),
    [
        (100, 1, 50, [1, 50]),
        # a new container
        (5_000, 100, 50, [1, 1, 50]),
        (9_000, 1_000, 50, [1, 1, 11]),
        (9_000, 8_000, 50, [1, 1]),
        (28_000, 28_000, 50, [1, 1]),
        # --chunk
        (5_000, 100, 3, [1, 1, 3]),
        (100, 1, 1, [1]),
    ],
)
def test_no_more_is_tried_at_once_than_is_done_in_time(
    tmp_path: Path, cold_ms: float, warm_ms: float, given: int, asked: list[int]
) -> None:
    store, seen = Folder(tmp_path), list[int]()

    def invoke(event: dict[str, Any]) -> dict[str, Any]:
        count = event["batch"]["inputs"]["lines"]["end"] // 2
        [chunk] = chunks.read(_line(event), count)
        answer(store, replace(PLAN, batch=places.trial("0123456789")), chunk)
        seen.append(count)
        return {"inputs": count, "ms": count * warm_ms if len(seen) > 1 else cold_ms}

    inputs = [Input("", 1, b"1", lambda: b"1")] * given
    found = trial.tried(store, "0123456789", "lines", "", inputs, invoke, 29)
    assert (seen, found.count) == (asked, asked[-1])


def _line(event: dict[str, Any]) -> Any:
    return io.BytesIO(json.dumps(event).encode())


def test_progress_is_what_the_results_say(tmp_path: Path) -> None:
    store = Folder(tmp_path / "bucket")
    lines = [Input("", 1, b"", lambda n=n: b"bad" if n == 3 else b"1") for n in range(250)]  # type: ignore[misc]
    plan = packed(store, replace(PLAN, count=250), Source("", "lines", lambda: iter(lines)), tmp_path / "work")
    found = Progress(store, plan)
    found.look()
    assert found.line().startswith("0 of 250 done, 0 failed, 0 a second, no answer yet")
    first, second, third = listed(store, plan)
    answer(store, plan, first)
    found.look()
    assert re.match(r"100 of 250 done, 1 failed, [\d,]+ a second, \d+ s left, [\w. ]+ dollars so far", found.line())
    assert found.spent == pytest.approx(cost.spent(plan, 1, 100, 200.0))
    # two chunks are under way
    assert found.ahead == pytest.approx(3 * found.spent)
    # of these the function has said it, and nobody reads them
    for chunk in (second, third):
        key = places.result(plan.batch, chunk.first)
        store.put(key, b"")
        store.said[key] = {"inputs": str(chunk.count), "failed": "0", "ms": "50.0"}
    found.look()
    assert found.spent == pytest.approx(cost.spent(plan, 3, 250, 300.0))
    assert "250 of 250 done" in found.line()
    assert "all done" in found.line()


@pytest.mark.parametrize(
    ("place", "wanted"),
    [
        ("rows.csv", "rows.results.jsonl"),
        ("pictures/", "pictures.results.jsonl"),
        ("some.tar.gz", "some.results.jsonl"),
        ("s3://b/in/", "s3://b/in.results.jsonl"),
        ("s3://b/", "s3://b/results.jsonl"),
        ("s3://b", "s3://b/results.jsonl"),
    ],
)
def test_results_are_beside_their_input(place: str, wanted: str) -> None:
    assert formats.default(place) == wanted


@pytest.mark.parametrize(
    "place", ["out.parquet", "out", "no/such/folder/out.csv", "s3://b/out.txt", "s3://b.jsonl", "s3:///x.csv"]
)
def test_where_results_cannot_be_written_is_known_before_anything_is_asked(place: str) -> None:
    with pytest.raises(formats.UnusableOutputError):
        formats.check(place)


@pytest.mark.parametrize("place", [".", "./", "../pictures", "inside/.."])
def test_a_folder_without_a_name_of_its_own_has_results_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    (tmp_path / "pictures" / "inside").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "pictures")
    assert Path(formats.default(place)).resolve() == tmp_path / "pictures.results.jsonl"


def test_pictures_of_another_bucket_are_copied_as_they_are_named() -> None:
    def source(place: str) -> Source:
        return Source(place, "objects", lambda: iter(()), "theirs")

    told = quote.elsewhere(source("s3://theirs/in/"), "ours")
    assert told.endswith("aws s3 cp --recursive s3://theirs/in/ s3://ours/inputs/")
    assert "copy those that s3://theirs/a.jsonl names" in quote.elsewhere(source("s3://theirs/a.jsonl"), "ours")


def test_below_a_prefix_results_are_called_as_the_batch() -> None:
    assert formats.target("s3://b/out/", "0123456789") == "s3://b/out/0123456789.jsonl"
    assert formats.target("out.csv", "0123456789") == "out.csv"
