"""Whatever comes as an event, an answer goes back in its sender's shape and a line goes to the log."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import serving
from hostile_events import HALF, HALVES, WRONG_TYPES
from proof.events import JSON, TEXT, changed
from serving.requests import events

Make = Callable[..., serving.Handler[float]]


@pytest.mark.parametrize(("event", "field"), WRONG_TYPES)
def test_a_wrong_type_in_an_envelope_is_a_refusal(
    event: dict[str, Any], field: str | None, table_handler: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = table_handler()(event)
    assert answer["statusCode"] == 400
    error = json.loads(answer["body"])
    assert error["code"] == "wrong_type"
    assert field is None or error["field"] == field
    assert json.loads(capsys.readouterr().out)["status"] == 400


@pytest.mark.parametrize("event", HALVES)
def test_half_a_character_anywhere_is_no_fault_of_ours(event: Any, table_handler: Make) -> None:
    assert "internal_error" not in str(table_handler()(event))


class Named(msgspec.Struct):
    name: str
    notes: dict[str, str] = {}


@pytest.mark.parametrize(
    ("event", "field"), [({"name": HALF}, "name"), ({"name": "ü", "notes": {"a": [HALF]}}, "notes.a[0]")]
)
def test_half_a_character_that_would_be_answered_is_refused_with_its_field(event: Any, field: str) -> None:
    def load() -> None: ...

    def repeat(_: None, query: Named) -> Named:
        return query

    handler = serving.Handler(load, repeat, name="repeat")
    answer = handler(event)
    assert (answer["code"], answer["field"]) == ("not_utf8", field)
    assert handler({"name": "ü"}) == {"name": "ü", "notes": {}}


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None, print_blob=True)
@given(event=changed() | JSON, identity=st.none() | TEXT)
def test_any_event_is_answered_and_logged(event: Any, identity: str | None, table_handler: Make) -> None:
    class Context:
        aws_request_id = identity

    out, sys.stdout = sys.stdout, io.StringIO()
    try:
        answer = table_handler()(event, Context())
        lines = sys.stdout.getvalue().splitlines()
    except events.EventNotTaken:
        return
    finally:
        sys.stdout = out
    [line] = lines
    logged = json.loads(line)
    assert 200 <= logged["status"] < 500
    json.dumps(answer, allow_nan=False).encode()
    if isinstance(answer, dict) and "statusCode" in answer:
        assert answer["statusCode"] == logged["status"]
        assert isinstance(answer["body"], str)
        assert isinstance(answer["isBase64Encoded"], bool)
