"""What a person gets to read of a log: every request and every failure once, and nothing of the platform's routine."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from http.server import ThreadingHTTPServer
from typing import Any

import pytest

import local_servers
from tools.releases import events
from tools.watching import logs

GROUP = "/aws/lambda/xgboost-example-local"
WHEN = 1_795_257_062_000
ENTRY = {
    "level": "INFO", "model": "m", "version": "d2acf60da737", "function_version": "3", "stage": "dev",
    "request_id": "8f4c1f0e", "method": "POST", "path": "/predict", "status": 200, "code": None,
    "cold_start": 0, "client_error": 0, "server_error": 0, "total_ms": 2.149,
}  # fmt: skip

Start = Callable[..., "subprocess.Popen[str]"]
Answer = tuple[int, dict[str, Any]]


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


def event(message: str | dict[str, Any], timestamp: int = WHEN, **more: Any) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    return {"timestamp": timestamp, "message": text, "logStreamName": "s", **more}


def lines(message: str | dict[str, Any]) -> list[str]:
    return logs.shown(event(message))


def test_a_request_is_a_line() -> None:
    assert lines(ENTRY) == ["10:31:02  v3  200  POST /predict  2.1 ms  8f4c1f0e"]
    assert lines(ENTRY | {"cold_start": 1}) == ["10:31:02  v3  200  POST /predict  2.1 ms  cold  8f4c1f0e"]


def test_the_line_is_found_with_the_newline_that_it_was_written_with() -> None:
    assert lines(json.dumps(ENTRY) + "\n") == lines(ENTRY)


def test_a_refused_request_ends_with_its_code() -> None:
    refused = ENTRY | {"status": 400, "code": "wrong_length"}
    assert lines(refused) == ["10:31:02  v3  400  POST /predict  2.1 ms  8f4c1f0e  wrong_length"]


def test_a_traceback_stands_indented_below_its_request() -> None:
    failed = ENTRY | {"status": 500, "code": "internal_error", "traceback": "Traceback:\n  File x\n\nValueError: no\n"}
    first, *below = lines(failed)
    assert first.endswith("  8f4c1f0e  internal_error")
    assert below == ["    Traceback:", "      File x", "", "    ValueError: no"]


def test_an_unpublished_function_has_no_version_number() -> None:
    assert "  $LATEST  200  " in lines(ENTRY | {"function_version": "$LATEST"})[0]
    assert "  -  200  " in lines(ENTRY | {"function_version": ""})[0]


@pytest.mark.parametrize(
    "message",
    [
        "START RequestId: 8f4c1f0e Version: 3",
        "END RequestId: 8f4c1f0e\n",
        "INIT_START Runtime Version: python:3.11.v1\tRuntime Version ARN: arn:aws:lambda:x",
        "RESTORE_START Runtime Version: python:3.11.v1",
        "REPORT RequestId: 8f4c1f0e\tDuration: 2.15 ms\tBilled Duration: 3 ms\tMemory Size: 1769 MB",
        "RESTORE_REPORT Restore Duration: 301.1 ms",
        "21 Nov 2026 11:14:43,288 [INFO] (rapid) INVOKE START(requestId: 8f4c1f0e)",
    ],
)
def test_the_platforms_routine_is_left_out(message: str) -> None:
    assert lines(message) == []


@pytest.mark.parametrize(
    "message",
    [
        "REPORT RequestId: 8f4c1f0e\tDuration: 29000.00 ms\tMemory Size: 1769 MB\tStatus: timeout",
        "REPORT RequestId: 8f4c1f0e\tDuration: 12.00 ms\tStatus: error\tError Type: Runtime.ExitError",
        "INIT_REPORT Init Duration: 9999.92 ms\tPhase: init\tStatus: timeout",
        "INIT_REPORT Init Duration: 51.02 ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError",
        "2026-11-21T10:31:02.000Z 8f4c1f0e Task timed out after 29.00 seconds",
        "21 Nov 2026 11:14:43,288 [WARNING] (rapid) First fatal error stored in appctx: Runtime.ExitError",
    ],
)
def test_the_platforms_failures_are_shown(message: str) -> None:
    assert lines(message) == [message]


@pytest.mark.parametrize("message", ["a word of the model's own", '{"level": "INFO"}', "{not json", '["x"]', ""])
def test_another_line_is_shown_as_it_is(message: str) -> None:
    assert lines(message) == [message]


def test_a_caller_cannot_steer_the_terminal() -> None:
    assert "/\\x1b[2J\\nv3" in lines(ENTRY | {"path": "/\x1b[2J\nv3"})[0]
    assert lines("a\x1b]0;title\x07") == ["a\\x1b]0;title\\x07"]


def test_what_was_asked_for_twice_is_shown_once() -> None:
    seen = logs.Seen()
    first = [event("a", 1), event("b", 2)]
    assert list(seen.new(first)) == first
    assert list(seen.new([*first, event("c", 2)])) == [event("c", 2)]


def test_a_line_that_comes_late_is_shown_though_newer_ones_have_been() -> None:
    seen = logs.Seen()
    list(seen.new([event("new", 9)]))
    assert list(seen.new([event("late", 5), event("new", 9)])) == [event("late", 5)]


def test_lines_that_are_alike_are_all_shown() -> None:
    seen = logs.Seen()
    assert len(list(seen.new([event("same")] * 2))) == 2
    assert len(list(seen.new([event("same")] * 3))) == 1
    assert len(list(seen.new([event("same", eventId="1"), event("same", eventId="2")]))) == 2


def test_what_cannot_come_again_is_forgotten() -> None:
    seen = logs.Seen()
    list(seen.new([event("old", 1), event("new", 5)]))
    seen.forget(5)
    assert [found["message"] for found in seen.new([event("old", 1), event("new", 5)])] == ["old"]


class Answers(ThreadingHTTPServer):
    """A log service that gives the answers of a list in turn, the last one again and again."""

    def __init__(self, answers: list[Answer]) -> None:
        super().__init__(("127.0.0.1", 0), Answering)
        self.answers = answers
        self.asked: list[dict[str, Any]] = []


class Answering(local_servers.Handler):
    server: Answers

    def do_POST(self) -> None:
        self.server.asked.append(json.loads(self.content()))
        status, answer = self.server.answers[min(len(self.server.asked), len(self.server.answers)) - 1]
        self.answer(status, json.dumps(answer).encode())


def run_against(start_with: Start, answers: list[Answer], *options: str, **settings: str) -> tuple[Answers, Any]:
    server = Answers(answers)
    with local_servers.running(server) as address:
        process = start_with(address, "watching.logs", "group", *options, **settings)
        stdout, stderr = process.communicate(timeout=60)
    return server, (process.returncode, stdout, stderr)


GONE: Answer = (400, {"__type": "ResourceNotFoundException", "message": "gone"})


def test_every_page_is_read(start_with: Start) -> None:
    pages: list[Answer] = [(200, {"events": [event("a")], "nextToken": "t"}), (200, {"events": [event("b")]})]
    server, run = run_against(start_with, pages)
    assert run == (0, "a\nb\n", "")
    assert [request.get("nextToken") for request in server.asked] == [None, "t"]
    assert time.time() * 1000 - server.asked[0]["startTime"] == pytest.approx(3_600_000, abs=60_000)


def test_following_survives_a_service_that_is_asked_too_often(start_with: Start) -> None:
    now = int(time.time() * 1000)
    busy: Answer = (400, {"__type": "ThrottlingException", "message": "Rate exceeded"})
    known = event("a", now)
    # The client would ask again by itself; told to ask once, it hands the refusal on.
    answers: list[Answer] = [(200, {"events": [known]}), busy, (200, {"events": [known, event("b", now)]}), GONE]
    server, (status, stdout, stderr) = run_against(start_with, answers, "--follow", AWS_MAX_ATTEMPTS="1")
    assert (status, stdout) == (1, "a\nb\n")
    assert [line.partition(",")[0] for line in stderr.splitlines()] == [
        "no answer",
        "there is no log group: its function is not deployed",
    ]
    since = [request["startTime"] for request in server.asked]
    assert since[1] == since[2], "what was not answered is asked for again"
    assert since[0] < since[1] < now < since[3] + logs.OVERLAP_MS + 10_000


def test_a_refusal_is_a_sentence(start_with: Start) -> None:
    denied: Answer = (400, {"__type": "AccessDeniedException", "message": "you may not"})
    _, (status, stdout, stderr) = run_against(start_with, [denied], "--follow")
    assert (status, stdout, len(stderr.splitlines())) == (1, "", 1)
    assert "the log group cannot be read" in stderr
    assert "you may not" in stderr


def test_no_such_log_is_a_sentence(start: Start) -> None:
    process = start("watching.logs", "/aws/lambda/nobody")
    assert process.communicate(timeout=60) == (
        "",
        "there is no log /aws/lambda/nobody: its function is not deployed\n",
    )
    assert process.returncode == 1


def ask_somewhere(deployed: str) -> str:
    """A request that is told from all others."""
    path = f"/{uuid.uuid4()}"
    assert events.send(deployed, {"method": "GET", "path": path})[0] == 404
    return path


def test_requests_to_the_deployed_model_show_up(start: Start, deployed: str) -> None:
    paths = [ask_somewhere(deployed), ask_somewhere(deployed)]
    process = start("watching.logs", GROUP)
    stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stderr) == (0, "")
    found = [line for line in stdout.splitlines() if any(path in line for path in paths)]
    assert [line.split("  ")[3] for line in found] == [f"GET {path}" for path in paths]
    assert all(line.split("  ")[2] == "404" and line.endswith("not_found") for line in found)
    assert "RequestId" not in stdout


class Reader:
    """What a process has printed so far."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.lines: list[str] = []
        self._process = process
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.lines.append(line)

    def wait_for(self, text: str) -> None:
        deadline = time.monotonic() + 30
        while not any(text in line for line in self.lines):
            assert time.monotonic() < deadline, "".join(self.lines)
            time.sleep(0.05)


def test_following_shows_each_request_once_until_it_is_interrupted(start: Start, deployed: str) -> None:
    paths = [ask_somewhere(deployed)]
    with start("watching.logs", GROUP, "--follow") as process:
        reader = Reader(process)
        reader.wait_for(paths[0])
        for _ in range(2):
            paths.append(ask_somewhere(deployed))
            reader.wait_for(paths[-1])
        time.sleep(2 * logs.EVERY)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == 130
        assert process.stderr
        assert process.stderr.read() == ""
    assert [sum(path in line for line in reader.lines) for path in paths] == [1, 1, 1]


def test_a_reader_who_has_enough_ends_it_quietly(start: Start, deployed: str) -> None:
    ask_somewhere(deployed)
    with start("watching.logs", GROUP, "--follow") as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline()
        process.stdout.close()
        ask_somewhere(deployed)
        assert process.wait(timeout=30) == 0
        assert process.stderr.read() == ""
