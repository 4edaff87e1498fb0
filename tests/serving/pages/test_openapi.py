"""The document says what the handler does: schemathesis holds the two together, over real HTTP."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import pytest
from msgspec import Meta

import serving

Handler = serving.Handler[float]
Make = Callable[..., Handler]
Gateway = Callable[[Handler, str], AbstractContextManager[str]]

OPTIONS = [
    "--checks=all",
    "--max-examples=150",
    "--generation-deterministic",
    "--suppress-health-check=all",
    "--no-color",
]


class Window(msgspec.Struct, forbid_unknown_fields=True):
    """A query that comes in the query string."""

    first: Annotated[int, Meta(ge=0, le=100)]
    scale: Annotated[float, Meta(gt=0, le=10)] = 1.0
    names: list[str] = []


class View(msgspec.Struct):
    width: float


def look(_: float, window: Window) -> View:
    return View(window.first * window.scale)


def halve(_: float, view: View) -> View:
    return View(view.width / 2)


@pytest.fixture
def handler_with_more_routes(table_handler: Make) -> Handler:
    handler = table_handler()
    handler.add("GET", "/window", look, summary="Looks through a window")
    handler.add("POST", "/v1/predict", halve)
    return handler


def document_of(handler: Handler) -> Any:
    context = {"http": {"method": "GET"}}
    answer = handler({"rawPath": "/openapi.json", "requestContext": context})
    return json.loads(answer["body"])


def test_a_table_handler_does_what_the_document_says(
    handler_with_more_routes: Handler, gateway: Gateway, tmp_path: Path
) -> None:
    hold_to_document(handler_with_more_routes, gateway, tmp_path)


def test_a_picture_handler_does_what_the_document_says(picture_handler: Make, gateway: Gateway, tmp_path: Path) -> None:
    hold_to_document(picture_handler(), gateway, tmp_path)


def hold_to_document(handler: Handler, gateway: Gateway, tmp_path: Path) -> None:
    document = document_of(handler)
    with gateway(handler, "prod") as root, redirect_stdout(StringIO()):
        # From a file, for a tester leaves out the route that a document was read from.
        file = tmp_path / "openapi.json"
        file.write_text(json.dumps(document))
        run = subprocess.run(
            [Path(sys.executable).with_name("schemathesis"), "run", file, "--url", root, *OPTIONS],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
    assert run.returncode == 0, run.stdout
    operations = sum(len(methods) for methods in document["paths"].values())
    assert f"Tested: {operations}\n" in run.stdout
    assert "No issues found" in run.stdout


def test_every_route_is_in_the_document(handler_with_more_routes: Handler) -> None:
    paths = document_of(handler_with_more_routes)["paths"]
    assert {(method, path) for path, methods in paths.items() for method in methods} == {
        ("post", "/predict"),
        ("post", "/v1/predict"),
        ("get", "/window"),
        ("get", "/health"),
        ("get", "/openapi.json"),
        ("get", "/docs"),
        ("get", "/"),
    }


def test_a_document_is_to_the_letter_what_generators_were_tried_with(handler_with_more_routes: Handler) -> None:
    # tests/generators reads documents; whoever changes one shows here what changed.
    whole = Path(__file__).with_name("openapi.json")
    assert document_of(handler_with_more_routes) == json.loads(whole.read_text())


def test_the_document_is_relative_to_where_it_stands(table_handler: Make) -> None:
    assert document_of(table_handler())["servers"] == [{"url": "."}]


def test_the_example_and_the_columns_are_in_it_and_the_example_works(table_handler: Make) -> None:
    handler = table_handler()
    media = document_of(handler)["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert list(media) == ["application/json"]
    assert media["application/json"]["x-columns"][0] == {"name": "a", "description": "The number a"}
    examples = media["application/json"]["examples"]
    assert [one["summary"] for one in examples.values()] == ["An example", "Tens", "Two rows"]
    for one in examples.values():
        assert handler(one["value"])["message"] == "Successful"


def test_a_body_that_is_a_picture_is_bytes(picture_handler: Make) -> None:
    content = document_of(picture_handler())["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert list(content) == ["application/json", "image/*"]
    assert content["image/*"]["schema"] == {"type": "string", "format": "binary"}


def test_base64_is_described_so_that_what_is_none_does_not_match(picture_handler: Make) -> None:
    data = document_of(picture_handler())["components"]["schemas"]["Picture"]["properties"]["data"]["anyOf"][0]
    assert data["contentEncoding"] == "base64"
    assert all(re.fullmatch(data["pattern"], text) for text in ("", "+/09", "YWI=", "YQ==", "YWJjYQ=="))
    assert not any(re.search(data["pattern"], text) for text in ("Y", "YQ", "YQ=", "YWI=YWI=", "YW I", "YW_-"))


def test_a_pair_is_described_as_a_list_of_either(picture_handler: Make) -> None:
    pair = document_of(picture_handler())["components"]["schemas"]["Labels"]["properties"]["prediction"]["items"]
    assert [one["type"] for one in pair["items"]["anyOf"]] == ["string", "number"]
    assert "prefixItems" not in pair


def test_what_is_called_a_form_only_by_its_sender_is_taken_and_not_offered(picture_handler: Make) -> None:
    readers = {"application/x-www-form-urlencoded": lambda body: None, "image/*": lambda body: None}
    content = document_of(picture_handler(body_readers=readers))["paths"]["/predict"]["post"]["requestBody"]["content"]
    assert list(content) == ["application/json", "image/*"]


def test_health_is_described_by_the_facts_that_it_tells(table_handler: Make) -> None:
    health = document_of(table_handler(about=lambda _: {"version": "7", "max-rows": 3}))["components"]["schemas"][
        "Health"
    ]
    assert {name: field["type"] for name, field in health["properties"].items()} == {
        "name": "string",
        "status": "string",
        "version": "string",
        "max-rows": "integer",
    }


def test_facts_that_many_models_tell_are_explained(table_handler: Make) -> None:
    facts = {"version": "7", "backend": "fast", "weights": "digits", "note": "Not for real.", "own": 1}
    components = document_of(table_handler(about=lambda _: facts))["components"]
    explained = {name for name, fact in components["schemas"]["Health"]["properties"].items() if "description" in fact}
    assert explained == {"status", "version", "backend", "weights", "note"}


class Error(msgspec.Struct):
    """Called as a type of serving is, too."""

    width: float


def err(_: float, view: View) -> Error:
    return Error(view.width / 2)


def test_types_of_the_same_name_are_told_apart(table_handler: Make) -> None:
    handler = table_handler()
    handler.add("POST", "/err", err)
    document = document_of(handler)
    operation = document["paths"]["/err"]["post"]
    reference = operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
    assert list(document["components"]["schemas"][reference.rpartition("/")[2]]["properties"]) == ["width"]
    refused = document["components"]["responses"]["Invalid"]["content"]["application/json"]["schema"]["$ref"]
    assert "code" in document["components"]["schemas"][refused.rpartition("/")[2]]["properties"]


def test_alternatives_that_a_person_wrote_stand_alone(table_handler: Make) -> None:
    array = document_of(table_handler())["components"]["schemas"]["Table"]["properties"]["input_X"]
    assert set(array) == {"anyOf"}


def test_a_model_without_a_version_has_one_in_the_document_which_demands_it(table_handler: Make) -> None:
    assert document_of(table_handler(about=lambda _: {}))["info"]["version"] == "0"


def test_a_licence_is_said_where_there_is_one(table_handler: Make) -> None:
    assert document_of(table_handler(license="MIT"))["info"]["license"] == {"name": "MIT", "identifier": "MIT"}
    assert "license" not in document_of(table_handler())["info"]


def test_query_parameters_are_in_it_with_their_limits(handler_with_more_routes: Handler) -> None:
    parameters = document_of(handler_with_more_routes)["paths"]["/window"]["get"]["parameters"]
    first, scale, names = parameters
    assert (first["name"], first["in"], first["required"]) == ("first", "query", True)
    assert first["schema"] == {"type": "integer", "minimum": 0, "maximum": 100}
    assert scale["required"] is False
    assert scale["schema"]["exclusiveMinimum"] == 0
    assert "minimum" not in scale["schema"]
    assert names["schema"]["type"] == "array"


def test_every_code_and_every_error_is_in_it(table_handler: Make) -> None:
    components = document_of(table_handler())["components"]
    code = components["schemas"]["Error"]["properties"]["code"]
    assert set(code["examples"]) == set(get_args(serving.Code))
    for name, response in components["responses"].items():
        shape = "Unavailable" if name in ("TooMany", "NotInTime") else "Error"
        assert response["content"] == {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}}
    answers = document_of(table_handler())["paths"]["/predict"]["post"]["responses"]
    assert list(answers) == ["200", "400", "413", "415", "429", "500", "503"]


def test_numbers_have_the_limits_of_those_that_are_accepted(table_handler: Make) -> None:
    properties = document_of(table_handler())["components"]["schemas"]["Sum"]["properties"]
    number = properties["prediction"]["anyOf"][0]
    assert (number["minimum"], number["maximum"]) == (-sys.float_info.max, sys.float_info.max)
