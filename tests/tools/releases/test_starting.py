"""A version is asked once it is ready to be: new, or after it has slept for weeks."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable

import pytest

import made_up_aws
from made_up_aws import Answer, Call
from tools.aws import clients
from tools.releases import events, gate, invocation

NOT_READY = (409, '{"Type": "User", "message": "Lambda is initializing your function"}')


class Function:
    """A function of one version, as Lambda is with one: a request alone wakes it, and is refused."""

    def __init__(self, state: str) -> None:
        self.state = state
        self.said: list[str] = []

    def __call__(self, call: Call) -> Answer:
        self.said.append(call.action.partition(":")[2])
        if call.action == "lambda:InvokeFunction":
            if self.state != "Inactive":
                return 200, '{"statusCode": 200, "body": "{}"}'
            self.state = "Pending"
            return NOT_READY
        state = self.state
        if state == "Pending":
            self.state = "Active"
        return 200, json.dumps({"FunctionName": "f", "State": state, "StateReason": "It is broken"})


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("botocore.waiter.time.sleep", lambda _: None)


def start(answer: Callable[[Call], Answer], monkeypatch: pytest.MonkeyPatch) -> str | None:
    with made_up_aws.in_its_place(answer, monkeypatch):
        return gate.not_started(clients.client("lambda"), "f", "1")


@pytest.mark.parametrize("state", ["Active", "Pending"])
def test_what_is_ready_or_becomes_it_is_not_asked_before(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    function = Function(state)
    assert start(function, monkeypatch) is None
    assert "InvokeFunction" not in function.said


def test_what_has_slept_is_woken_and_waited_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    function = Function("Inactive")
    assert start(function, monkeypatch) is None
    assert (function.said.count("InvokeFunction"), function.state) == (1, "Active")
    assert "version 1 was inactive and is woken" in capsys.readouterr().err


def too_many(function: Function) -> Callable[[Call], Answer]:
    """Every other call is one too many."""
    calls = itertools.count()

    def answer(call: Call) -> Answer:
        return function(call) if next(calls) % 2 else (429, '{"Type": "User", "message": "Rate exceeded"}')

    return answer


def test_a_look_too_many_is_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start(too_many(Function("Pending")), monkeypatch) is None


def test_a_request_to_the_function_is_never_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def answer(call: Call) -> Answer:
        asked.append(call.action)
        return 500, '{"Type": "Service"}'

    with made_up_aws.in_its_place(answer, monkeypatch), pytest.raises(events.Unanswered):
        invocation.Version("f", "1")({"method": "GET", "path": "/"})
    assert asked == ["lambda:InvokeFunction"]


def test_what_cannot_start_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    assert start(Function("Failed"), monkeypatch) == "It is broken"
