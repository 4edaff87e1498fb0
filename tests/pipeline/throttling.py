"""An AWS that refuses every other call because there are too many, before one that does not."""

from __future__ import annotations

import http.client
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer

import local_servers
import recorder

ERROR = "<Error><Type>Sender</Type><Code>Throttling</Code><Message>Rate exceeded</Message></Error>"
QUERY = f"<ErrorResponse>{ERROR}</ErrorResponse>"
JSON = '{"__type": "ThrottlingException", "message": "Rate exceeded"}'
STORAGE = "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"
# The AWS CLI itself cannot bear that of a change set whose end it waits for.
SPARED = "ChangeSet"


class _Throttling(ThreadingHTTPServer):
    def __init__(self, upstream: int, refused: Counter[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream, self.refused = upstream, refused
        self.calls: Counter[str] = Counter()


class _Handler(local_servers.Handler):
    server: _Throttling

    def forward(self) -> None:
        body = self.content()
        headers = {key.lower(): value for key, value in self.headers.items()}
        name = recorder.action(self.command, self.path, headers, body)
        self.server.calls[name] += 1
        if self.server.calls[name] % 2 and SPARED not in name:
            self.server.refused[name] += 1
            self.refuse(name.startswith("s3:"), "x-amz-target" in headers)
            return
        connection = http.client.HTTPConnection("127.0.0.1", self.server.upstream, timeout=60)
        connection.request(self.command, self.path, body, headers)
        response = connection.getresponse()
        self.answer(response.status, response.read(), {"content-type": response.getheader("content-type", "")})
        connection.close()

    do_GET = do_PUT = do_POST = do_HEAD = do_DELETE = forward

    def refuse(self, storage: bool, json: bool) -> None:
        if storage or self.command == "HEAD":
            self.answer(503, STORAGE.encode(), {"content-type": "text/xml"})
        elif json:
            self.answer(400, JSON.encode(), {"content-type": "application/x-amz-json-1.1"})
        else:
            self.answer(400, QUERY.encode(), {"content-type": "text/xml"})


@contextmanager
def throttling(upstream: int, refused: Counter[str]) -> Iterator[int]:
    """A port; `refused` counts by action."""
    with local_servers.running(server := _Throttling(upstream, refused)):
        yield server.server_port
