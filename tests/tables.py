"""A table of a separate MiniStack, and a proxy in front of it that can be told to misbehave."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event
from typing import Any

import msgspec

import local_servers

KEYS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "eu-central-1"}
NAME = "results"


@contextmanager
def ministack(folder: Path) -> Iterator[int]:
    """The port that it answers on."""
    port = local_servers.free_port()
    environment = os.environ | {"GATEWAY_PORT": str(port), "HOME": str(folder)}
    command = [sys.executable, "-m", "hypercorn", "ministack.app:app", "--bind", f"127.0.0.1:{port}"]
    with (folder / "ministack.log").open("w") as said:
        process = subprocess.Popen(command, env=environment, cwd=folder, stdout=said, stderr=said)
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=5).close()
                break
            except OSError:
                assert time.monotonic() < deadline, (folder / "ministack.log").read_text()
                time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait()


class Counting(ThreadingHTTPServer):
    """A stand-in for AWS that counts connections, which stay open between requests."""

    daemon_threads = True

    def __init__(self, handler: type[KeepingOpen]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.connections = 0

    @property
    def environment(self) -> dict[str, str]:
        return {**KEYS, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self.server_port}"}

    def handle_error(self, request: object, client_address: object) -> None:
        """Callers that hang up are what the tests are about."""


class KeepingOpen(BaseHTTPRequestHandler):
    server: Counting
    protocol_version = "HTTP/1.1"
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def log_message(self, *_: object) -> None:
        pass


class Between(Counting):
    """Passes requests on, unless `mood` says otherwise."""

    def __init__(self, port: int) -> None:
        super().__init__(_Ask)
        self.beyond = port
        self.mood = ""
        self.seconds = 0.0
        # The operation, time, signer and body of each request.
        self.asked: list[tuple[str, float, str, bytes]] = []
        # Of the last request.
        self.path = ""
        self.headers: dict[str, str] = {}
        self.over = Event()

    @property
    def operations(self) -> list[str]:
        return [operation for operation, *_ in self.asked]


class _Ask(KeepingOpen):
    server: Between

    def do_GET(self) -> None:
        """Credentials, as an address on the machine gives them. They expire after `seconds`."""
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.server.seconds))
        self.server.asked.append(("credentials", time.monotonic(), self.headers["authorization"], b""))
        found = {"AccessKeyId": "AKIDOFADDRESS", "SecretAccessKey": "other", "Token": "t", "Expiration": ends}
        self._send(200, msgspec.json.encode(found))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        operation = self.headers["x-amz-target"].rpartition(".")[2]
        self.server.path = self.path
        self.server.headers = {name.lower(): value for name, value in self.headers.items()}
        signer = self.headers["authorization"].split("Credential=")[1].split("/")[0]
        self.server.asked.append((operation, time.monotonic(), signer, body))
        mood = self.server.mood
        if mood == "silent":
            self.server.over.wait(20)
        elif mood == "slow":
            # A late request must not reach the next test's table.
            if not self.server.over.wait(self.server.seconds):
                self._send(*self._beyond(body))
        elif mood == "dripping":
            self._send(200, b"", 1000)
            while not self.server.over.wait(0.05):
                self.wfile.write(b" ")
                self.wfile.flush()
        elif mood == "hanging up":
            self.close_connection = True
        elif mood == "closing":
            self._send(*self._beyond(body))
            self.close_connection = True
        elif mood == "last":
            self.close_connection = True
            self._send(200, b"{}")
        elif mood:
            self.server.over.wait(self.server.seconds)
            self._send(int(mood.partition(" ")[0]), mood.partition(" ")[2].encode())
        else:
            self._send(*self._beyond(body))

    def _beyond(self, body: bytes) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self.server.beyond, timeout=20)
        try:
            connection.request("POST", "/", body, dict(self.headers.items()))
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    def _send(self, status: int, content: bytes, length: int = 0) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(length or len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)
        self.wfile.flush()


@contextmanager
def between(port: int) -> Iterator[Between]:
    with local_servers.running(server := Between(port)):
        try:
            yield server
        finally:
            server.over.set()


def call(port: int, operation: str, **request: Any) -> Any:
    """MiniStack's answer to a call with the usual test keys."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {
        "x-amz-target": f"DynamoDB_20120810.{operation}",
        "content-type": "application/x-amz-json-1.0",
        "authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/dynamodb/aws4_request",
    }
    connection.request("POST", "/", msgspec.json.encode(request), headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    assert response.status == 200, content
    return msgspec.json.decode(content)


def fresh(port: int, key: str = "picture_key") -> None:
    """An empty table, as template.yaml defines it."""
    if NAME in call(port, "ListTables")["TableNames"]:
        call(port, "DeleteTable", TableName=NAME)
    call(
        port,
        "CreateTable",
        TableName=NAME,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
        KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
    )


def items(port: int) -> list[dict[str, dict[str, str]]]:
    found: list[dict[str, dict[str, str]]] = call(port, "Scan", TableName=NAME)["Items"]
    return found
