"""An AWS with answers made up by a test, for what a local one does not do: fail, hang, refuse."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

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

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, content = answer(Call(recorder.action(self.command, self.path, headers, body), self.path, body))
            self.send_response(status)
            self.send_header("content-length", str(len(content.encode())))
            self.end_headers()
            self.wfile.write(content.encode())

        do_GET = do_PUT = do_POST = do_DELETE = respond

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def in_its_place(answer: Callable[[Call], Answer], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """boto3 in this process uses it."""
    with answered_by(answer) as address, monkeypatch.context() as patched:
        for name, value in aws_at(address).items():
            patched.setenv(name, value)
        patched.delenv("AWS_PROFILE", raising=False)
        yield
