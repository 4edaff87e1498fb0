"""Bodies that a worker holds: together they have a limit, and whoever has been sending longest makes room."""

from __future__ import annotations

import asyncio
import json
import tracemalloc
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import msgspec
import pytest

import serving
from served import Running, ask
from serving.pictures import memory
from serving.requests.errors import Refused
from serving.server import bodies
from serving.server.asgi import Application
from serving.server.bodies import Bodies

MEGA = 1_000_000


class Sender:
    """A client that sends parts of a body when it is told to. None is its end."""

    def __init__(self, held: Bodies, limit: int = 100) -> None:
        self._parts: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.answered = asyncio.Event()
        self.task = asyncio.create_task(self._run(held, limit))

    async def _run(self, held: Bodies, limit: int) -> bytes | None:
        body = await held.received(self._parts.get, limit)
        await self.answered.wait()
        if body is not None:
            held.release(body)
        return body

    async def send(self, size: int, *, last: bool = False) -> None:
        await self.put({"type": "http.request", "body": b"x" * size, "more_body": not last})

    async def put(self, message: dict[str, Any]) -> None:
        self._parts.put_nowait(message)
        for _ in range(5):
            await asyncio.sleep(0)

    async def end(self) -> bytes | None:
        self.answered.set()
        return await self.task

    def is_refused(self) -> bool:
        if not self.task.done():
            return False
        error = self.task.exception()
        assert isinstance(error, Refused)
        assert (error.status, error.code, error.headers) == (503, "busy", {"retry-after": "1"})
        return True


def test_a_message_without_a_body_has_an_empty_one() -> None:
    async def run() -> None:
        sender = Sender(Bodies(100))
        await sender.put({"type": "http.request"})
        assert await sender.end() == b""

    asyncio.run(run())


def test_who_has_been_sending_longest_makes_room() -> None:
    async def run() -> None:
        held = Bodies(100)
        first, second, third = (Sender(held) for _ in range(3))
        for sender in (first, second):
            await sender.send(50)
        assert not first.is_refused()
        await third.send(1)
        assert [sender.is_refused() for sender in (first, second, third)] == [True, False, False]
        await second.send(49, last=True)
        await third.send(0, last=True)
        assert [await second.end(), await third.end()] == [b"x" * 99, b"x"]

    asyncio.run(run())


def test_complete_bodies_stay_until_they_are_answered() -> None:
    async def run() -> None:
        held = Bodies(100)
        complete, late = Sender(held), Sender(held)
        await complete.send(60, last=True)
        await late.send(41, last=True)
        assert [complete.is_refused(), late.is_refused()] == [False, True]
        empty = Sender(held)
        await empty.send(0, last=True)
        assert await empty.end() == b""
        assert await complete.end() == b"x" * 60
        next_ = Sender(held)
        await next_.send(100, last=True)
        assert await next_.end() == b"x" * 100

    asyncio.run(run())


def test_who_is_refused_and_sends_at_the_same_moment_is_refused_once() -> None:
    async def run() -> None:
        held = Bodies(100)
        first, second = Sender(held), Sender(held)
        await first.send(60)
        await second.send(0)
        messages = {"type": "http.request", "body": b"x" * 41, "more_body": True}
        second._parts.put_nowait(messages)
        await first.send(1)
        assert [first.is_refused(), second.is_refused()] == [True, False]
        await second.send(59, last=True)
        assert await second.end() == b"x" * 100

    asyncio.run(run())


@pytest.mark.parametrize("how", ["gone", "cancelled"])
def test_who_leaves_holds_nothing(how: str) -> None:
    async def run() -> None:
        held = Bodies(100)
        gone, stays = Sender(held), Sender(held)
        await gone.send(90)
        if how == "gone":
            await gone.put({"type": "http.disconnect"})
            assert await gone.end() is None
        else:
            gone.task.cancel()
            await asyncio.sleep(0)
        await stays.send(100, last=True)
        assert len(await stays.end() or b"") == 100

    asyncio.run(run())


class Nothing(msgspec.Struct):
    pass


def nothing(model: None, query: Nothing) -> Nothing:
    return query


def test_half_sent_bodies_do_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "room", lambda: 10 * MEGA)
    handler = serving.Handler(lambda: None, nothing, name="x", max_bytes=2 * MEGA)
    statuses: list[int] = []

    async def sends(part: int) -> None:
        sent = 0

        async def receive() -> Any:
            nonlocal sent
            sent += 1
            await (asyncio.sleep(60) if sent > 19 else asyncio.sleep(0))
            return {"type": "http.request", "body": bytes(part), "more_body": True}

        async def send(message: Any) -> None:
            statuses.append(message.get("status", 0))

        scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/predict", "query_string": b""}
        await application(scope | {"headers": []}, receive, send)

    async def run() -> int:
        tasks = [asyncio.create_task(sends(100_000)) for _ in range(40)]
        await asyncio.sleep(0.2)
        held = tracemalloc.get_traced_memory()[1]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return held

    application = Application(handler)
    tracemalloc.start()
    try:
        assert asyncio.run(run()) < 20 * MEGA
    finally:
        tracemalloc.stop()
    assert statuses.count(503) >= 30


@pytest.mark.parametrize(("workers", "share"), [("", 200 << 20), ("2", 100 << 20), ("50", 64 << 20)])
def test_the_workers_share_half_of_the_memory(monkeypatch: pytest.MonkeyPatch, workers: str, share: int) -> None:
    monkeypatch.setattr(memory, "limit", lambda: 400 << 20)
    monkeypatch.setenv("WORKERS", workers)
    assert bodies.room() == share


def test_a_server_full_of_half_sent_bodies_answers_whole_ones(tmp_path: Path) -> None:
    with Running(tmp_path, WORKERS="1", ROOM=str(4 * MEGA)) as one:
        half = [one.socket() for _ in range(12)]
        for connection in half:
            connection.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n" + bytes(900_000))
        assert one.ask("GET", "/health")[0] == 200
        assert one.ask("POST", "/predict", {"say": " " * 900_000})[0] == 200
        # Whoever is refused may send the rest, and then another request on the same connection.
        refused = half[0]
        refused.sendall(bytes(100_000))
        answer = HTTPResponse(refused)
        answer.begin()
        assert (answer.status, answer.headers["retry-after"], answer.headers["connection"]) == (503, "1", None)
        assert json.loads(answer.read())["code"] == "busy"
        again = one.connection()
        again.sock = refused
        assert ask(again, "GET", "/health")[0] == 200
        for connection in half:
            connection.close()
