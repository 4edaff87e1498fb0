"""Requests take turns: one after the other, and none keeps the others for long."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from serving import blocking
from serving.server import turns
from serving.server.turns import Turns


def run(*works: Callable[[], None]) -> None:
    async def together() -> None:
        taking = Turns()
        await asyncio.gather(*(taking.run(work) for work in works))

    asyncio.run(together())


class Log:
    """What works began and ended, in order."""

    def __init__(self) -> None:
        self.events: list[str] = []

    def work(self, name: str, seconds: float, *, waits: bool = False) -> Callable[[], None]:
        def working() -> None:
            self.events.append(f"{name} begins")
            if waits:
                blocking.before()
                blocking.before()
            time.sleep(seconds)
            self.events.append(f"{name} ends")

        return working


def test_requests_run_one_after_the_other_in_the_order_in_which_they_came() -> None:
    log = Log()
    run(*(log.work(name, 0.002) for name in "abcd"))
    assert log.events == [f"{name} {what}" for name in "abcd" for what in ("begins", "ends")]


def test_who_takes_long_goes_on_beside_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.02)
    log = Log()
    run(log.work("long", 0.3), log.work("b", 0), log.work("c", 0))
    assert log.events[:2] == ["long begins", "b begins"]
    assert log.events[-1] == "long ends"


def test_who_waits_for_somebody_else_lets_the_next_one_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 60.0)
    log = Log()
    run(log.work("waiting", 0.3, waits=True), log.work("b", 0.01), log.work("c", 0.01))
    assert log.events == ["waiting begins", "b begins", "b ends", "c begins", "c ends", "waiting ends"]


def test_a_request_that_fails_ends_its_turn() -> None:
    log = Log()

    def fail() -> None:
        raise KeyError("no")

    async def both() -> None:
        taking = Turns()
        with pytest.raises(KeyError):
            await taking.run(fail)
        await asyncio.wait_for(taking.run(log.work("next", 0)), 5)

    asyncio.run(both())
    assert log.events == ["next begins", "next ends"]


class Most:
    """How many worked at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self._lock = threading.Lock()

    def work(self) -> None:
        with self._lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.15)
        with self._lock:
            self.now -= 1


def threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "request"}


def test_no_more_work_at_once_than_there_may_be_threads_and_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.01)
    monkeypatch.setattr(turns, "THREADS", 3)
    before, found = threads(), []

    async def twice() -> None:
        taking = Turns()
        for _ in range(2):
            most = Most()
            await asyncio.gather(*(taking.run(most.work) for _ in range(7)))
            await asyncio.sleep(0.05)
            found.append((most.most, len(threads() - before)))

    asyncio.run(twice())
    assert found == [(3, 1)] * 2
    assert all(thread.daemon for thread in threads())


def test_a_thread_that_waits_for_a_request_is_not_taken_for_one_that_takes_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.2)
    before, over = threads(), threading.Event()
    found: list[int] = []

    async def long_and_short() -> None:
        taking = Turns()
        long = asyncio.create_task(taking.run(lambda: over.wait(10)))
        await asyncio.sleep(0)
        await taking.run(lambda: None)
        await asyncio.sleep(0.4)
        found.append(len(threads() - before))
        over.set()
        await long

    asyncio.run(long_and_short())
    assert found == [2]


def test_nobody_looks_where_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "TURN_SECONDS", 0.04)
    looks: list[float] = []

    async def asked() -> None:
        loop = asyncio.get_running_loop()
        later = loop.call_later

        def call_later(seconds: float, *arguments: object) -> asyncio.TimerHandle:
            looks.append(seconds)
            return later(seconds, *arguments)  # type: ignore[arg-type]

        taking = Turns()
        monkeypatch.setattr(loop, "call_later", call_later)
        for together in (2, 1):
            looks.clear()
            await asyncio.gather(*(taking.run(lambda: time.sleep(0.03)) for _ in range(together)))
            assert 1 < len(looks) < 10
            assert set(looks) == {0.02}
            looks.clear()
            time.sleep(0.05)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert looks == []

    asyncio.run(asked())


def test_of_those_who_wait_for_strangers_only_so_many_are_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The others go on, and so do those whose wait is our own affair."""
    monkeypatch.setattr(turns, "THREADS", 3)
    monkeypatch.setattr(turns, "WAITING", 2)
    may_end = threading.Event()

    def stranger() -> str:
        blocking.before_stranger()
        blocking.before_stranger()
        may_end.wait(10)
        return "answered"

    def own() -> str:
        blocking.before()
        return "own"

    async def all_of_them() -> list[Any]:
        taking = Turns()
        slow = [asyncio.ensure_future(taking.run(stranger)) for _ in range(2)]
        found = [await asyncio.gather(taking.run(stranger), return_exceptions=True), await taking.run(own)]
        may_end.set()
        return [*found, *await asyncio.gather(*slow), await taking.run(stranger), await taking.run(stranger)]

    [refused], *others = asyncio.run(asyncio.wait_for(all_of_them(), 10))
    assert (refused.status, refused.code, refused.headers) == (503, "busy", {"retry-after": "1"})
    assert others == ["own", *["answered"] * 4]


def test_nobody_is_told_what_he_does_not_wait_for_any_more() -> None:
    told: list[object] = []

    async def left() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        taking = Turns()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(taking.run(lambda: time.sleep(0.1)), 0.02)
        await asyncio.wait_for(taking.run(lambda: None), 5)
        await asyncio.sleep(0.15)

    asyncio.run(left())
    assert told == []


def test_where_nobody_listens_waiting_is_nobodys_concern() -> None:
    blocking.before()


def test_who_was_told_of_one_request_is_not_told_of_the_next() -> None:
    told: list[str] = []
    blocking.run(lambda: told.append("first"), blocking.before)
    blocking.before()
    assert told == ["first"]
