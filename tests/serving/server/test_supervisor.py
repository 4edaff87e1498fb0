"""`serve`: a handler listens, answers several at once, and ends when what it accepted is answered."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local_servers import free_port
from pipeline_runs import ROOT
from processes import runs
from served import Running, ask
from serving.server import supervisor


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    with Running(tmp_path) as made:
        yield made


def test_it_answers_several_at_once(running: Running) -> None:
    began = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(running.nap, [0.5] * 12))
    assert answers == [(200, {"seconds": 0.5})] * 12
    assert time.monotonic() - began < 3


def test_a_connection_stays_open_between_requests(running: Running) -> None:
    connection = running.connection()
    for seconds in (0.01, 0.02):
        assert ask(connection, "POST", "/predict", {"seconds": seconds}) == (200, {"seconds": seconds})
        assert connection.sock is not None


def test_everything_it_says_is_json_and_each_request_is_a_line(running: Running) -> None:
    running.nap(0.01)
    running.ask("GET", "/nothing")
    assert running.end() == 0
    lines = running.lines()
    requests = [(line["method"], line["path"], line["status"]) for line in lines if "path" in line]
    assert sorted(requests) == [("GET", "/nothing", 404), ("POST", "/predict", 200)]
    assert any("listening" in line["message"] for line in lines if "message" in line)


def test_a_requests_line_is_there_soon_after_its_answer(running: Running) -> None:
    """And not when there are enough of them, or at the end."""
    running.nap(0.01)
    deadline = time.monotonic() + 5
    while not any("path" in line for line in running.lines()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_it_accepted_is_answered_before_it_ends(running: Running) -> None:
    """Under way, waiting for a thread, in the listener's queue, and on a connection that was idle."""
    idle = running.connection()
    assert ask(idle, "POST", "/predict", {"seconds": 0})[0] == 200
    with ThreadPoolExecutor(61) as pool:
        answers = [pool.submit(running.nap, 1.0) for _ in range(60)]
        time.sleep(0.5)
        ending = pool.submit(running.end)
        time.sleep(0.2)
        assert ask(idle, "POST", "/predict", {"seconds": 0.01})[0] == 200
        assert [answer.result() for answer in answers] == [(200, {"seconds": 1.0})] * 60
        assert ending.result() == 0
    with pytest.raises(OSError, match="refused"):
        running.nap(0)


def test_idle_connections_do_not_keep_it_from_ending(running: Running) -> None:
    connections = [running.connection() for _ in range(5)]
    for connection in connections:
        ask(connection, "GET", "/health")
    began = time.monotonic()
    assert running.end() == 0
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "sent", [b"", b"POST /pre", b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{"]
)
def test_who_falls_silent_in_the_middle_is_let_go_and_holds_nobody_up(running: Running, sent: bytes) -> None:
    silent = [socket.create_connection(("127.0.0.1", running.port), timeout=10) for _ in range(100)]
    for connection in silent:
        connection.sendall(sent)
    assert running.nap(0)[0] == 200
    for connection in silent:
        assert connection.recv(1) == b""
        connection.close()


def test_a_head_without_end_is_refused(running: Running) -> None:
    with socket.create_connection(("127.0.0.1", running.port)) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 20_000)
        assert connection.recv(12) == b"HTTP/1.1 431"


def test_requests_that_wait_do_so_side_by_side_and_the_others_do_not_wait_for_them(running: Running) -> None:
    with ThreadPoolExecutor(40) as pool:
        slow = [pool.submit(running.nap, 1.5) for _ in range(40)]
        time.sleep(0.3)
        began = time.monotonic()
        assert running.nap(0)[0] == 200
        assert time.monotonic() - began < 1
        assert [answer.result()[0] for answer in slow] == [200] * 40
        assert time.monotonic() - began < 4


def test_too_large_a_body_is_refused_with_a_word(running: Running) -> None:
    status, answer = running.ask("POST", "/predict", {"seconds": 0, "x": "x" * 1_500_000})
    assert (status, answer["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "request_", [b"NONSENSE\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n"]
)
def test_what_is_no_request_is_refused(running: Running, request_: bytes) -> None:
    with running.socket() as connection, connection.makefile("rb") as file:
        connection.sendall(request_)
        head, _, body = file.read().partition(b"\r\n\r\n")
    assert head.startswith((b"HTTP/1.1 4", b"HTTP/1.1 5"))
    assert b"content-length: %d\r\n" % len(body) in head
    assert running.nap(0)[0] == 200


def test_a_worker_that_dies_is_replaced(running: Running) -> None:
    workers = running.workers()
    assert len(workers) == 2
    for worker in workers:
        os.kill(worker, signal.SIGKILL)
    deadline = time.monotonic() + 20
    while True:
        try:
            assert running.nap(0)[0] == 200
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.1)
    warnings = {line["message"] for line in running.lines() if line["level"] == "WARNING"}
    assert warnings >= {f"Worker {worker} was killed by signal 9; another takes its place." for worker in workers}


def test_a_key_on_the_terminal_ends_it_too(running: Running) -> None:
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(10) == 0


# The first one ends, and the others would go on.
ENDING = """
import os, time
try:
    os.close(os.open("first", os.O_CREAT | os.O_EXCL))
except FileExistsError:
    time.sleep(60)
print(os.environ["WORKERS"], flush=True)
os.write(2, b"last words\\n" * 200)
os._exit({})
"""


@pytest.mark.parametrize(("code", "status"), [(0, 1), (3, 3)])
def test_a_worker_that_ends_by_itself_ends_all_and_is_heard(tmp_path: Path, code: int, status: int) -> None:
    (tmp_path / "ending.py").write_text(ENDING.format(code))
    environment = {"PYTHONPATH": f"{ROOT}:{tmp_path}", "PORT": str(free_port()), "WORKERS": ""}
    command = [sys.executable, "-m", "serving.server", "ending.handler"]
    run = subprocess.run(
        command, cwd=tmp_path, env=os.environ | environment, capture_output=True, text=True, timeout=30
    )
    assert run.returncode == status
    # Each is told how many they are, for they share the memory that there is.
    assert run.stdout.split()[0] == str(supervisor.processors())
    said = [json.loads(line)["message"] for line in run.stderr.splitlines()]
    left_out = [int(line.split()[0]) for line in said if line.endswith("more lines on stderr are left out.")]
    assert said.count("last words") > 0
    # How many are left out of the last second is known at the end.
    assert said.count("last words") + sum(left_out) == 200


def test_workers_end_with_the_process_that_looks_after_them(running: Running) -> None:
    workers = running.workers()
    running.process.kill()
    deadline = time.monotonic() + 10
    while any(map(runs, workers)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_a_handler_that_cannot_be_loaded_ends_it(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PORT": str(free_port()), "WORKERS": "2"}
    command = [sys.executable, "-m", "serving.server", "nothing.handler"]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)
    assert run.returncode == 1
    assert "No module named 'nothing'" in run.stderr


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "٣", "²", "1.5"])
def test_a_port_that_is_none_is_said_to_be(
    port: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PORT", port)
    with pytest.raises(SystemExit) as ended:
        supervisor.main("naps.handler")
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().err)["message"] == f"PORT={port} is not a number from 1 to 65535"


@pytest.mark.parametrize(("port", "found"), [("", 8080), ("1", 1), ("65535", 65535)])
def test_a_port_may_be_any_there_is(port: str, found: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", port)
    assert supervisor.number("PORT", supervisor.PORT) == found


def test_there_are_as_many_processes_as_the_container_may_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor, "CGROUPS", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(0 if process else 8)))
    assert supervisor.processors() == 8
    for said, count in (("max 100000", 8), ("250000 100000", 2), ("50000 100000", 1), ("1600000 100000", 8)):
        (tmp_path / "cpu.max").write_text(said + "\n")
        assert supervisor.processors() == count
    (tmp_path / "cpu.max").unlink()
    (tmp_path / "cpu").mkdir()
    for quota, count in (("-1", 8), ("300000", 3)):
        (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota + "\n")
        (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")
        assert supervisor.processors() == count
