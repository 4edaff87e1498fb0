"""From event to answer: what callers get, and what the log says."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

import serving

Make = Callable[..., serving.Handler[float]]
Lines = Callable[[], list[dict[str, Any]]]


class Context:
    aws_request_id = "id-1"


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """What was logged since the last call, a line each."""
    return lambda: [json.loads(line) for line in capsys.readouterr().out.split("\n") if line]


def event(method: str, path: str, body: str | None = None, **more: Any) -> dict[str, Any]:
    context = {"http": {"method": method, "path": path}, "stage": "$default"}
    return {"rawPath": path, "requestContext": context, "headers": {}, "body": body, **more}


def ask(handler: Any, *request: Any, **more: Any) -> tuple[int, Any, dict[str, str]]:
    answer = handler(event(*request, **more), Context())
    body = answer["body"]
    is_json = answer["headers"].get("content-type") == "application/json"
    return answer["statusCode"], json.loads(body) if is_json and body else body, answer["headers"]


class Row(msgspec.Struct):
    input_X: list[float]


class Total(msgspec.Struct):
    total: float


def load() -> float:
    return 1.0


def add_up(model: float, row: Row) -> Total:
    return Total(model * sum(row.input_X))


def broken(_: float, row: Row) -> Total:
    raise KeyError(f"secret\r\n{len(row.input_X)}")


# --- answers --------------------------------------------------------------------------------------


def test_a_prediction(table_handler: Make) -> None:
    status, body, headers = ask(table_handler(), "POST", "/predict", '{"input_X": [1, 2.5, null]}')
    assert (status, body) == (200, {"message": "Successful", "prediction": 3.5})
    assert headers["content-type"] == "application/json"
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_direct_invocation_answers_without_http(table_handler: Make) -> None:
    handler = table_handler()
    assert handler({"input_X": [[1, 2, 3]]}) == {"message": "Successful", "predictions": [6.0]}


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        (None, None, "no_body"),
        ("{", None, "not_json"),
        ('{"input_X": [1, 2]}', "input_X", "wrong_length"),
        ('{"input_X": [1, 2, "3"]}', "input_X[2]", "wrong_type"),
        ('{"input_X": [1, 2, NaN]}', "input_X[2]", "not_finite"),
        ('{"input_X": [[1, 2, 3], 4]}', "input_X[1]", "wrong_type"),
    ],
)
def test_a_bad_request_is_400_in_one_shape(body: str | None, field: str | None, code: str, table_handler: Make) -> None:
    status, error, _ = ask(table_handler(), "POST", "/predict", body)
    assert status == 400
    assert error == {
        "message": error["message"],
        "code": code,
        "field": field,
        "request_id": "id-1",
    }


def test_a_bad_direct_invocation_answers_the_error_as_an_object(table_handler: Make) -> None:
    answer = table_handler()({"input_X": [1, 2, float("nan")]}, Context())
    assert answer["code"] == "not_finite"
    assert answer["field"] == "input_X[2]"
    assert answer["request_id"] == "id-1"


def test_a_body_marked_as_base64_that_is_not_is_400(table_handler: Make) -> None:
    status, error, _ = ask(table_handler(), "POST", "/predict", "{}", isBase64Encoded=True)
    assert (status, error["code"]) == (400, "not_base64")


def test_a_body_that_is_too_large_is_413(table_handler: Make) -> None:
    handler = table_handler(max_bytes=20)
    status, error, _ = ask(handler, "POST", "/predict", '{"input_X": [1, 2, 3]}')
    assert (status, error["code"]) == (413, "body_too_large")


def test_another_content_type_is_415(table_handler: Make) -> None:
    headers = {"CONTENT-TYPE": "text/csv"}
    status, error, _ = ask(table_handler(), "POST", "/predict", "1,2,3", headers=headers)
    assert (status, error["code"]) == (415, "unsupported_media_type")


def test_an_image_may_be_the_body(picture_handler: Make) -> None:
    headers = {"content-type": "image/png"}
    status, body, _ = ask(picture_handler(), "POST", "/predict", "iVBO", headers=headers, isBase64Encoded=True)
    assert status == 200
    assert body["prediction"][0] == ["tabby cat", 91.25]


def test_unknown_paths_and_methods_are_errors_in_the_same_shape(table_handler: Make) -> None:
    handler = table_handler()
    status, error, _ = ask(handler, "GET", "/other")
    assert (status, error["code"], error["field"]) == (404, "not_found", None)
    status, error, headers = ask(handler, "GET", "/predict")
    assert (status, error["code"]) == (405, "method_not_allowed")
    assert headers["allow"] == "POST, OPTIONS"


def test_health_says_what_the_folder_says_about_the_model(table_handler: Make) -> None:
    status, body, _ = ask(table_handler(), "GET", "/health")
    assert (status, body) == (200, {"name": "sums", "status": "ok", "version": "7"})


def test_what_should_be_known_of_the_model_goes_with_its_answers(table_handler: Make) -> None:
    handler = table_handler(about=lambda _: {"note": "Für\r\nnothing real."})
    assert ask(handler, "POST", "/predict", '{"input_X": [1, 2, 3]}')[2]["model-note"] == "F?r nothing real."
    assert "model-note" not in ask(handler, "GET", "/openapi.json")[2]
    assert "model-note" not in ask(table_handler(), "POST", "/predict", '{"input_X": [1, 2, 3]}')[2]


def test_the_loaded_model_may_say_how_it_is_introduced(table_handler: Make) -> None:
    told = {"title": lambda model: f"Times {model}", "description": lambda model: "Adds up."}
    handler = table_handler(**told, example=lambda model: {"input_X": [model]})
    _, document, _ = ask(handler, "GET", "/openapi.json")
    assert (document["info"]["title"], document["info"]["description"]) == ("Times 1.0", "Adds up.")
    silent = serving.Handler(lambda: 1.0, add_up)
    assert ask(silent, "GET", "/openapi.json")[1]["info"]["description"] == ""
    body = document["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]
    assert body["examples"]["an_example"]["value"] == {"input_X": [1.0]}


def test_head_answers_like_get_without_a_body(table_handler: Make) -> None:
    status, body, headers = ask(table_handler(), "HEAD", "/health")
    assert (status, body) == (200, "")
    assert headers["content-type"] == "application/json"


def test_options_names_the_methods_and_opens_nothing_to_other_origins(table_handler: Make) -> None:
    status, body, headers = ask(table_handler(), "OPTIONS", "/predict")
    assert (status, body, headers["allow"]) == (204, "", "POST, OPTIONS")
    assert not [name for name in headers if name.startswith("access-control")]


def test_our_own_fault_is_opaque_to_the_caller_and_whole_in_the_log(lines: Lines) -> None:
    handler = serving.Handler(load, broken, path="/predict", name="broken")
    status, error, _ = ask(handler, "POST", "/predict", '{"input_X": [1]}')
    assert (status, error["code"], error["request_id"]) == (500, "internal_error", "id-1")
    assert "secret" not in json.dumps(error)
    (line,) = lines()
    assert (line["level"], line["request_id"], line["server_error"]) == ("ERROR", "id-1", 1)
    assert line["traceback"].startswith("Traceback (most recent call last)")
    assert line["traceback"].endswith("KeyError: 'secret\\r\\n1'\n")


def test_an_answer_that_cannot_be_written_is_our_fault() -> None:
    def odd(_: float, row: Row) -> object:
        return object() if row.input_X else None

    handler = serving.Handler(load, odd, path="/predict", name="odd")
    assert ask(handler, "POST", "/predict", '{"input_X": [1]}')[0] == 500


def test_the_model_is_loaded_once_and_before_the_first_request() -> None:
    loads: list[int] = []

    def counted() -> float:
        loads.append(1)
        return 1.0

    handler = serving.Handler(counted, add_up, path="/predict", name="x")
    assert len(loads) == 1
    handler({"input_X": [1, 2, 3]})
    handler({"input_X": [1, 2, 3]})
    assert len(loads) == 1


def test_a_model_that_does_not_load_fails_the_start() -> None:
    def failing() -> float:
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        serving.Handler(failing, add_up, path="/predict", name="x")


# --- more routes ----------------------------------------------------------------------------------


class Limits(msgspec.Struct, forbid_unknown_fields=True):
    above: float = 0.0


class Above(msgspec.Struct):
    is_above: bool


def test_a_folder_may_add_routes(table_handler: Make) -> None:
    handler = table_handler()

    def is_above(model: float, limits: Limits) -> Above:
        return Above(model > limits.above)

    handler.add("GET", "/above", is_above, summary="Is it above?")
    handler.add("POST", "/v1/predict", add_up)
    assert ask(handler, "GET", "/above", rawQueryString="above=0.5")[1] == {"is_above": True}
    status, error, _ = ask(handler, "GET", "/above", rawQueryString="above=x")
    assert (status, error["field"]) == (400, "above")
    assert ask(handler, "POST", "/v1/predict", '{"input_X": [1, 1, 1]}')[1] == {"total": 3.0}
    with pytest.raises(ValueError, match="POST /predict"):
        handler.add("POST", "/predict", add_up)


# --- the log --------------------------------------------------------------------------------------


def test_a_request_is_one_line_that_is_log_and_metrics(
    lines: Lines, table_handler: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "sums-dev")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_VERSION", "7")
    handler = table_handler()
    ask(handler, "POST", "/predict", '{"input_X": [1, 2, 3]}')
    ask(handler, "POST", "/predict", '{"input_X": [1, 2]}')
    first, second = lines()
    assert (first["model"], first["version"], first["request_id"]) == ("sums", "7", "id-1")
    assert (first["method"], first["path"], first["status"]) == ("POST", "/predict", 200)
    assert (first["cold_start"], second["cold_start"]) == (1, 0)
    assert (first["level"], second["level"]) == ("INFO", "INFO")
    assert first["load_ms"] >= 0
    assert "load_ms" not in second
    assert (second["status"], second["code"], second["client_error"]) == (400, "wrong_length", 1)
    metrics, by_version = first["_aws"]["CloudWatchMetrics"]
    assert metrics["Dimensions"] == [["function"]]
    names = {metric["Name"] for metric in metrics["Metrics"]}
    assert {"cold_start", "load_ms", "decode_ms", "predict_ms", "total_ms"} <= names
    assert all(isinstance(first[name], int | float) for name in names)
    assert by_version["Dimensions"] == [["function", "function_version"]]
    assert {metric["Name"] for metric in by_version["Metrics"]} == {"server_error", "total_ms"}
    assert (first["function"], first["function_version"]) == ("sums-dev", "7")
    assert isinstance(first["_aws"]["Timestamp"], int)


def test_requests_that_do_not_run_the_model_are_logged_and_not_measured(lines: Lines, table_handler: Make) -> None:
    handler = table_handler()
    for path in ("/health", "/other"):
        ask(handler, "GET", path)
    assert ["_aws" in line for line in lines()] == [False, False]


def test_what_predict_counts_is_in_the_line_and_among_the_metrics(
    lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counting(_: float, row: Row) -> dict[str, str]:
        serving.count("rows_seen")
        serving.count("rows_seen")
        return {"message": serving.request_id()}

    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "sums-dev")
    handler = serving.Handler(load, counting, path="/predict", name="x")
    handler.add("POST", "/unmeasured", counting, is_model=False)
    for path in ("/predict", "/unmeasured"):
        assert ask(handler, "POST", path, '{"input_X": [1, 2, 3]}')[1]["message"] == "id-1"
    first, second = lines()
    assert (first["rows_seen"], second["rows_seen"]) == (2, 2)
    metrics, by_version = first["_aws"]["CloudWatchMetrics"]
    assert {"Name": "rows_seen", "Unit": "Count"} in metrics["Metrics"]
    assert {"Name": "total_ms", "Unit": "Milliseconds"} in metrics["Metrics"]
    assert "rows_seen" not in {metric["Name"] for metric in by_version["Metrics"]}
    assert "_aws" not in second


def test_phases_are_told_to_the_caller_too(table_handler: Make) -> None:
    handler = table_handler()
    names = []
    for _ in range(2):
        header = ask(handler, "POST", "/predict", '{"input_X": [1, 2, 3]}')[2]["server-timing"]
        names.append([part.partition(";dur=")[0] for part in header.split(", ")])
    assert names == [["decode", "predict", "total", "load"], ["decode", "predict", "total"]]


def test_nothing_of_a_body_or_a_query_is_logged(lines: Lines, table_handler: Make) -> None:
    handler = table_handler()
    for body in ('{"input_X": [1, 2, 77777]}', '{"77777": 1}', "77777", '{"input_X": ["77777"]}'):
        ask(handler, "POST", "/predict", body, rawQueryString="77777", headers={"x": "77777"})
    assert "77777" not in json.dumps(lines())


def test_half_a_character_breaks_neither_answer_nor_log(lines: Lines, table_handler: Make) -> None:
    def quoting(_: float, row: Row) -> Total:
        raise KeyError("\ud800")

    handler = table_handler()
    handler.add("POST", "/quoting", quoting)
    assert ask(handler, "G\ud800", "/\ud800")[0] == 404
    assert ask(handler, "POST", "/quoting", '{"input_X": [1]}')[0] == 500
    assert handler({"\ud800": 1})["code"] == "not_utf8"
    assert len(lines()) == 3


def test_a_caller_cannot_write_a_line_of_the_log(capsys: pytest.CaptureFixture[str], table_handler: Make) -> None:
    handler = table_handler()
    ask(handler, "GET\r\n{}", '/a\r\n{"level":"ERROR"}\n' + "x" * 10_000)
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    assert "\r" not in out
    assert len(out) < 1000


# --- a browser that was given the model's own address ---------------------------------------------


@pytest.mark.parametrize(("path", "way"), [("/predict", "./"), ("/predict/", "../"), ("/v1/predict", "../")])
def test_a_browser_that_opens_the_models_path_is_led_to_the_page(table_handler: Make, path: str, way: str) -> None:
    handler = table_handler()
    handler.add("POST", "/v1/predict", add_up)
    for method in ("GET", "HEAD"):
        status, body, headers = ask(handler, method, path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert (status, body, headers["location"], headers["vary"]) == (303, "", way, "accept")


def test_a_program_that_gets_the_models_path_is_told_which_method_it_takes(table_handler: Make) -> None:
    status, body, _ = ask(table_handler(), "GET", "/predict", headers={"accept": "*/*"})
    assert (status, body["code"]) == (405, "method_not_allowed")


# --- the model's name -----------------------------------------------------------------------------


def named(handler: serving.Handler[float], lines: Lines) -> set[str]:
    """What it calls itself: for /health, in the document, in the log."""
    health, document = (ask(handler, "GET", path)[1] for path in ("/health", "/openapi.json"))
    return {health["name"], document["info"]["title"], *(line["model"] for line in lines())}


def test_a_model_is_called_what_its_image_says(monkeypatch: pytest.MonkeyPatch, lines: Lines) -> None:
    monkeypatch.setenv("MODEL_NAME", "home-prices")
    assert named(serving.Handler(load, add_up), lines) == {"home-prices"}


def test_without_an_image_a_model_is_called_what_its_folder_is_called(
    monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    monkeypatch.delenv("MODEL_NAME", raising=False)
    assert named(serving.Handler(load, add_up), lines) == {"tests"}  # which holds the package of this file
    assert named(serving.Handler(lambda: 1.0, add_up, name="mine"), lines) == {"mine"}


def test_the_path_is_predict_unless_another_is_named() -> None:
    handler = serving.Handler(load, add_up)
    assert ask(handler, "POST", "/predict", '{"input_X": [1, 2]}')[:2] == (200, {"total": 3.0})
