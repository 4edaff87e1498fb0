"""What a folder gives that is not as a batch wants it fails alone, and a chunk is one line of the log."""

from __future__ import annotations

import gc
import json
import time
from array import array
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import pytest

import buckets
import serving
from buckets import Bucket, as_by_address, by_address
from serving.batches.results import line_of
from small_models import Sum, Table, add_up

Make = Callable[..., serving.Handler[float]]

GOOD = b'{"input_X": [1, 2, 3]}'


def raising(_: float, tables: Sequence[Table]) -> list[Sum]:
    raise MemoryError


def too_few(model: float, tables: Sequence[Table]) -> list[Sum]:
    return [add_up(model, table) for table in tables[1:]]


@pytest.mark.parametrize(
    ("many", "said"),
    [(raising, "raised MemoryError"), (too_few, "gave 4 answers to 5 queries"), (add_up, "raised AttributeError")],
)
def test_a_predict_many_that_fails_is_told_once_and_done_without(
    bucket: Bucket, table_handler: Make, many: Any, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = table_handler(predict_many=many)
    bodies = [GOOD] * 5 + [b"{}"]
    assert handler(buckets.event(buckets.lines(bucket, bodies)))["failed"] == 1
    warning, line = map(json.loads, capsys.readouterr().out.splitlines())
    assert warning["message"] == f"predict_many {said}: its queries are answered one by one."
    # Where it raised, the log has all of it.
    assert (said.removeprefix("raised ") in (warning["traceback"] or "")) == said.startswith("raised")
    assert line["batch_alone"] == 6
    expected = [by_address(handler, body) for body in bodies]
    assert [as_by_address(row) for row in buckets.results(bucket)] == expected


def anything(_: float, table: Table) -> Any:
    """What a folder may answer, by what it is asked."""
    return {
        1: serving.Response(200, b"a text", {"content-type": "text/plain"}),
        2: serving.Response(200, b"\x89PNG", {"content-type": "image/png"}),
        3: serving.Response(200, b'{\n  "spaced": "a\\nb"\n}\n', {"content-type": "application/json"}),
        4: serving.Response(409, b'{"message": "no"}', {"content-type": "application/json"}),
        5: {"not": {"a", object()}},
        6: None,
        7: float("nan"),
        8: "a\nline\u2028of text",
        10: {"as NumPy's": array("d", [1.5, 2.5])},
    }[int(table.input_X[0])]  # type: ignore[arg-type]


def anything_many(model: float, tables: list[Table]) -> list[Any]:
    return [serving.Invalid("no") if table.input_X[0] == 9 else anything(model, table) for table in tables]


@pytest.mark.parametrize("many", [None, anything_many], ids=["one by one", "at once"])
def test_any_answer_is_one_line(bucket: Bucket, many: Any, capsys: pytest.CaptureFixture[str]) -> None:
    handler = serving.Handler(lambda: 1.0, anything, predict_many=many)
    bodies = [b'{"input_X": [%d, 0, 0]}' % number for number in range(1, 11)]
    answer = handler(buckets.event(buckets.lines(bucket, bodies)))
    rows = buckets.results(bucket)
    assert answer == {"inputs": 10, "failed": 3, "version": "", "ms": answer["ms"]}
    assert sum(row["ms"] for row in rows) < answer["ms"]
    assert len(bucket.get(buckets.OUTPUT).splitlines()) == 10
    assert [row.get("output", row.get("status")) for row in rows] == [
        "a text",
        "iVBORw==",
        {"spaced": "a\nb"},
        409,
        500,
        None,
        None,
        "a\nline\u2028of text",
        500,
        {"as NumPy's": [1.5, 2.5]},
    ]
    logged = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (logged["level"], logged["code"], logged["status"]) == ("ERROR", "internal_error", 200)
    assert logged["traceback"].startswith("Traceback")
    # A folder's own responses, what cannot be written, and what is refused.
    assert logged["batch_alone"] == (6 if many else 0)
    assert "Error" not in json.dumps(rows)


def slow_pictures(_: float, table: Table) -> Sum:
    with serving.timer("walk"):
        return Sum(serving.request_id(), prediction=1.0)


def test_a_chunk_is_one_line_with_metrics_of_its_own(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "sums-dev")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    handler = serving.Handler(lambda: 1.0, slow_pictures, name="sums")
    event = buckets.event(buckets.lines(bucket, [GOOD, GOOD, b"{}"]), first=4)
    first, second = handler(event), handler(event)
    logged = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["cold_start"] for line in logged] == [1, 0]
    line = logged[0]
    assert {name: line[name] for name in ("model", "function", "function_version", "method", "path", "status")} == {
        "model": "sums",
        "function": "sums-dev",
        "function_version": "7",
        "method": "BATCH",
        "path": buckets.OUTPUT,
        "status": 200,
    }
    assert (line["batch_inputs"], line["batch_failed"], line["batch_ms"]) == (3, 1, first["ms"])
    assert {"load_ms", "read_ms", "write_ms", "decode_ms", "predict_ms", "walk_ms"} <= line.keys()
    # Those of requests are what alarms look at, and a chunk would ring them.
    [directive] = line["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["function"]]
    assert [metric["Name"] for metric in directive["Metrics"]] == ["batch_inputs", "batch_failed", "batch_ms"]
    rows = buckets.results(bucket)
    assert [row.get("output", {}).get("message") for row in rows[:2]] == [f"{buckets.OUTPUT}:4", f"{buckets.OUTPUT}:5"]
    assert second["version"] == "7"


def sleeping(_: float, table: Table) -> Sum:
    time.sleep(0.005)
    return Sum("slept", prediction=1.0)


def sleeping_at_once(_: float, tables: Sequence[Table]) -> list[Sum]:
    return [sleeping(_, table) for table in tables]


@pytest.mark.parametrize("many", [None, sleeping_at_once], ids=["one by one", "at once"])
def test_the_phases_of_a_chunk_are_those_of_its_inputs_added_up(
    bucket: Bucket, many: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = serving.Handler(lambda: 1.0, sleeping, predict_many=many)
    handler(buckets.event(buckets.lines(bucket, [GOOD] * 3)))
    line = json.loads(capsys.readouterr().out)
    assert line["predict_ms"] > 3 * 5
    assert line["decode_ms"] > 0
    assert line["decode_ms"] + line["predict_ms"] + line["read_ms"] + line["write_ms"] <= line["batch_ms"]
    # That is what alarms watch of requests.
    assert "total_ms" not in line


def test_a_long_input_costs_no_more_than_the_longest_taken(
    bucket: Bucket, picture_handler: Make, table_handler: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    long, short = b" " * 3_000_000 + GOOD, GOOD
    given, asked = type(bucket.objects).get, []

    def get(objects: Any, bucket: str, key: str, start: int, size: int) -> Any:
        asked.append(size)
        return given(objects, bucket, key, start, size)

    in_pieces = buckets.pieces(bucket, [short, long, short])
    in_objects = buckets.objects(bucket, {"a": short, "b": long, "c": short})
    for inputs in (in_pieces, in_objects):
        with monkeypatch.context() as patched:
            patched.setattr(type(bucket.objects), "get", get)
            picture_handler(max_bytes=1000)(buckets.event(inputs))
        assert [row.get("status", 200) for row in buckets.results(bucket)] == [400, 413, 400]
    assert asked == [sum(in_pieces["pieces"]["sizes"]), 1001, 1001, 1001]
    table_handler(max_bytes=1000)(buckets.event(buckets.lines(bucket, [short, long, short, long * 3, short])))
    assert [row.get("status", 200) for row in buckets.results(bucket)] == [200, 413, 200, 413, 200]


@pytest.mark.parametrize("type_", ["application/json", "image/png", "text/csv", "IMAGE/JPEG; q=1", ""])
def test_what_s3_says_that_an_object_is_counts_where_that_is_taken(
    bucket: Bucket, picture_handler: Make, type_: str
) -> None:
    handler = picture_handler()
    bodies = {"a": b'{"input_url": "u"}', "b": b"a picture"}
    handler(buckets.event(buckets.objects(bucket, bodies, type_)))
    found = [row.get("status", 200) for row in buckets.results(bucket)]
    assert found == ([200, 400] if type_ == "application/json" else [200, 200])


def test_a_stranger_s_keys_are_read_and_said_as_they_are(bucket: Bucket, picture_handler: Make) -> None:
    keys = [
        "a b",
        "ü/é/日本語.jpg",
        "100%.jpg",
        "a+b&c=d?e#f",
        "a'b\"c",
        "\u202eevil",
        "../../x",
        "a//b",
        "\x7f",
        "~-_.",
    ]
    inputs = buckets.objects(bucket, dict.fromkeys(keys, b"picture"))
    inputs["objects"]["keys"] += [f"none/{key}" for key in keys]
    assert picture_handler()(buckets.event(inputs, key="batches/1/results/ü ö.jsonl"))["failed"] == len(keys)
    rows = buckets.results(bucket, "batches/1/results/ü ö.jsonl")
    assert [row["error"]["message"] for row in rows[len(keys) :]] == [
        f"s3://a-bucket/none/{key} is not there." for key in keys
    ]


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_looked_for_afterwards_as_it_was_before(bucket: Bucket, table_handler: Make, collects: bool) -> None:
    looked = []

    def predict_many(_: float, tables: list[Table]) -> list[Any]:
        looked.append(gc.isenabled())
        raise ValueError

    handler = table_handler(predict_many=predict_many)
    (gc.enable if collects else gc.disable)()
    try:
        handler(buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}'] * 9)))
        assert gc.isenabled() == collects
    finally:
        gc.enable()
    assert looked == [False]


@pytest.mark.parametrize(
    ("status", "body", "kind", "output"),
    [
        (204, b"", "application/json", None),
        (200, b"caf\xe9", "text/plain; charset=latin-1", "caf\ufffd"),
        (200, b'{"a":1}\n{"b":2}\n', "application/jsonl", "eyJhIjoxfQp7ImIiOjJ9Cg=="),
        (200, b'{"a":NaN}\n', "application/json; charset=utf-8", '{"a":NaN}\n'),
        (201, b'{\n "a": 1\n}', "application/json", {"a": 1}),
    ],
)
def test_a_response_of_a_folders_own_is_one_line_whatever_it_holds(
    status: int, body: bytes, kind: str, output: object
) -> None:
    line = msgspec.json.encode(line_of(0, serving.Response(status, body, {"content-type": kind}), 1.0, ""))
    assert b"\n" not in line
    assert json.loads(line) == {"row": 0, "output": output, "ms": 1.0}
