"""The handler as an ASGI application: the same answers, by the protocol's own rules."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import msgspec
import pytest

import serving
from serving.server.asgi import Application


class Row(msgspec.Struct):
    input_X: list[float]


class Total(msgspec.Struct):
    total: float


class Word(msgspec.Struct):
    word: str = ""


def add_up(model: float, row: Row) -> Total:
    return Total(model * sum(row.input_X))


def repeat(model: float, word: Word) -> Word:
    return word


def broken(model: float, word: Word) -> Word:
    raise KeyError(word)


def where(model: float, word: Word) -> Word:
    return Word(threading.current_thread().name)


@pytest.fixture
def handler() -> serving.Handler[float]:
    made = serving.Handler(lambda: 2.0, add_up, path="/predict", name="sums", max_bytes=1000)
    made.add("GET", "/word", repeat)
    made.add("GET", "/broken", broken)
    made.add("GET", "/größe", repeat)
    made.add("GET", "/where", where)
    made.add("GET", "/here", where, is_model=False)
    return made


@pytest.fixture
def application(handler: serving.Handler[float]) -> Application:
    return Application(handler)


def ask(
    application: Application, method: str, path: str, *parts: bytes, query: bytes = b"", media_type: str = ""
) -> tuple[int, dict[str, str], bytes]:
    """As a server asks: the body in parts, and nothing more once it has come."""
    headers = [(b"content-type", media_type.encode())] if media_type else []
    scope = {"type": "http", "http_version": "1.1", "method": method, "path": path, "query_string": query}
    scope["headers"] = headers
    given: list[dict[str, Any]] = [{"type": "http.request", "body": part, "more_body": True} for part in parts]
    # A server may leave out what is empty or false.
    given.append({"type": "http.request"})
    said: list[Any] = []

    async def receive() -> Any:
        return given.pop(0)

    async def send(message: Any) -> None:
        said.append(message)

    asyncio.run(application(scope, receive, send))
    start, body = said
    assert (start["type"], body["type"]) == ("http.response.start", "http.response.body")
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


def test_a_request_is_answered_as_the_function_would(application: Application) -> None:
    status, headers, body = ask(application, "POST", "/predict", b'{"input_X": ', b"[1, 2.5]}")
    assert (status, json.loads(body)) == (200, {"total": 7.0})
    assert headers["content-length"] == str(len(body))
    assert headers["content-type"] == "application/json"
    assert "total;dur=" in headers["server-timing"]
    assert "connection" not in headers


def test_query_strings_arrive_decoded(application: Application) -> None:
    assert ask(application, "GET", "/word", query=b"word=a%20%C3%A4")[2] == '{"word":"a ä"}'.encode()


def test_paths_of_any_letters_are_found(application: Application) -> None:
    assert ask(application, "GET", "/größe")[0] == 200
    assert ask(application, "GET", "/gr")[0] == 404


def test_head_has_the_headers_of_get_and_no_body(application: Application) -> None:
    status, headers, body = ask(application, "HEAD", "/health")
    assert (status, body) == (200, b"")
    assert headers["content-length"] == ask(application, "GET", "/health")[1]["content-length"] != "0"


def test_headers_arrive_by_their_names(application: Application) -> None:
    status, _, body = ask(application, "POST", "/predict", b"[]", media_type="text/csv")
    assert (status, json.loads(body)["code"]) == (415, "unsupported_media_type")


def test_a_body_too_large_is_refused_and_not_waited_for(application: Application) -> None:
    """The tenth part would be one that never comes."""
    status, _, body = ask(application, "POST", "/predict", *[b" " * 200] * 6)
    assert (status, json.loads(body)["code"]) == (413, "body_too_large")


def test_of_a_body_without_end_no_more_is_taken_than_the_limit_and_what_passes_it(
    application: Application,
) -> None:
    taken, said = [], []

    async def receive() -> Any:
        taken.append(200)
        assert len(taken) < 10
        return {"type": "http.request", "body": b" " * 200, "more_body": True}

    async def send(message: Any) -> None:
        said.append(message)

    scope = {"type": "http", "http_version": "1.1", "method": "POST", "path": "/predict", "query_string": b""}
    asyncio.run(application(scope | {"headers": []}, receive, send))
    assert said[0]["status"] == 413
    assert sum(taken) == 1200


def test_of_a_path_that_is_written_longer_the_head_has_the_length_that_was_sent(
    application: Application, caplog: pytest.LogCaptureFixture
) -> None:
    scope = {"type": "http", "http_version": "1.1", "method": "GET", "query_string": b"", "headers": []}
    said: list[Any] = []

    async def send(message: Any) -> None:
        said.append(message)

    path = {"path": "/" + "A" * 22_000, "raw_path": b"/" + b"%41" * 22_000}
    asyncio.run(application(scope | path, None, send))  # type: ignore[arg-type]
    assert said[0]["status"] == 431
    assert json.loads(said[1]["body"])["code"] == "head_too_large"
    assert (b"connection", b"close") in said[0]["headers"]
    assert "Request refused: The head of the request is larger" in caplog.text


def test_who_has_gone_is_not_answered(handler: serving.Handler[float]) -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        raise AssertionError(message)

    scope = {"type": "http", "http_version": "1.1", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    asyncio.run(Application(handler)(scope, receive, send))


def test_what_is_no_http_is_refused(application: Application) -> None:
    with pytest.raises(ValueError, match="websocket"):
        asyncio.run(application({"type": "websocket"}, None, None))  # type: ignore[arg-type]


def test_a_server_that_ends_says_so_with_its_answers(handler: serving.Handler[float]) -> None:
    assert ask(Application(handler, closing=lambda: True), "GET", "/health")[1]["connection"] == "close"


def test_the_model_is_asked_on_a_thread_and_the_rest_is_answered_where_it_is_called(application: Application) -> None:
    here = threading.current_thread().name
    assert json.loads(ask(application, "GET", "/where")[2])["word"] != here
    assert json.loads(ask(application, "GET", "/here")[2])["word"] == here


def test_a_fault_of_ours_is_a_500_with_an_id_that_the_log_knows(
    application: Application, capsys: pytest.CaptureFixture[str]
) -> None:
    status, _, body = ask(application, "GET", "/broken")
    assert status == 500
    line = json.loads(capsys.readouterr().out)
    assert line["request_id"] == json.loads(body)["request_id"]
    assert "KeyError" in line["traceback"]
    assert b"KeyError" not in body
