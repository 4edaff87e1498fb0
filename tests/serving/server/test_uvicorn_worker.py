"""A worker before it is asked anything: where it listens, and what it says when it cannot."""

from __future__ import annotations

import asyncio
import json
import logging
import logging.config
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import serving
from local_servers import free_port
from serving import log
from serving.server import uvicorn_worker
from serving.server.asgi import Application
from serving.server.connection import Connection
from serving.server.lines import Line

HEALTH = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"


@pytest.fixture
def same_loggers() -> Iterator[None]:
    """What uvicorn is told about logging holds for the process."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level


def test_several_listen_on_one_port_and_send_at_once_what_they_send(monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    listeners = [uvicorn_worker.listener("127.0.0.1") for _ in range(2)]
    for each in listeners:
        each.listen()
    for each in listeners:
        assert each.getsockname() == ("127.0.0.1", port)
        # By its protocol asyncio knows that there is a delay to turn off.
        assert each.proto == socket.IPPROTO_TCP
        each.close()


def test_a_port_that_is_taken_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))
        with pytest.raises(SystemExit):
            uvicorn_worker.listener("127.0.0.1")
    assert (
        json.loads(capsys.readouterr().err)["message"] == f"PORT={port} cannot be listened on: Address already in use"
    )


def test_a_port_is_free_at_once_when_its_server_has_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel keeps an ended connection's port for a minute."""
    port = free_port()
    monkeypatch.setenv("PORT", str(port))
    with uvicorn_worker.listener("127.0.0.1") as listener:
        listener.listen()
        with socket.create_connection(("127.0.0.1", port)) as caller:
            listener.accept()[0].close()
            assert caller.recv(1) == b""
    uvicorn_worker.listener("127.0.0.1").close()


def test_whoever_waits_at_a_listener_is_taken_in() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        callers = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        taken = list(uvicorn_worker.waiting_at(listener))
        assert [each.getpeername() for each in taken] == [each.getsockname() for each in callers]
        for each in (*callers, *taken):
            each.close()


def test_why_it_cannot_start_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    try:
        raise KeyError("x")
    except KeyError as error:
        reading, writing = os.pipe()
        with os.fdopen(reading) as read, os.fdopen(writing, "w") as write:
            monkeypatch.setattr("sys.stderr", write)
            uvicorn_worker.explain(KeyError, error, sys.exc_info()[2])
            said = json.loads(read.readline())
    assert (said["level"], said["message"]) == ("ERROR", "KeyError: 'x'")
    assert said["traceback"].startswith("Traceback (most recent call last):\n  File ")


@pytest.mark.usefixtures("same_loggers")
def test_what_uvicorn_logs_is_a_line_on_stdout_if_it_is_a_warning() -> None:
    """And loggers that were there before it go on."""
    before = logging.getLogger("somebody")
    configuration = uvicorn_worker.configuration(lambda: None)  # type: ignore[arg-type]
    [handler] = logging.getLogger().handlers
    assert isinstance(handler, logging.StreamHandler)
    assert isinstance(handler.formatter, Line)
    assert handler.stream is sys.stdout
    assert not before.disabled
    names = ("uvicorn.error", "uvicorn.access", "asyncio", "somebody")
    assert [logging.getLogger(name).getEffectiveLevel() for name in names] == [logging.WARNING] * 4
    assert not configuration.access_log


@pytest.mark.usefixtures("same_loggers")
def test_who_waits_at_the_listener_when_it_ends_is_answered_and_told_that_it_is_the_last_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    port, said_by_it = free_port(), tmp_path / "said"
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setattr(Connection, "ending", False)
    # What is not written when it has ended is lost: a signal ends the process.
    monkeypatch.setattr(sys, "stdout", said_by_it.open("w"))
    monkeypatch.setattr(log, "flushes", False)
    handler = serving.Handler(lambda: None, word)

    async def end_with_callers() -> list[bytes]:
        server = uvicorn_worker.Server(uvicorn_worker.configuration(Application(handler, lambda: Connection.ending)))
        server.config.load()
        server.lifespan = server.config.lifespan_class(server.config)
        listener = uvicorn_worker.listener("127.0.0.1")
        await server.startup([listener])
        await server.on_tick(0)
        # As this does not let go of the loop, nobody is taken in meanwhile.
        callers = [socket.create_connection(listener.getsockname()) for _ in range(3)]
        for caller in callers:
            caller.sendall(HEALTH)
        await server.shutdown([listener])
        return [answer(caller) for caller in callers]

    for said in asyncio.run(end_with_callers()):
        head, _, body = said.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200")
        assert b"connection: close" in head
        assert b"\r\nserver:" not in head
        assert json.loads(body)["status"] == "ok"
    ready, *answered = map(json.loads, said_by_it.read_text().splitlines())
    sys.stdout.close()
    assert (ready["level"], ready["message"]) == ("INFO", f"Worker ready, listening on port {port}.")
    assert [line["path"] for line in answered] == ["/health"] * 3


def word(model: None, query: str) -> str:
    return query


def answer(caller: socket.socket) -> bytes:
    with caller, caller.makefile("rb") as file:
        return file.read()
