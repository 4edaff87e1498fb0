"""A chunk that cannot be understood or done fails as a whole, by a name that says whether to try again."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import buckets
import serving
import tables
from buckets import Bucket
from leftovers import nothing_left_open
from serving.batches import results
from serving.batches.chunk import BadChunk
from serving.batches.results import TooMuch
from serving.batches.run import TooSlow
from serving.storage import objects
from serving.storage.objects import S3Busy, S3Refused
from small_models import add_up

Make = Callable[..., serving.Handler[float]]

LINES = {"bucket": "a-bucket", "key": "k", "start": 0, "end": 9}
PIECES = {"bucket": "a-bucket", "key": "k", "start": 0, "sizes": [1]}
OBJECTS = {"bucket": "a-bucket", "keys": ["k"]}
GOOD = buckets.event({"lines": LINES})["batch"]

# A bucket's name becomes a part of a host's.
HOSTS = ("", "A", "a/b", "evil.com/", "evil.com#", "a@evil.com", "a:80", "a b", "a\n", "-ab", "ab-", "a" * 64, "ü" * 3)


def bad() -> Iterator[Any]:
    yield {}
    for name in GOOD:
        yield {key: value for key, value in GOOD.items() if key != name}
    yield GOOD | {"last": 1}
    yield GOOD | {"output": GOOD["output"] | {"more": 1}}
    for name, form in (("lines", LINES), ("pieces", PIECES), ("objects", OBJECTS)):
        yield GOOD | {"inputs": {name: form | {"more": 1}}}
    for first in (-1, 1.5, "0", None, 2**60, True):
        yield GOOD | {"first": first}
    inputs: Any
    sizes: Any
    for inputs in (
        {},
        [],
        {"lines": LINES, "objects": OBJECTS},
        {"lines": LINES, "more": 1},
        {"lines": None},
        {"lines": []},
    ):
        yield GOOD | {"inputs": inputs}
    for change in ({"start": -1}, {"start": 9}, {"end": 10**30}, {"end": "9"}, {"end": -5}, {"key": ""}, {"key": 5}):
        yield GOOD | {"inputs": {"lines": LINES | change}}
    for sizes in ([], [-1], [1.5], ["1"], [None], 5, [10**30], {}):
        yield GOOD | {"inputs": {"pieces": PIECES | {"sizes": sizes}}}
    for keys in ([], [""], [5], [None], "k", ["k" * 1025], ["\ud800"], [["k"]]):
        yield GOOD | {"inputs": {"objects": OBJECTS | {"keys": keys}}}
    for name in HOSTS:
        yield GOOD | {"inputs": {"objects": OBJECTS | {"bucket": name}}}
        yield GOOD | {"output": {"bucket": name, "key": "k"}}
    for output in ({}, None, {"bucket": "a-bucket"}, {"bucket": "a-bucket", "key": "\udfff"}):
        yield GOOD | {"output": output}


@pytest.mark.parametrize("batch", list(bad()), ids=lambda batch: ascii(batch)[:60])
def test_what_is_no_chunk_is_said_and_reads_nothing(
    batch: Any, table_handler: Make, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(BadChunk, match="This is not a valid chunk of a batch: "):
        table_handler()({"batch": batch})
    [line] = capsys.readouterr().out.splitlines()
    logged = json.loads(line)
    assert (logged["method"], logged["path"]) == ("BATCH", "")
    assert (logged["status"], logged["code"]) == (500, "chunk_failed")
    assert "traceback" not in logged


@pytest.mark.parametrize("batch", [5, None, "batch", [GOOD], []])
def test_what_only_has_the_name_is_a_request(batch: Any, table_handler: Make) -> None:
    assert table_handler()({"batch": batch})["code"] in ("unknown_field", "missing_field")
    assert table_handler()({"batch": GOOD, "input_X": [1, 2, 3]})["code"] == "unknown_field"


def test_by_http_it_is_a_request(table_handler: Make, gateway: Any) -> None:
    http = {"rawPath": "/predict", "requestContext": {"http": {"method": "POST"}}}
    rest = {"path": "/predict", "httpMethod": "POST", "requestContext": {"stage": "prod"}}
    body = json.dumps({"batch": GOOD})
    for event in (http, rest, {**rest, "requestContext": {"elb": {}}}):
        answer = table_handler()({**event, "body": body})
        assert (answer["statusCode"], json.loads(answer["body"])["code"]) == (400, "unknown_field")


def test_an_object_that_is_shorter_than_the_chunk_is_another_one(bucket: Bucket, table_handler: Make) -> None:
    for form, size in (("lines", "end"), ("pieces", "sizes")):
        bucket.put("k", b'{"input_X": [1, 2, 3]}\n')
        for start in (0, 22, 23, 10**9):
            reached = [24 - start if start < 24 else 10**9] if size == "sizes" else start + 24
            inputs = {form: {"bucket": buckets.NAME, "key": "k", "start": start, size: reached}}
            with pytest.raises(BadChunk, match="s3://a-bucket/k ends at 23, and the chunk reaches to"):
                table_handler()(buckets.event(inputs))


def test_an_end_that_no_object_has_is_never_reached(bucket: Bucket, table_handler: Make) -> None:
    bucket.put("k", b'{"input_X": [1, 2, 3]}\n')
    for inputs in ({"lines": LINES | {"end": 10**15}}, {"pieces": PIECES | {"sizes": [10**12] * 1000}}):
        with pytest.raises(BadChunk, match="ends at 23"):
            table_handler()(buckets.event(inputs))


def test_lines_that_are_compressed_are_refused(bucket: Bucket, table_handler: Make) -> None:
    packed = gzip.compress(b'{"input_X": [1, 2, 3]}\n' * 100)
    bucket.put("k", packed)
    with pytest.raises(BadChunk, match=r"s3://a-bucket/k is compressed\. .*: unpack it first"):
        table_handler()(buckets.event({"lines": LINES | {"end": len(packed)}}))


@pytest.mark.parametrize("encoding", ["gzip", "aws-chunked,gzip"])
def test_lines_that_are_said_to_be_compressed_are_refused_wherever_they_begin(
    bucket: Bucket, table_handler: Make, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    found = objects.Found(b"x" * 9, 99, encoding=encoding)
    monkeypatch.setattr(objects.Objects, "get", lambda *_: found)
    with pytest.raises(BadChunk, match="is compressed"):
        table_handler()(buckets.event({"lines": LINES | {"start": 50, "end": 59}}))


def test_a_picture_that_is_compressed_is_no_picture(bucket: Bucket, picture_handler: Make) -> None:
    packed = gzip.compress(b"\xff\xd8\xff")
    handler = picture_handler()
    handler(buckets.event(buckets.pieces(bucket, [packed])))
    assert buckets.as_by_address(buckets.results(bucket)[0]) == buckets.by_address(handler, packed, "image/jpeg")


def test_a_missing_object_of_many_inputs_fails_the_chunk(bucket: Bucket, table_handler: Make) -> None:
    for form in ({"lines": LINES | {"key": "none"}}, {"pieces": PIECES | {"key": "none"}}):
        with pytest.raises(S3Refused, match="s3://a-bucket/none cannot be read: status 404"):
            table_handler()(buckets.event(form))


def test_results_that_may_not_be_written_fail_the_chunk(bucket: Bucket, table_handler: Make) -> None:
    event = buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}']))
    event["batch"]["output"]["bucket"] = "another-bucket"
    with pytest.raises(S3Refused, match=r"s3://another-bucket/batches/.* cannot be written: status 404"):
        table_handler()(event)


def test_s3_that_is_not_reached_may_be_reached_later(table_handler: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(objects, "_PAUSE", 0)
    for name, value in {**tables.KEYS, "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(S3Busy, match="GET s3://a-bucket/k: ConnectionRefusedError"):
        table_handler()(buckets.event({"objects": OBJECTS}))


class Context:
    """A function's, with so many milliseconds left that each look takes a hundred."""

    aws_request_id = "an-invocation"

    def __init__(self, left: int) -> None:
        self.left = left

    def get_remaining_time_in_millis(self) -> int:
        self.left -= 100
        return self.left


def test_a_chunk_that_would_outlast_the_function_ends_before(
    bucket: Bucket, table_handler: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    bucket.put(buckets.OUTPUT, b"as it was")
    event = buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}'] * 300))
    with pytest.raises(TooSlow, match=r"time is up after 279 inputs of this chunk\. Make the chunks smaller"):
        table_handler()(event, Context(30_000))
    assert json.loads(capsys.readouterr().out)["request_id"] == "an-invocation"
    assert bucket.get(buckets.OUTPUT) == b"as it was"
    assert table_handler()(event, Context(60_000))["inputs"] == 300
    # What is kept for the end is a tenth where a function's whole time is short.
    short = buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}'] * 3, key="input/few"))
    assert table_handler()(short, Context(1500))["inputs"] == 3
    # Many at once are looked at before each of their groups.
    at_once = table_handler(predict_many=lambda model, tables: [add_up(model, table) for table in tables])
    several = buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}' + b" " * 30_000] * 300))
    with pytest.raises(TooSlow, match=r"time is up after [1-9]\d+ inputs"):
        at_once(several, Context(10_000))


@pytest.mark.parametrize("count", [1, 2000], ids=["less than a buffer holds", "more"])
def test_results_that_do_not_fit_are_said(
    bucket: Bucket, table_handler: Make, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    """On a device that is always full."""
    monkeypatch.setattr(results, "TemporaryFile", partial(Path("/dev/full").open, "r+b"))
    with pytest.raises(TooMuch, match=r"do not fit in /tmp .*No space left.* Make the chunks smaller"):
        table_handler()(buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}'] * count)))


def test_a_chunk_that_is_done_or_fails_leaves_no_file_and_no_connection_open(
    bucket: Bucket, table_handler: Make
) -> None:
    handler, event = table_handler(), buckets.event(buckets.lines(bucket, [b'{"input_X": [1, 2, 3]}'] * 9))
    with nothing_left_open():
        handler(event)
    with nothing_left_open(), pytest.raises(TooSlow):
        handler(event, Context(1000))


def test_an_object_that_may_not_be_read_is_its_row_s_error_and_any_other_refusal_the_chunk_s(
    bucket: Bucket, picture_handler: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refusing(status: int) -> None:
        def refuse(_: object, bucket: str, key: str, *__: object) -> None:
            raise S3Refused(status, f"s3://{bucket}/{key} cannot be read", b"said")

        monkeypatch.setattr(objects.Objects, "get", refuse)

    refusing(400)
    with pytest.raises(S3Refused, match="a-bucket/k cannot be read: status 400 b'said'"):
        picture_handler()(buckets.event({"objects": OBJECTS}))
    refusing(403)
    assert picture_handler()(buckets.event({"objects": OBJECTS}))["failed"] == 1
    monkeypatch.undo()
    [row] = buckets.results(bucket)
    assert (row["status"], row["error"]["code"]) == (403, "input_not_allowed")


def test_a_long_name_does_not_come_back(table_handler: Make) -> None:
    with pytest.raises(BadChunk) as caught:
        table_handler()({"batch": {"A" * 3_000_000: 1}})
    assert len(str(caught.value)) < 400
