"""What stage local adds to MiniStack's Lambda, apart from the requests that the canary's tests send through it."""

from __future__ import annotations

import json
import threading
from collections import Counter

import pytest

from tools.local_aws import traffic
from tools.local_aws.traffic import embedded, room, version_of


def function(**aliases: object) -> dict[str, object]:
    return {"aliases": {"live": {"FunctionVersion": "3", **aliases}}}


def test_an_alias_without_weights_is_one_version() -> None:
    assert {version_of(function(), "live") for _ in range(100)} == {"3"}


def test_an_alias_divides_its_requests_by_its_weights() -> None:
    weighted = function(RoutingConfig={"AdditionalVersionWeights": {"4": 0.25}})
    counted = Counter(version_of(weighted, "live") for _ in range(4000))
    assert counted.keys() == {"3", "4"}
    assert 800 < counted["4"] < 1200


def test_a_line_in_the_embedded_format_becomes_metrics_of_each_of_its_dimensions() -> None:
    metrics = [{"Name": "total_ms", "Unit": "Milliseconds"}]
    directive = {"Namespace": "serving", "Dimensions": [["function"], ["function", "version"]], "Metrics": metrics}
    line = json.dumps({"_aws": {"CloudWatchMetrics": [directive]}, "total_ms": 2.5, "function": "f", "version": 7})
    text = f"START RequestId\n{line}\nno metric\n" + '{"_aws": broken'
    assert list(embedded(text)) == [
        ("serving", "total_ms", 2.5, "Milliseconds", {"function": "f"}),
        ("serving", "total_ms", 2.5, "Milliseconds", {"function": "f", "version": "7"}),
    ]


def test_requests_beyond_what_the_machine_bears_wait_their_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    inside, most, lock, done = 0, 0, threading.Lock(), threading.Event()
    monkeypatch.setattr(traffic, "PATIENCE", 60.0)

    def request() -> None:
        nonlocal inside, most
        with room("a version of this test"):
            with lock:
                inside += 1
                most = max(most, inside)
            done.wait(0.01)
            with lock:
                inside -= 1

    threads = [threading.Thread(target=request) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 < most <= traffic.AT_ONCE
