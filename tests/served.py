"""A real server, with a model that takes as long as it is told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

from local_servers import free_port
from pipeline_runs import ROOT

# Its limit on silent connections is shorter than a real one's.
APP = """
import os
import time
import msgspec
import serving
from serving import blocking
from serving.server import bodies, connection

connection.SILENT_SECONDS = 2
connection.CONNECTIONS = int(os.environ.get("CONNECTIONS", "800"))
if "ROOM" in os.environ:
    bodies.room = lambda: int(os.environ["ROOM"])

class Nap(msgspec.Struct, omit_defaults=True):
    seconds: float = 0.0
    wait: float = 0.0
    spin: float = 0.0
    picture: str = ""
    say: str = ""

def predict(model: None, nap: Nap) -> Nap:
    os.write(2, nap.say.encode())
    if nap.seconds:
        blocking.before()
    time.sleep(nap.seconds + nap.wait)
    until = time.monotonic() + nap.spin
    while time.monotonic() < until:
        pass
    if nap.picture:
        from PIL import Image
        with Image.open(nap.picture) as picture:
            picture.load()
    return nap

handler = serving.Handler(lambda: None, predict, path="/predict", name="naps", max_bytes=1_000_000)
"""


class Running:
    def __init__(self, folder: Path, **env: str) -> None:
        (folder / "naps.py").write_text(APP)
        self.port = free_port()
        self.said = folder / "said"
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{folder}", "PORT": str(self.port), "WORKERS": "2"} | env
        with self.said.open("w") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "serving.server", "naps.handler"],
                env=environment,
                stdout=said,
                stderr=said,
            )
        deadline = time.monotonic() + 30
        while len(self.workers()) < int(environment["WORKERS"]):
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < deadline, self.said.read_text()
            time.sleep(0.05)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def workers(self) -> set[int]:
        return {line["process"] for line in self.lines() if "ready" in line.get("message", "")}

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=30)

    def socket(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        return ask(self.connection(), method, path, body)

    def nap(self, seconds: float, **more: str) -> tuple[int, Any]:
        return self.ask("POST", "/predict", {"seconds": seconds, **more})

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.said.read_text().splitlines(keepends=True) if line.endswith("\n")]


def ask(connection: HTTPConnection, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    connection.request(method, path, None if body is None else json.dumps(body), {"content-type": "application/json"})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read() or b"null")
