"""Bytes on a connection of the server, from whoever likes to send them."""

from __future__ import annotations

import functools
import os
import re
import socket
import subprocess
import sys
import time
from typing import Any

from hypothesis import strategies as st

from local_servers import free_port
from pipeline_runs import ROOT
from proof.kind import Broken, Kind, words

# A worker alone, which ends with the process that started it.
START = """
import small_models
from serving.server import uvicorn_worker
small_models.handler = small_models.make_table_handler(max_bytes=100_000)
uvicorn_worker.main("small_models.handler")
"""
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
# What RFC 9112 has a server say of a coding that it does not know, and RFC 9110 of a version: the sender's fault.
SENDERS = {501, 505}
GOOD = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n"

# What nobody wonders at stands more often than the rest, which would else never get far.
METHODS = words("GET POST " * 12 + "HEAD PUT DELETE OPTIONS CONNECT TRACE PRI get G\0T")
TARGETS = [*words("/predict /health " * 8 + "/ * // /%00 /.. http://x/predict x:1 /\xff"), "/?" + "a" * 999]
VERSIONS = words("HTTP/1.1 " * 20 + "HTTP/1.0 HTTP/0.9 HTTP/2.0 HTTP/1.2 http/1.1 HTTP/11")
HEADERS = [
    *[b"host: x", b"content-type: application/json", b"content-length: 2"] * 12,
    *(b"host: y", b"host:", b"host: a b", b"Host : x", b"content-length: 0", b"content-length: -1"),
    *(b"content-length: 2, 2", b"content-length: +2", b"content-length: 9" + b"9" * 30, b"range: bytes=0-"),
    *(b"transfer-encoding: chunked", b"transfer-encoding: gzip, chunked", b"transfer-encoding: xchunked"),
    *(b"transfer-encoding: chunked, identity", b"transfer-encoding:\x0bchunked", b"expect: 100-continue"),
    *(b"expect: x", b"upgrade: h2c", b"connection: upgrade, http2-settings", b"upgrade: websocket"),
    *(b"connection: close", b"connection: keep-alive", b"x: \0", b"x: \xff", b" folded", b"\tfolded"),
    *(b"x", b": x", b"x y: z", b"x: " + b"y" * 5000, b"accept-encoding: gzip", b"cookie: " + b"a=b;" * 500),
]
BODIES = [
    *[b"", b"{}", b'{"input_X": [1, 2, 3]}', b"2\r\n{}\r\n0\r\n\r\n"] * 2,
    *(b"-1\r\n", b"ffffffffffffffffff\r\n", b"2;" + b"x" * 999 + b"\r\n{}\r\n", b"\r\n", b"0\r\n\r\n"),
]
ENDS = [*[b"\r\n"] * 9, b"\n", b"\r"]

BODY = b'{"input_X": [1, 2, 3]}'
POST = b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
WHOLE = [
    GOOD,
    POST + b"content-length: %d\r\n\r\n" % len(BODY) + BODY,
    POST + b"transfer-encoding: chunked\r\n\r\n%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n",
    POST + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n{}",
    b"HEAD / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
]


@st.composite
def requests(draw: st.DrawFn) -> bytes:
    line = " ".join(draw(st.sampled_from(part)) for part in (METHODS, TARGETS, VERSIONS)).encode("latin-1")
    headers = draw(st.lists(st.sampled_from(HEADERS), max_size=5))
    if draw(st.integers(0, 9)):
        headers.insert(0, b"host: x")
    return draw(st.sampled_from(ENDS)).join([line, *headers, b"", draw(st.sampled_from(BODIES))])


class Server:
    """One for all the cases of this process."""

    def __init__(self) -> None:
        self.port = free_port()
        environment = {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}", "PORT": str(self.port), "WORKERS": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", START],
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + 20
        while not self._answers():
            assert time.monotonic() < end, "the server does not start"
            time.sleep(0.05)

    def _answers(self) -> bool:
        try:
            return STATUS.findall(self.send(GOOD)) == [b"200"]
        except OSError:
            return False

    def send(self, sent: bytes) -> bytes:
        """All that it says until it hangs up, which it does soon after whoever sends does."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as connection:
            said = bytearray()
            try:
                connection.sendall(sent)
                connection.shutdown(socket.SHUT_WR)
                while piece := connection.recv(1 << 16):
                    said += piece
            except (ConnectionResetError, BrokenPipeError):
                pass  # It had said what it had to say to what it had read.
            return bytes(said)


@functools.cache
def server() -> Server:
    return Server()


def check(case: dict[str, Any]) -> str:
    said = server().send(b"".join(case["sent"]))
    statuses = [int(status) for status in STATUS.findall(said)]
    if [status for status in statuses if status >= 500 and status not in SENDERS]:
        raise Broken(f"{said!r:.2000}")
    if STATUS.findall(server().send(GOOD)) != [b"200"]:
        raise Broken("the next one is not answered")
    return str(statuses[-1]) if statuses else "hung up"


KIND = Kind(
    "requests",
    check,
    drawn=st.fixed_dictionaries({"sent": st.lists(st.sampled_from(WHOLE) | requests(), min_size=1, max_size=3)}),
    varied=("sent",),
    clock=time.monotonic,
    process=lambda: server().process.pid,
)
