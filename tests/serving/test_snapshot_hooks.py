"""The two moments of a snapshot, without Lambda: what stops it, and what is made anew."""

from __future__ import annotations

import gc
import json
import weakref
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec
import pytest

from serving.fetching import connection
from serving.requests.errors import Refused
from serving.requests.messages import Response
from serving.snapstart import Snapshot
from serving.storage import dynamodb, s3


def snapshot(status: int = 200, restored: list[float] | None = None) -> Snapshot:
    times = [] if restored is None else restored
    response = Response(status, b"", {})
    return Snapshot(lambda _: response, "/predict", lambda: {}, must_answer=False, restored=times.append)


@pytest.mark.parametrize("status", [400, 500])
def test_a_prediction_that_is_refused_stops_the_snapshot(status: int) -> None:
    with pytest.raises(RuntimeError, match=f"answered with status {status}"):
        snapshot(status).before()
    snapshot(399).before()


def test_what_only_waits_to_be_collected_is_not_in_the_snapshot() -> None:
    """Loading froze it, so that no collection would look at it."""

    class Circle:
        def __init__(self) -> None:
            self.itself = self

    gone = weakref.ref(Circle())
    gc.freeze()
    assert gone()
    try:
        snapshot().before()
        assert not gone()
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_connections_are_made_anew_where_a_snapshot_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    ended, restored = [], list[float]()
    monkeypatch.setattr(dynamodb, "disconnect", lambda: ended.append("table"))
    before, began = connection.tls(), perf_counter()
    snapshot(restored=restored).after()
    took = perf_counter() - began
    assert ended == ["table"]
    assert connection.tls() is not before
    assert len(restored) == 1
    assert 0 < restored[0] <= took * 1000


@pytest.mark.parametrize("changed", [False, True])
def test_a_model_from_a_bucket_must_be_as_it_was_and_halves_of_one_are_not_kept(
    changed: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(s3, "KEEP", tmp_path)
    model, half = tmp_path / "model.onnx", tmp_path / "model.onnx.7"
    model.write_bytes(b"whole")
    half.write_bytes(b"ha")
    made = snapshot()
    made.before()
    assert [file.name for file in tmp_path.iterdir()] == ["model.onnx"]
    if changed:
        model.write_bytes(b"half")
        with pytest.raises(RuntimeError, match="not as it was"):
            made.after()
    else:
        made.after()


def test_without_a_bucket_there_is_nothing_to_keep(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(s3, "KEEP", tmp_path / "none")
    made = snapshot()
    made.before()
    made.after()


def test_what_is_predicted_before_a_snapshot_is_posted_to_the_models_path() -> None:
    events = []

    def rehearse(event: Any) -> Response:
        events.append(event)
        return Response(200, b"", {})

    Snapshot(rehearse, "/predict", lambda: {"x": 1}, must_answer=True, restored=lambda _: None).before()
    Snapshot(rehearse, "/predict", lambda: msgspec.UNSET, must_answer=True, restored=lambda _: None).before()
    http = {"method": "POST", "path": "/predict"}
    assert events == [{"rawPath": "/predict", "requestContext": {"http": http}, "body": '{"x":1}'}]


@pytest.mark.parametrize(
    ("code", "must_answer", "stops"),
    [
        ("fetch_timeout", False, False),
        ("url_not_allowed", False, False),
        ("fetch_timeout", True, True),
        ("x", False, True),
    ],
)
def test_an_example_that_needs_a_network_is_left_out_and_anything_else_stops_it(
    code: str, must_answer: bool, stops: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    def rehearse(_: Any) -> Response:
        raise Refused(400, "No.", code=code)

    made = Snapshot(rehearse, "/predict", lambda: {}, must_answer=must_answer, restored=lambda _: None)
    if stops:
        with pytest.raises(Refused):
            made.before()
    else:
        made.before()
        assert "Give the handler a warm_up" in json.loads(capsys.readouterr().out)["message"]
