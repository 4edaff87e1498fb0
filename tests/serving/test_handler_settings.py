"""What a handler is where its folder does not say otherwise."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest

import serving
from serving import start

Make = Callable[..., serving.Handler[float]]


def test_a_body_may_be_as_large_as_lambdas_events(table_handler: Make) -> None:
    assert (table_handler().max_bytes, table_handler(max_bytes=20).max_bytes) == (6 * 2**20, 20)


def test_a_model_without_a_folder_is_called_a_model(monkeypatch: pytest.MonkeyPatch) -> None:
    def typed() -> None: ...

    typed.__module__ = "nowhere"  # as what is typed into a console is
    monkeypatch.delenv("MODEL_NAME", raising=False)
    assert start.model_name(typed) == "model"


def test_what_asks_the_model_may_take_long(table_handler: Make) -> None:
    handler = table_handler()
    asked = [("POST", "/predict", True), ("GET", "/health", False), ("GET", "/predict", False), ("GET", "/x", False)]
    assert [handler.asks_model(serving.Request(method, path)) for method, path, _ in asked] == [
        asks for _, _, asks in asked
    ]


def test_at_the_root_there_is_a_page_and_a_slash_behind_a_page_leads_to_it(table_handler: Make) -> None:
    handler = table_handler()
    for path, status in (("/", 200), ("/docs", 200), ("/docs/", 303)):
        response = handler.respond(serving.Request("GET", path), "id")
        assert response.status == status
        if status == 200:
            assert response.headers["content-type"] == "text/html; charset=utf-8"
            assert response.body.startswith(b"<!doctype html>")
        else:
            assert response.headers["location"] == "../docs"


class Window(msgspec.Struct):
    first: int


def look(_: float, window: Window) -> dict[str, int]:
    return {"first": window.first}


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_what_has_no_body_has_its_query_in_the_address(table_handler: Make, method: str) -> None:
    handler = table_handler()
    handler.add(method, "/window", look)
    assert handler.respond(serving.Request(method, "/window", "first=3"), "id").body == b'{"first":3}'


def test_what_nobody_has_told_is_empty_in_the_log(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, table_handler: Make
) -> None:
    for name in ("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION"):
        monkeypatch.delenv(name, raising=False)
    table_handler(about=None).respond(serving.Request("GET", "/health"), "id")
    told = json.loads(capsys.readouterr().out)
    assert (told["version"], told["function"], told["function_version"]) == ("", "", "")
