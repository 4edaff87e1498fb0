"""A server on this machine that sends what servers on the internet send."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

MEGABYTE = bytes(1024 * 1024)


class Replies(BaseHTTPRequestHandler):
    picture: Path

    def do_GET(self) -> None:
        if self.path == "/picture.png":
            self._begin("image/png", self.picture.stat().st_size)
            self.wfile.write(self.picture.read_bytes())
        elif self.path == "/page":
            self._begin("text/html")
            self.wfile.write(b"<!doctype html><title>A dog</title>")
        elif self.path == "/page-called-picture":
            self._begin("image/png")
            self.wfile.write(b"<!doctype html><title>A dog</title>")
        elif self.path == "/gigabyte":
            self._begin("image/png")
            for _ in range(1024):
                self.wfile.write(MEGABYTE)
        elif self.path == "/gigabyte-announced":
            self._begin("image/png", 1024 * len(MEGABYTE))
        elif self.path == "/forever":
            self._begin("image/png")
            while True:
                self.wfile.write(b".")
                time.sleep(0.2)
        elif self.path.startswith("/circle"):
            self.send_response(302)
            self.send_header("Location", "/circle-back" if self.path == "/circle" else "/circle")
            self.end_headers()
        else:
            self.send_error(404)

    def _begin(self, kind: str, size: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if size is not None:
            self.send_header("Content-Length", str(size))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """That callers hang up is what the tests are about."""


@contextmanager
def running(picture: Path) -> Iterator[str]:
    """HOST:PORT of a server whose only good answer is that picture."""
    with Quiet(("127.0.0.1", 0), type("Replies", (Replies,), {"picture": picture})) as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
