"""What Lambda says of an invocation, as AWS words it: its times, and what it died of."""

from __future__ import annotations

import base64
import io
import json
from types import SimpleNamespace
from typing import Any

import botocore.exceptions
import pytest

from tools.aws import clients
from tools.tuning import deployed
from tools.tuning.deployed import Report, Version
from tools.tuning.measuring import Patience
from tools.tuning.points import Build, Point
from tools.tuning.rows import Outcome
from tools.tuning.subjects import Died
from tools.tuning.trials import Function, Settings

LINE = (
    "REPORT RequestId: 1-2\tDuration: 23.45 ms\tBilled Duration: 24 ms\tMemory Size: 512 MB\tMax Memory Used: 80 MB\t"
)
STARTED = LINE + "Init Duration: 180.50 ms\t"
REQUEST = {"method": "GET", "path": "/health"}


class Lambda:
    """Answers as AWS documents it."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)

    def invoke(self, **_: Any) -> dict[str, Any]:
        said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(said, Exception):
            raise said
        payload, log = said
        made = {
            "Payload": io.BytesIO(json.dumps(payload).encode()),
            "LogResult": base64.b64encode(log.encode()).decode(),
        }
        return made | ({"FunctionError": "Unhandled"} if "errorType" in payload else {})


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(*answers: Any) -> Version:
        monkeypatch.setattr(clients, "invoking", lambda: Lambda(*answers))
        return Version("f", "7", 512)

    return made


def test_the_times_are_those_that_are_reported() -> None:
    assert Report.of(f"START RequestId: 1-2\n{{}}\nEND RequestId: 1-2\n{LINE}\n") == Report(23.45, 0.0)
    assert Report.of(STARTED) == Report(23.45, 180.5)


def test_without_a_report_there_is_no_time() -> None:
    with pytest.raises(Died, match="reported no time"):
        Report.of("START RequestId: 1-2\n")


def test_a_start_is_initialisation_and_first_answer(says: Any) -> None:
    assert says(({"statusCode": 200}, STARTED)).starts(REQUEST) == [203.95] * 3


def test_a_start_that_lambda_began_again_is_reported_without_one(says: Any) -> None:
    assert says(({"statusCode": 200}, LINE)).starts(REQUEST) == [10_023.45]


def test_memory_that_the_account_has_not_is_left_out() -> None:
    said = {"MemorySize": 1769, "Description": "abc"}
    made: list[int] = []

    def update(MemorySize: int, Description: str, **_: Any) -> None:
        if MemorySize > 3008:
            raise botocore.exceptions.ClientError({"Error": {"Code": "ValidationException"}}, "Update")
        said.update(MemorySize=MemorySize, Description=Description)

    def publish(**_: Any) -> dict[str, str]:
        made.append(int(str(said["MemorySize"])))
        return {"Version": str(len(made))}

    functions = SimpleNamespace(
        get_function_configuration=lambda **_: dict(said),
        update_function_configuration=update,
        publish_version=publish,
        get_waiter=lambda _: SimpleNamespace(wait=lambda **_: None),
    )
    assert Function("f", functions)._published([1769, 3538, 512]) == {1769: "1", 512: "2"}
    assert (made, said) == ([1769, 512], {"MemorySize": 1769, "Description": "abc"})


def test_where_only_one_can_start_that_one_counts(says: Any) -> None:
    throttled = botocore.exceptions.ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
    assert says(({"statusCode": 200}, STARTED), throttled).starts(REQUEST) == [203.95]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (
            {"errorType": "Runtime.ExitError", "errorMessage": "Error: Runtime exited with error: signal: killed"},
            "of memory: 512 MB",
        ),
        ({"errorType": "Runtime.OutOfMemory", "errorMessage": "RequestId: 1 Error: Runtime exited"}, "out of memory"),
        (
            {"errorType": "Sandbox.Timedout", "errorMessage": "RequestId: 1 Error: Task timed out after 29.00 seconds"},
            "out of time",
        ),
        ({"errorType": "ImportError", "errorMessage": "no module named app"}, "the function failed: ImportError"),
    ],
)
def test_what_a_version_dies_of_is_a_row(says: Any, answer: dict[str, str], reason: str) -> None:
    says((answer, LINE))
    row = deployed.measure(
        "f", "7", Point(Build((), "x"), 512), {"one": {"request": REQUEST, "answer": {}}}, Patience()
    )
    assert row.outcome is Outcome.DIED
    assert reason in row.reason


def test_what_a_function_was_can_be_read_of_its_description() -> None:
    was = Settings(1769, "PublishedVersions", "abc by user/x, begun 2026")
    trial = was.trial(128)
    assert (trial.memory_mb, trial.snapshots, trial.before) == (128, "None", was)
    assert was.before == was
    assert len(Settings(1, "None", "x" * 256).trial(128).description) == 256
