"""--rie: the image alone under the emulator, within Lambda's limits, until it is told to stop."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from calls import DOCUMENTED_REQUEST
from emulator import Emulator, docker
from pipeline_runs import Home

REQUEST = {"input_X": DOCUMENTED_REQUEST}


@pytest.fixture
def emulator(home: Home, deployed: str, tmp_path: Path) -> Iterator[Emulator]:
    with Emulator(home, "xgboost-example", tmp_path / "said") as started:
        started.wait(REQUEST)
        yield started


def test_it_answers_the_request_itself(emulator: Emulator) -> None:
    status, answer = emulator.invoke(REQUEST)
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
