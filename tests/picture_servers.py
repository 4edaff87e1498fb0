"""A server on this machine that sends what servers on the internet send."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from threading import Barrier, BrokenBarrierError, Event

import local_servers

PICTURES: dict[str, bytes] = {}
STOP = Event()


class Replies(local_servers.Handler):
    meeting = Barrier(5)

    def do_GET(self) -> None:
        known = getattr(self, "_" + self.path.strip("/").partition("/")[0].replace("-", "_"), None)
        if known:
            known()
        elif self.path in PICTURES:
            self._send(PICTURES[self.path], "image/png")
        else:
            self.send_error(404)

    def _send(self, content: bytes, kind: str) -> None:
        self.answer(200, content, {"content-type": kind})

    def _html(self) -> None:
        self._send(b"<!doctype html><title>A picture of a dog</title>", "text/html")

    def _nothing(self) -> None:
        self._send(b"", "image/png")

    def _html_as_png(self) -> None:
        self._send(b"<!doctype html><title>A picture of a dog</title>", "image/png")

    def _gigabyte(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        for _ in range(1024):
            self.wfile.write(bytes(1024 * 1024))

    def _gigabyte_announced(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.send_header("Content-Length", str(1024**3))
        self.end_headers()

    def _forever(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "image/png")
        self.end_headers()
        while not STOP.wait(0.1):
            self.wfile.write(b"\x89")

    def _circle(self) -> None:
        self.send_response(302)
        self.send_header("Location", "/circle")
        self.end_headers()

    def _together(self) -> None:
        """Answers only after five requests have arrived."""
        try:
            self.meeting.wait(10)
        except BrokenBarrierError:
            self.send_error(503)
            return
        self._send(PICTURES["/seven.png"], "image/png")


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers that hang up are what the tests are about."""


@contextmanager
def serving_pictures() -> Iterator[str]:
    """The address of the server, as HOST:PORT."""
    STOP.clear()
    with local_servers.running(_Quiet(("127.0.0.1", 0), Replies)) as address:
        try:
            yield address.removeprefix("http://")
        finally:
            STOP.set()
