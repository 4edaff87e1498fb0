"""An AWS with answers made up by a test, for what a local one does not do: fail, hang, refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

import local_servers
import recorder
from clients import aws_at


@dataclass(frozen=True)
class Call:
    action: str
    path: str
    body: bytes


Answer = tuple[int, str]


@contextmanager
def answered_by(answer: Callable[[Call], Answer]) -> Iterator[str]:
    """The address of this AWS."""

    class Handler(local_servers.Handler):
        def respond(self) -> None:
            body = self.content()
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, content = answer(Call(recorder.action(self.command, self.path, headers, body), self.path, body))
            self.answer(status, content.encode())

        do_GET = do_PUT = do_POST = do_DELETE = respond

    with local_servers.serving(Handler) as address:
        yield address


@contextmanager
def in_its_place(answer: Callable[[Call], Answer], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """boto3 in this process uses it."""
    with answered_by(answer) as address, monkeypatch.context() as patched:
        for name, value in aws_at(address).items():
            patched.setenv(name, value)
        patched.delenv("AWS_PROFILE", raising=False)
        yield
