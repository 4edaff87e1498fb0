"""What is read and written over a connection ends at its deadline and at its size."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from serving.fetching.connection import Deadline, TimedSocket, TooMuch


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_a_deadline_that_has_passed_is_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        Deadline(0).left()


def test_who_does_not_read_what_is_sent_is_left_at_the_deadline(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = ends
    ours.settimeout(30)
    with pytest.raises(TimeoutError):
        TimedSocket(ours, Deadline(0.1)).sendall(bytes(10_000_000))


def test_an_answer_may_be_as_long_as_was_said_and_not_longer(ends: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = ends
    theirs.sendall(b"abc")
    reader = TimedSocket(ours, Deadline(5), 3).makefile("rb")
    assert reader.read(3) == b"abc"
    theirs.sendall(b"d")
    with pytest.raises(TooMuch):
        reader.read(1)
