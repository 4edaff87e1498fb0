"""The two moments of a snapshot, without Lambda: what stops it, and what is made anew."""

from __future__ import annotations

import pytest

from serving.fetching import connection
from serving.requests.messages import Response
from serving.snapstart import Snapshot
from serving.storage import dynamodb


def snapshot(status: int = 200, restored: list[float] | None = None) -> Snapshot:
    times = [] if restored is None else restored
    response = Response(status, b"", {})
    return Snapshot(lambda _: response, "/predict", lambda: {}, must_answer=False, restored=times.append)


@pytest.mark.parametrize("status", [400, 500])
def test_a_prediction_that_is_refused_stops_the_snapshot(status: int) -> None:
    with pytest.raises(RuntimeError, match=f"answered with status {status}"):
        snapshot(status).before()
    snapshot(399).before()


def test_connections_are_made_anew_where_a_snapshot_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    ended, restored = [], list[float]()
    monkeypatch.setattr(dynamodb, "disconnect", lambda: ended.append("table"))
    before = connection.tls()
    snapshot(restored=restored).after()
    assert ended == ["table"]
    assert connection.tls() is not before
    assert len(restored) == 1
    assert 0 <= restored[0] < 10_000
