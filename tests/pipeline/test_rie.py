"""--rie: the image alone under the emulator, within Lambda's limits, until it is told to stop."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calls import DOCUMENTED_REQUEST, post
from pipeline_runs import ROOT, Home

INVOCATIONS = "/2015-03-31/functions/function/invocations"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def docker(*arguments: str) -> str:
    return subprocess.check_output(["docker", *arguments], text=True)


class Emulator:
    def __init__(self, home: Home, folder: str, said: Path) -> None:
        self.port = free_port()
        self.said = said
        with said.open("w") as words:
            self.process = subprocess.Popen(
                home.command("-s", "local", "-p", folder, "--rie", str(self.port)),
                cwd=ROOT,
                env=home.environment(),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
            )

    @property
    def container(self) -> str:
        return docker("ps", "--quiet", "--filter", f"publish={self.port}").strip()

    def inspect(self) -> Any:
        return json.loads(docker("inspect", self.container))[0]["HostConfig"]

    def invoke(self) -> tuple[int, Any]:
        return post(f"http://localhost:{self.port}", {"input_X": DOCUMENTED_REQUEST}, INVOCATIONS)

    def wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                if self.container and self.invoke()[0] == 200:
                    return
            except OSError:
                pass
            assert time.monotonic() < deadline, self.said.read_text()
            time.sleep(0.1)

    def interrupt(self) -> int:
        """As Ctrl-C does: to all that run in that terminal."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=30)


@pytest.fixture
def emulator(home: Home, deployed: str, tmp_path: Path) -> Iterator[Emulator]:
    started = Emulator(home, "xgboost-example", tmp_path / "said")
    try:
        started.wait()
        yield started
    finally:
        if started.process.poll() is None:
            started.interrupt()


def test_it_answers_the_request_itself(emulator: Emulator) -> None:
    status, answer = emulator.invoke()
    assert (status, answer["message"]) == (200, "Succesful Prediction")
    assert 14.7 <= answer["prediction"] < 14.8


def test_the_curl_that_it_prints_works(emulator: Emulator) -> None:
    printed = re.search(r"^ +(curl .*)$", emulator.said.read_text(), re.MULTILINE)
    assert printed
    answer = subprocess.check_output(["bash", "-c", printed[1].replace("curl", "curl --silent", 1)], text=True)
    assert "Succesful Prediction" in answer


def test_it_has_the_limits_of_lambda(emulator: Emulator) -> None:
    limits = emulator.inspect()
    assert limits["Memory"] == limits["MemorySwap"] == 1769 * 2**20
    assert limits["NanoCpus"] == 1_000_000_000
    assert limits["ReadonlyRootfs"] is True
    assert limits["IpcMode"] == "none"
    assert limits["Tmpfs"] == {"/tmp": "size=512m,mode=1777"}
    assert limits["CapDrop"] == ["ALL"]
    inside = ["exec", emulator.container, "sh", "-c"]
    assert docker(*inside, "id -u").strip() not in ("", "0")
    assert docker(*inside, "test -e /dev/shm && echo there || echo absent").strip() == "absent"
    assert docker(*inside, "touch /var/task/x 2>/dev/null && echo wrote || echo refused").strip() == "refused"


def test_ctrl_c_stops_it_cleanly(emulator: Emulator) -> None:
    container = emulator.container
    assert emulator.interrupt() == 0
    assert "\nerror:" not in emulator.said.read_text()
    assert container not in docker("ps", "--all", "--quiet")


def test_a_taken_port_is_said_with_another_to_try(home: Home, deployed: str) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        run = home.run("-s", "local", "-p", "xgboost-example", "--rie", str(port))
    assert run.status == 1
    assert f"port {port} is taken" in run.stderr
    assert f"--rie {port + 1}" in run.stderr
