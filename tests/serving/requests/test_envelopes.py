"""Every kind of event is opened to the same request, and answered in its own envelope."""

import json
import time
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from serving.requests import envelopes
from serving.requests.messages import Request, Response, json_response

SAMPLES = {path.stem: path for path in (Path(__file__).parent / "samples").glob("*.json")}
GATEWAYS = sorted(set(SAMPLES) - {"direct"})
BODY = b'{"input_X": [1, 2.5, null]}'


def sample(name: str) -> Any:
    return json.loads(SAMPLES[name].read_bytes())


def opened(event: Any) -> Request:
    return envelopes.receive(event, "/predict").request()


def wrapped(event: Any, response: Response) -> Any:
    return envelopes.receive(event, "/predict").envelope(response)


@pytest.mark.parametrize("name", GATEWAYS)
def test_every_gateway_delivers_the_same_request(name: str) -> None:
    request = opened(sample(name))
    assert (request.method, request.path) == ("POST", "/predict")
    assert request.content(1000) == BODY
    assert request.content_type == "application/json"
    assert request.headers["user-agent"] == "curl/8.5.0"
    assert not request.is_parsed


def test_samples_of_every_kind_are_there_plain_and_in_base64() -> None:
    kinds = {"alb", "function-url", "http-api", "rest-api"}
    assert kinds | {f"{kind}-base64" for kind in kinds} | {"direct"} <= set(SAMPLES)
    assert all(sample(name)["isBase64Encoded"] is name.endswith("-base64") for name in GATEWAYS)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("http-api", [("unit", "usd"), ("unit", "eur")]),
        ("function-url", [("unit", "usd"), ("unit", "eur")]),
        ("rest-api", [("unit", "usd"), ("unit", "eur")]),
        ("alb", [("unit", "€")]),
        ("alb-multi-value", [("unit", "usd"), ("unit", "€")]),
    ],
)
def test_query_parameters_arrive_decoded_once(name: str, expected: list[tuple[str, str]]) -> None:
    assert opened(sample(name)).parameters() == expected


def test_rest_query_parameters_keep_what_only_looks_encoded() -> None:
    event = sample("rest-api")
    event["multiValueQueryStringParameters"] = {"name": ["50%25 & more"]}
    assert opened(event).parameters() == [("name", "50%25 & more")]


@pytest.mark.parametrize("name", ["http-api", "http-api-stage", "rest-api", "function-url"])
def test_text_is_answered_as_text(name: str) -> None:
    envelope = wrapped(sample(name), json_response({"a": "ü"}, 400, {"x-y": "z"}))
    assert envelope == {
        "statusCode": 400,
        "headers": {"content-type": "application/json", "x-y": "z"},
        "body": '{"a":"ü"}',
        "isBase64Encoded": False,
    }


def test_a_page_is_text_too() -> None:
    envelope = wrapped(sample("http-api"), Response(200, b"<html>", {"content-type": "text/html; charset=utf-8"}))
    assert (envelope["body"], envelope["isBase64Encoded"]) == ("<html>", False)


@pytest.mark.parametrize("name", GATEWAYS)
def test_bytes_are_answered_in_base64(name: str) -> None:
    envelope = wrapped(sample(name), Response(200, b"\x89PNG\xff", {"content-type": "image/png"}))
    assert envelope["isBase64Encoded"] is True
    assert b64decode(envelope["body"], validate=True) == b"\x89PNG\xff"


def test_a_load_balancer_gets_a_status_description() -> None:
    envelope = wrapped(sample("alb"), json_response({}, 404))
    assert envelope["statusDescription"] == "404 Not Found"
    assert envelope["headers"] == {"content-type": "application/json"}


def test_a_load_balancer_that_sends_several_values_gets_several_values() -> None:
    envelope = wrapped(sample("alb-multi-value"), json_response({}))
    assert envelope["multiValueHeaders"] == {"content-type": ["application/json"]}
    assert "headers" not in envelope


def test_a_direct_event_is_the_request_and_its_answer_the_answer() -> None:
    request = opened(sample("direct"))
    assert (request.method, request.path) == ("POST", "/predict")
    assert request.value == json.loads(BODY)
    assert wrapped(sample("direct"), json_response({"prediction": 1.5})) == {"prediction": 1.5}


@pytest.mark.parametrize(
    "event",
    [
        None,
        [1],
        "text",
        {},
        {"requestContext": 1},
        {"requestContext": {}},
        {"requestContext": {"http": {}}},
        {"requestContext": {"http": {"method": 1}}},
        {"requestContext": {"elb": {}}},
    ],
)
def test_what_no_gateway_sends_is_taken_as_direct(event: Any) -> None:
    assert opened(event).value == event


@pytest.mark.parametrize("path", ["/prod", "/prod/"])
def test_the_root_behind_a_stage_is_the_root(path: str) -> None:
    event = sample("http-api-stage")
    event["rawPath"] = path
    assert opened(event).path == "/"


def test_the_root_behind_a_base_path_is_the_root() -> None:
    event = sample("rest-api-custom-domain")
    event.update(path="/prices", resource="/", pathParameters=None)
    assert opened(event).path == "/"


def test_a_path_that_only_begins_like_the_stage_is_left_alone() -> None:
    event = sample("http-api-stage")
    event["rawPath"] = "/production/predict"
    assert opened(event).path == "/production/predict"


def test_a_path_parameter_with_a_slash_in_front_still_gives_the_path() -> None:
    # So does the console's own test event.
    event = sample("rest-api")
    event.update(resource="/{proxy+}", pathParameters={"proxy": "/predict"})
    assert opened(event).path == "/predict"


@pytest.mark.parametrize("name", GATEWAYS)
def test_what_a_gateway_leaves_out_or_sets_to_null_is_empty(name: str) -> None:
    event = sample(name)
    for field in ("headers", "multiValueHeaders", "body"):
        event[field] = None
    event.pop("rawQueryString", None)
    event["queryStringParameters"] = event["multiValueQueryStringParameters"] = None
    request = opened(event)
    assert (request.query, request.headers, request.content(10)) == ("", {}, b"")


@pytest.mark.parametrize("name", ["http-api", "rest-api", "alb"])
def test_no_path_is_the_root(name: str) -> None:
    event = sample(name)
    event["rawPath"] = event["path"] = event["resource"] = None
    assert opened(event).path == "/"


def test_half_a_character_among_an_events_names_is_refused() -> None:
    event = sample("http-api") | {"\ud800": 1}
    refused = opened(event).refused
    assert refused
    assert (refused.status, refused.code) == (400, "not_utf8")


class Context:
    aws_request_id = "lambda-id"


def test_the_request_id_is_lambdas_own_else_the_gateways_else_a_fresh_one() -> None:
    event = sample("rest-api")
    assert envelopes.request_id(event, Context()) == "lambda-id"
    assert envelopes.request_id(event, None) == event["requestContext"]["requestId"]
    fresh = envelopes.request_id(sample("direct"), None)
    assert len(fresh) == 32
    assert fresh != envelopes.request_id(sample("direct"), None)


def test_of_a_long_request_id_the_beginning_is_taken() -> None:
    event = {"requestContext": {"requestId": "a" * 200 + "b" * 200}}
    assert envelopes.request_id(event, None) == "a" * 200


def test_parameters_of_a_path_are_not_gone_through_without_end() -> None:
    event = sample("rest-api")
    event.update(path="/predict", resource="/predict" + "x" * 300_000)
    event["pathParameters"] = {f"name{number}": "value" for number in range(20_000)}
    before = time.process_time()
    assert opened(event).path == "/predict"
    assert time.process_time() - before < 1
