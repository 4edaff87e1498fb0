"""An AWS that refuses every other call because there are too many, before one that does not."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import recorder

ERROR = "<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
QUERY = f"<ErrorResponse>{ERROR}</ErrorResponse>"
JSON = '{"__type": "ThrottlingException", "message": "Rate exceeded"}'
STORAGE = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
# The AWS CLI itself cannot bear that of a change set whose end it waits for.
SPARED = "ChangeSet"


@contextmanager
def throttling(upstream: int, refused: Counter[str]) -> Iterator[int]:
    """A port; `refused` counts by action."""
    calls: Counter[str] = Counter()

    class Handler(BaseHTTPRequestHandler):
        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = {key.lower(): value for key, value in self.headers.items()}
            name = recorder.action(self.command, self.path, headers, body)
            calls[name] += 1
            if calls[name] % 2 and SPARED not in name:
                refused[name] += 1
                self.refuse(name.startswith("s3:"), "x-amz-target" in headers)
                return
            connection = http.client.HTTPConnection("127.0.0.1", upstream, timeout=60)
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            self.answer(response.status, response.read(), response.getheader("content-type", ""))
            connection.close()

        def refuse(self, storage: bool, json: bool) -> None:
            if self.command == "HEAD":
                self.answer(503, b"", "")
            elif storage:
                self.answer(503, STORAGE.encode(), "text/xml")
            elif json:
                self.answer(400, JSON.encode(), "application/x-amz-json-1.1")
            else:
                self.answer(400, QUERY.encode(), "text/xml")

        def answer(self, status: int, content: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = forward

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
