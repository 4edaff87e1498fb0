"""Events that are no requests fail, so that whoever sent them keeps them; unless a folder says that it takes them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import serving
from serving.requests import events

Make = Callable[..., serving.Handler[float]]

SAMPLES = Path(__file__).parent / "samples"
SENDERS = {
    "cloudfront": "aws:cloudfront",
    "eventbridge": "aws.events",
    "lattice-v1": "vpc-lattice",
    "lattice-v2": "vpc-lattice",
    "s3": "aws:s3",
    "sns": "aws:sns",
    "sqs": "aws:sqs",
    "websocket": "apigateway:websocket",
}


def sample(name: str) -> Any:
    return json.loads((SAMPLES / "events" / f"{name}.json").read_bytes())


def test_there_is_a_sample_of_every_sender() -> None:
    assert {path.stem for path in (SAMPLES / "events").glob("*.json")} == set(SENDERS)


@pytest.mark.parametrize("name", SENDERS)
def test_an_event_fails_and_says_who_sent_it(
    name: str, table_handler: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(events.EventNotTaken, match=f"An event of {SENDERS[name]} came"):
        table_handler()(sample(name))
    [line] = capsys.readouterr().out.splitlines()
    logged = json.loads(line)
    assert (logged["method"], logged["path"], logged["code"]) == ("EVENT", SENDERS[name], "event_failed")
    assert "traceback" not in logged


def test_a_long_name_of_a_sender_does_not_come_back() -> None:
    assert len(str(events.EventNotTaken("x" * 3_000_000))) < 400


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_a_request_is_no_such_event(path: Path, table_handler: Make) -> None:
    event = json.loads(path.read_bytes())
    assert events.sender(event) is None
    assert "prediction" in str(table_handler()(event))


@pytest.mark.parametrize(
    "event",
    [
        None,
        [],
        {"Records": []},
        {"Records": 5},
        {"Records": [5]},
        {"Records": [{}]},
        {"Records": [{"eventSource": 5}]},
        {"source": "x", "detail": 1},
        {"raw_path": "/"},
        {"is_base64_encoded": False},
        {"source": 5, "detail-type": "x", "detail": {}},
        {"requestContext": {"connectionId": "x"}},
    ],
)
def test_what_only_looks_like_one_is_a_request(event: Any) -> None:
    assert events.sender(event) is None


def test_a_folder_may_take_them(table_handler: Make, capsys: pytest.CaptureFixture[str]) -> None:
    def kept(model: float, event: Any) -> Any:
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][1]["messageId"]}], "model": model}

    answer = table_handler(on_event=kept)(sample("sqs"))
    assert answer == {
        "batchItemFailures": [{"itemIdentifier": sample("sqs")["Records"][1]["messageId"]}],
        "model": 1.0,
    }
    assert json.loads(capsys.readouterr().out)["status"] == 200


def test_its_own_failure_gets_out_too_and_is_in_the_log(
    table_handler: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(_: float, event: Any) -> Any:
        raise KeyError(event["Records"][0]["s3"]["object"]["key"])

    with pytest.raises(KeyError):
        table_handler(on_event=failing)(sample("s3"))
    logged = json.loads(capsys.readouterr().out)
    assert (logged["status"], logged["code"], logged["level"]) == (500, "event_failed", "ERROR")
    assert "dog.jpg" in logged["traceback"]
