"""Of a request nothing stays, in the table or in the log: not the picture, not as base64, not whom it is about."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import tables
from document_example.conftest import FOLDER, given, never_hurried, posting
from model_apps import imported
from pipeline_runs import Home
from tables import Between

LEAD = "the-lead-of-nobody-else"
PICTURES = [(FOLDER / "events" / f"{name}.jpg").read_bytes() for name in ("selfie", "document", "invalid")]
BROKEN = PICTURES[0][:2000]


@pytest.fixture
def remembering(exported: Path, way: Between, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setenv("TABLE", tables.NAME)
    main = imported(exported, monkeypatch)
    never_hurried(monkeypatch)
    return main


def traces(picture: bytes) -> list[bytes]:
    """By which a picture, or a part of it, would be known again."""
    pieces = [picture[start : start + 30] for start in (0, len(picture) // 2 // 3 * 3)]
    found = [LEAD.encode()]
    for piece in pieces:
        found += [
            piece,
            b64encode(piece),
            piece.hex().encode(),
            repr(piece).encode()[2:-1],
            json.dumps(list(piece)).encode(),
        ]
    return found


def test_the_same_picture_is_answered_the_same_and_from_memory(remembering: ModuleType) -> None:
    post = posting(remembering)
    for picture in PICTURES:
        first, second = post(given(picture, leadId="one"))[1], post(given(picture, leadId="two"))[1]
        assert (first["cached"], second["cached"]) == (False, True)
        assert (first["leadId"], second["leadId"]) == ("one", "two")
        assert first["requestId"] != second["requestId"]
        assert all(first[name] == second[name] for name in ("photoHash", "prediction"))


def test_a_bad_picture_is_refused_with_a_table_too(remembering: ModuleType, port: int) -> None:
    status, error = posting(remembering)(given(BROKEN))
    assert (status, error["field"], error["code"]) == (400, "input_photo", "broken_image")
    assert tables.items(port) == []


def test_nothing_of_a_request_is_sent_to_the_table_or_logged(
    remembering: ModuleType, way: Between, port: int, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    post = posting(remembering)
    for picture in (*PICTURES, BROKEN):
        for _ in range(2):
            post(given(picture, leadId=LEAD))
    way.mood = "500 oh"
    for picture in PICTURES:
        post(given(picture + b"other", leadId=LEAD))
    sent = b"".join(body for _, _, _, body in way.asked)
    kept = json.dumps(tables.items(port)).encode()
    captured = capfdbinary.readouterr()
    logged = captured.out + captured.err
    assert len(tables.items(port)) == len(PICTURES)
    assert b"memory_failed" in logged
    for picture in (*PICTURES, BROKEN):
        for trace in traces(picture):
            assert trace not in sent
            assert trace not in kept
            assert trace not in logged


def test_what_is_deployed_remembers_by_hash_alone(home: Home) -> None:
    """Through the whole stack: the stack's own table, found by the function's environment."""
    import calls

    run = home.run("-s", "local", "-r", "-p", str(FOLDER), "-d").checked()
    # A picture that no event has shown it.
    picture = PICTURES[0] + str(time.time()).encode()
    found: list[Any] = [calls.post(run.api_url, given(picture, leadId=LEAD), "/classifier")[1] for _ in range(3)]
    assert [answer["cached"] for answer in found] == [False, True, True]
    items = home.aws("dynamodb", "scan", "--table-name", "document-example-local-memory")["Items"]
    kept = json.dumps(items).encode()
    assert found[0]["photoHash"].encode() in kept
    assert [trace for trace in traces(picture) if trace in kept] == []
    for item in items:
        assert item.keys() == {"picture_key", "result_json", "expires_at"}


def test_with_the_stack_its_table_goes(home: Home) -> None:
    home.run("-s", "local", "-r", "-p", str(FOLDER), "-d").checked()
    assert "document-example-local-memory" in home.aws("dynamodb", "list-tables")["TableNames"]
    home.run("-s", "local", "-m", str(FOLDER), "-x", "-y").checked()
    assert "document-example-local-memory" not in home.aws("dynamodb", "list-tables")["TableNames"]
