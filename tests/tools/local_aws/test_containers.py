"""What the local AWS knows of its containers: the whole output of each request, and no more questions than needed."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.core import container_reaper

from tools.local_aws import containers
from tools.local_aws.containers import Output, _doubting, _following, _one_by_one, _trusting


class Container:
    """As docker-py's, with a stream that the test writes and a state that it sets."""

    def __init__(self) -> None:
        self.written: queue.Queue[bytes | None] = queue.Queue()
        self.really, self.status, self.asked = "running", "created", 0
        self.ports = {"8080/tcp": [{"HostPort": "32768"}]}

    def stream(self) -> Iterator[bytes]:
        return iter(self.written.get, None)


def reload(container: Container) -> None:
    container.asked += 1
    container.status = container.really


def request(name: str) -> bytes:
    return f"START RequestId: {name}\n{name} answered\nREPORT RequestId: {name}\tDuration: 1 ms\n".encode()


def test_the_output_of_a_request_is_waited_for_to_its_last_line() -> None:
    container = Container()
    output = Output(container.stream())
    text = request("one")
    container.written.put(text[:20])
    container.written.put(text[20:-5])
    threading.Timer(0.2, container.written.put, [text[-5:]]).start()
    began = time.monotonic()
    assert output.take() == text
    assert time.monotonic() - began > 0.15


def test_each_request_has_its_own_output_and_none_is_lost() -> None:
    container = Container()
    asked: list[dict[str, Any]] = []

    def logs(container: Container, **how: Any) -> Any:
        asked.append(how)
        return container.stream()

    reading = _following(logs)
    for name in ("one", "two", "three"):
        container.written.put(request(name))
        assert reading(container, stdout=True, stderr=True, since=1.0) == request(name)
    assert asked == [{"stream": True, "follow": True, "stdout": True, "stderr": True, "since": 1.0}]


def test_a_container_that_ends_gives_what_it_wrote_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "LOG_SECONDS", 60.0)
    container = Container()
    container.written.put(b"START RequestId: one\nkilled\n")
    container.written.put(None)
    assert Output(container.stream()).take() == b"START RequestId: one\nkilled\n"


def test_a_container_that_never_says_the_end_is_not_waited_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(containers, "LOG_SECONDS", 0.1)
    container = Container()
    output = Output(container.stream())
    container.written.put(b"half a")
    assert output.take() == b"half a"


def test_what_is_asked_without_a_time_goes_to_the_engine() -> None:
    assert _following(lambda container, **how: how)(Container(), tail=5) == {"tail": 5}


def test_a_running_container_is_asked_about_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(containers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    container, reloading = Container(), _trusting(reload)
    for _ in range(5):
        reloading(container)
    assert container.asked == 1
    now[0] += 1.1
    container.really = "exited"
    reloading(container)
    assert (container.asked, container.status) == (2, "exited")
    reloading(container)
    assert container.asked == 3


def test_a_container_whose_port_is_not_known_yet_is_asked_about_again_and_given_time() -> None:
    container, reloading = Container(), _trusting(reload)
    known, container.ports = container.ports, {}
    began = time.monotonic()
    for _ in range(5):
        reloading(container)
    assert container.asked == 5
    assert time.monotonic() - began > 5 * containers.PORT_SECONDS
    container.ports = known
    for _ in range(5):
        reloading(container)
    assert container.asked == 6


def test_a_container_that_failed_is_asked_about_again() -> None:
    container, reloading = Container(), _trusting(reload)
    reloading(container)
    _doubting(lambda container, event: {"body": {}})(container, {})
    reloading(container)
    assert container.asked == 1
    _doubting(lambda container, event: {"error": True})(container, {})
    reloading(container)
    assert container.asked == 2


class Leaving:
    """A container that takes its time to go. How many are going at the same moment is counted."""

    going = most = gone = 0

    def stop(self, timeout: int) -> None:
        Leaving.going += 1
        Leaving.most = max(Leaving.most, Leaving.going)
        time.sleep(0.02)

    def remove(self, v: bool, force: bool) -> None:
        Leaving.going -= 1
        Leaving.gone += 1


def test_containers_leave_one_after_the_other() -> None:
    dropping = _one_by_one(container_reaper.drop_containers)
    assert dropping([Leaving() for _ in range(9)], stop_timeout=2) == Leaving.gone == 9
    assert Leaving.most == 1
