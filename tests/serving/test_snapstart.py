"""A start from a snapshot: the real awslambdaric against a runtime API as Lambda's, which stands still between the two.

What Lambda does to the machine meanwhile cannot be done here. What the process does before and after can be seen.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from pipeline_runs import MAIN_HOME, ROOT
from serving import Response, snapstart
from serving.pictures.decoding import Preprocessing, pixels
from tools.images import wheels

REQUIREMENTS = ROOT / "xgboost-example" / "requirements.txt"
RUNTIME = ("awslambdaric", "snapshot_restore_py", "simplejson")
API = "/2018-06-01/runtime"
SECONDS = 20

# It says what it predicts in a file, and answers what tells two environments apart.
MODEL = """
import os, random, ssl, sys
from pathlib import Path
import msgspec
import serving

random.seed(1)

class Query(msgspec.Struct, forbid_unknown_fields=True):
    x: float
class Answer(msgspec.Struct):
    y: float
    number: float
    has_hooks: bool

def load() -> int:
    {load}
    return 2

def predict(model: int, query: Query) -> Answer:
    with open(os.environ["PREDICTED"], "a") as file:
        file.write(f"{{query.x}}\\n")
    {predict}
    return Answer(query.x * model, random.random(), "snapshot_restore_py" in sys.modules)

handler = serving.Handler(load, predict, path="/predict", name="double", example={{"x": 1.5}}, {more})
"""
HTTP = {"rawPath": "/predict", "requestContext": {"http": {"method": "POST"}}, "body": '{"x": 4}'}


class RuntimeApi:
    """What Lambda is to a runtime. Holds the answer to restore/next until `restore` is set."""

    def __init__(self, events: list[Any], seen: Callable[[], str]) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.errors: dict[str, str | None] = {}
        self.predicted_before = ""
        self.snapshot, self.restore, self.done = Event(), Event(), Event()
        self._events = list(enumerate(events))
        self._seen = seen

    def get(self, path: str) -> tuple[bytes, dict[str, str]] | None:
        """The answer, or None where the process is to wait for ever."""
        self.calls.append((path, None))
        if path == "/restore/next":
            self.predicted_before = self._seen()
            self.snapshot.set()
            self.restore.wait(SECONDS)
            return b"", {}
        if path == "/invocation/next" and self._events:
            number, event = self._events.pop(0)
            deadline = int(time.time() * 1000) + 10_000
            headers = {"Lambda-Runtime-Aws-Request-Id": f"id-{number}", "Lambda-Runtime-Deadline-Ms": str(deadline)}
            return json.dumps(event).encode(), headers | {"Content-Type": "application/json"}
        self.done.set()
        return None

    def post(self, path: str, body: Any, error: str | None) -> None:
        self.calls.append((path, body))
        if path.endswith("/error"):
            self.errors[path] = error
            self.done.set()

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.calls]

    @property
    def answers(self) -> list[Any]:
        return [body for path, body in self.calls if path.endswith("/response")]

    def posted(self, path: str) -> Any:
        return dict(self.calls)[path]


@contextmanager
def serving_api(api: RuntimeApi) -> Iterator[str]:
    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            answer = api.get(self.path.removeprefix(API))
            if answer is None:
                stop.wait()
                self.close_connection = True
                return
            self.answer(200, *answer)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            kind = self.headers.get("Lambda-Runtime-Function-Error-Type")
            api.post(self.path.removeprefix(API), json.loads(content), kind)
            self.answer(202, b"", {})

        def answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    stop = Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Started:
    """What a process did until it waited for a request that never came, or ended."""

    def __init__(self, api: RuntimeApi, status: int | None, output: str) -> None:
        self.api = api
        self.status = status
        self.output = output
        self.lines = [json.loads(line) for line in output.splitlines() if line.startswith("{")]


Start = Callable[..., Started]


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """awslambdaric as the images have it: out of the wheels that they are built with."""
    architecture = {"x86_64": "x86_64", "aarch64": "arm64"}[platform.machine()]
    fetched = wheels.fetch(REQUIREMENTS, architecture, MAIN_HOME / "cache")
    target = tmp_path_factory.mktemp("runtime")
    for name in RUNTIME:
        [wheel] = fetched.glob(f"{name}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(target)
    return target


@pytest.fixture
def start(runtime: Path, tmp_path: Path) -> Start:
    def started(
        *events: Any,
        kind: str = "snap-start",
        load: str = "pass",
        predict: str = "pass",
        more: str = "",
        at_snapshot: Callable[[], object] = lambda: None,
    ) -> Started:
        (tmp_path / "model.py").write_text(MODEL.format(load=load, predict=predict, more=more))
        predicted, output = tmp_path / "predicted", tmp_path / "output"
        predicted.write_text("")
        api = RuntimeApi(list(events), predicted.read_text)
        with serving_api(api) as address, output.open("wb") as file:
            environment = os.environ | {
                "AWS_LAMBDA_RUNTIME_API": address,
                "AWS_LAMBDA_FUNCTION_NAME": "sums-dev",
                "AWS_LAMBDA_INITIALIZATION_TYPE": kind,
                "PYTHONPATH": f"{runtime}:{tmp_path}:{ROOT}",
                "PREDICTED": str(predicted),
            }
            command = [sys.executable, "-m", "serving", "model.handler"]
            process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=file, stderr=subprocess.STDOUT)
            try:
                if kind == "snap-start" and waited(api.snapshot, process):
                    at_snapshot()
                api.restore.set()
                assert waited(api.done, process), output.read_text()
                # One that has reported an error ends by itself.
                status = process.wait(SECONDS) if api.errors else None
            finally:
                process.kill()
                process.wait()
        return Started(api, status, output.read_text())

    return started


def waited(event: Event, process: subprocess.Popen[bytes]) -> bool:
    """Whether it happened before the process ended."""
    until = time.monotonic() + SECONDS
    while not event.wait(0.02):
        if process.poll() is not None or time.monotonic() > until:
            return event.is_set()
    return True


# --- before the snapshot --------------------------------------------------------------------------


def test_the_example_is_predicted_before_the_snapshot_and_nobody_is_told(start: Start) -> None:
    run = start(HTTP)
    assert run.api.paths[0] == "/restore/next"
    assert run.api.predicted_before == "1.5\n"
    assert [line["request_id"] for line in run.lines] == ["id-0"]
    assert run.api.answers[0]["statusCode"] == 200


def test_a_folder_may_name_another_request_to_warm_up_with(start: Start) -> None:
    assert start(more='warm_up=lambda: {"x": 7}').api.predicted_before == "7.0\n"


def test_a_warm_up_that_fails_ends_the_start(start: Start) -> None:
    run = start(HTTP, predict='raise ArithmeticError("no such tree")')
    assert run.status == 64
    assert run.api.paths == ["/init/error"]
    assert run.api.errors == {"/init/error": "Runtime.BeforeSnapshotError"}
    told = run.api.posted("/init/error")
    assert (told["errorType"], told["errorMessage"]) == ("ArithmeticError", "no such tree")


def test_a_warm_up_that_is_refused_ends_the_start_too(start: Start) -> None:
    run = start(HTTP, more='warm_up=lambda: {"x": "seven"}')
    assert (run.status, run.api.paths) == (64, ["/init/error"])


NOT_FETCHED = 'if query.x == {}: raise serving.Invalid("x could not be read.", field="x", code="fetch_failed")'


def test_an_example_whose_address_leads_nowhere_is_no_failure(start: Start) -> None:
    run = start(HTTP, predict=NOT_FETCHED.format(1.5))
    warning, request = run.lines
    assert (warning["level"], request["status"]) == ("WARNING", 200)


def test_a_warm_up_of_the_folder_itself_has_no_such_excuse(start: Start) -> None:
    run = start(HTTP, predict=NOT_FETCHED.format(7), more='warm_up=lambda: {"x": 7}')
    assert (run.status, run.api.paths) == (64, ["/init/error"])


# --- after a restore ------------------------------------------------------------------------------


def test_two_environments_of_one_snapshot_do_not_share_their_random_numbers(start: Start) -> None:
    """Without the restore both would go on from random.seed(1)."""
    first, second = (json.loads(start(HTTP).api.answers[0]["body"])["number"] for _ in range(2))
    assert first != second
    # And where nothing is restored, they do: this test can fail.
    alike = {json.loads(start(HTTP, kind="on-demand").api.answers[0]["body"])["number"] for _ in range(2)}
    assert len(alike) == 1


def test_the_first_request_after_a_restore_is_a_cold_start_with_its_restore_and_no_load(start: Start) -> None:
    first, second = start(HTTP, HTTP).lines
    assert (first["cold_start"], second["cold_start"]) == (1, 0)
    assert first["restore_ms"] > 0
    assert "load_ms" not in first
    assert "restore_ms" not in second
    names = {metric["Name"] for metric in first["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert {"cold_start", "restore_ms"} <= names


def test_ids_and_times_are_those_of_the_request(start: Start) -> None:
    restored: list[float] = []

    def later() -> None:
        time.sleep(0.3)
        restored.append(time.time() * 1000)

    first, second = start(HTTP, HTTP, at_snapshot=later).lines
    assert (first["request_id"], second["request_id"]) == ("id-0", "id-1")
    assert restored[0] - 1 <= first["_aws"]["Timestamp"] <= second["_aws"]["Timestamp"] <= time.time() * 1000
    # The time that the snapshot lay there is nobody's waiting.
    assert first["restore_ms"] + first["total_ms"] < 300


# What serving.storage.s3 leaves in a start: a model, and half of another whose download was killed.
DOWNLOADED = """from serving.storage import s3; s3.KEEP = Path("models"); s3.KEEP.mkdir(exist_ok=True)
    Path("models/{}.onnx".format("a" * 64)).write_bytes(b"model"); Path("models/half.onnx.17").write_bytes(b"ha")"""


def test_a_downloaded_model_is_kept_and_half_of_one_is_not(start: Start, tmp_path: Path) -> None:
    run = start(HTTP, load=DOWNLOADED)
    assert run.api.answers[0]["statusCode"] == 200
    assert [file.suffix for file in (tmp_path / "models").iterdir()] == [".onnx"]


def test_an_environment_without_the_files_of_its_snapshot_is_reported(start: Start, tmp_path: Path) -> None:
    run = start(HTTP, load=DOWNLOADED, at_snapshot=lambda: next((tmp_path / "models").iterdir()).unlink())
    assert run.status == 65
    assert run.api.paths == ["/restore/next", "/restore/error"]
    assert "is not as it was" in run.api.posted("/restore/error")["errorMessage"]


def test_generators_and_connections_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, for they are all here. Of OpenSSL's it can only be seen that it was given something new."""
    import random
    import ssl

    import numpy

    from serving.fetching import connection

    def never(_: Any) -> Response:
        raise AssertionError("nothing is rehearsed after a restore")

    def numbers() -> tuple[float, float]:
        random.seed(1)
        numpy.random.seed(1)
        restored: list[float] = []
        snapstart.Snapshot(never, "/", dict, must_answer=True, restored=restored.append).after()
        assert len(restored) == 1
        return random.random(), float(numpy.random.random())

    given: list[bytes] = []
    monkeypatch.setattr(ssl, "RAND_add", lambda content, _: given.append(content))
    tls = connection.tls()
    first, second = numbers(), numbers()
    assert first[0] != second[0]
    assert first[1] != second[1]
    assert len(set(given)) == 2
    assert connection.tls() is not tls


# --- any other start ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["on-demand", "provisioned-concurrency", ""])
def test_any_other_start_neither_warms_up_nor_imports_what_that_takes(start: Start, kind: str) -> None:
    run = start(HTTP, kind=kind, more='warm_up=lambda: {"x": 7}')
    assert json.loads(run.api.answers[0]["body"])["has_hooks"] is False
    [line] = run.lines
    assert line["cold_start"] == 1
    assert "load_ms" in line
    assert "restore_ms" not in line
    assert "/restore/next" not in run.api.paths


def test_the_picture_to_warm_up_with_is_one_that_a_network_takes() -> None:
    content = snapstart.picture()
    assert len(pixels(content, Preprocessing(224, 224, 256), field=None)) == 224 * 224 * 3
