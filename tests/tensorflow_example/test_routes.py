"""The other ways to ask: several pictures at once, a picture posted to the root, an address for a browser."""

import json
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

import serving
from model_apps import imported
from sent_pictures import as_base64, saved
from tensorflow_example.conftest import Post

SEVERAL = "/v1/predict"


def test_several_pictures_are_answered_in_their_order(post: Post, digits: list[tuple[Image.Image, int]]) -> None:
    chosen = [as_base64(saved(tile)) for tile, _ in digits[:14]]
    alone = [post({"data": data, "n_predictions": 1})[1][0] for data in chosen]
    assert len({label for label, _ in alone}) > 4
    status, answer = post({"images": [{"data": data} for data in chosen]}, SEVERAL)
    assert status == 200
    assert [image["name"] for image in answer["images"]] == [label for label, _ in alone]
    for image, (label, percent) in zip(answer["images"], alone, strict=True):
        assert set(image) == {"score", "category", "name"}
        assert image["category"] == label
        assert image["score"] == pytest.approx(percent / 100, abs=1e-4)
        assert image["score"] == round(image["score"], 4)


@pytest.mark.parametrize("batch", ["1", "3", "4", "16"])
def test_the_size_of_a_batch_changes_no_answer(
    exported: Path, digits: list[tuple[Image.Image, int]], monkeypatch: pytest.MonkeyPatch, batch: str
) -> None:
    model = imported(exported, monkeypatch).handler.model
    pixels = [model.pixels(saved(tile), "data") for tile, _ in digits[:11]]
    expected = [model.scores([one])[0] for one in pixels]
    monkeypatch.setenv("BATCH_SIZE", batch)
    model = imported(exported, monkeypatch).handler.model
    assert model.network.batch == int(batch)
    for got, wanted in zip(model.scores(pixels), expected, strict=True):
        assert list(got) == pytest.approx(list(wanted), abs=1e-5)


def test_addresses_are_fetched_side_by_side(post: Post, server: str) -> None:
    """The server answers none of the five before all of them have asked."""
    status, answer = post({"images": [{"url": f"{server}/together/{number}"} for number in range(5)]}, SEVERAL)
    assert status == 200
    assert [image["name"] for image in answer["images"]] == ["7"] * 5


def test_as_many_at_once_as_is_set(exported: Path, server: str, monkeypatch: pytest.MonkeyPatch, seven: bytes) -> None:
    monkeypatch.setenv("THREAD_COUNT", "1")
    monkeypatch.setenv("TIMEOUT", "1")
    handler = imported(exported, monkeypatch).handler
    status, answer = asked(handler, {"images": [{"url": f"{server}/together/{number}"} for number in range(2)]})
    assert (status, answer["code"]) == (400, "fetch_timeout")


def test_pictures_and_addresses_may_be_mixed(post: Post, server: str, digits: list[tuple[Image.Image, int]]) -> None:
    other = next(tile for tile, label in digits if label == 0)
    images = [{"data": as_base64(saved(other))}, {"url": f"{server}/seven.png"}]
    assert [image["name"] for image in post({"images": images}, SEVERAL)[1]["images"]] == ["0", "7"]


def test_those_that_cannot_be_fetched_are_named(post: Post, server: str, seven: bytes) -> None:
    good, bad = {"url": f"{server}/seven.png"}, {"url": f"{server}/missing.png"}
    status, error = post({"images": [good, bad, {"data": as_base64(seven)}, bad]}, SEVERAL)
    assert status == 400
    assert error["message"] == "One or more images could not be downloaded."
    assert error["field"] == "images[1].url, images[3].url"
    assert error["code"] == "fetch_failed"


def test_a_download_ends_in_time_for_an_answer(exported: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever TIMEOUT says: six that never end, five at once, are given up before the function is."""
    monkeypatch.setenv("TIMEOUT", "30")
    monkeypatch.setenv("FUNCTION_SECONDS", "6")
    handler = imported(exported, monkeypatch).handler
    began = time.monotonic()
    status, error = asked(handler, {"images": [{"url": f"{server}/forever"}] * 6})
    assert (status, error["code"]) == (400, "fetch_timeout")
    assert time.monotonic() - began < 5
    assert error["field"].count("images[") == 6


BAD: dict[str, tuple[Any, str]] = {
    "nothing": ({}, "images"),
    "no pictures": ({"images": []}, "images"),
    "too many": ({"images": [{"data": ""}] * 17}, "images"),
    "neither": ({"images": [{"url": "http://a.example/"}, {}]}, "images[1]"),
    "both": ({"images": [{"url": "http://a.example/", "data": ""}]}, "images[0]"),
    "text": ({"images": ["http://a.example/"]}, "images[0]"),
    "no picture in it": ({"images": [{"data": as_base64(b"a dog")}]}, "images[0].data"),
}


@pytest.mark.parametrize(("body", "field"), BAD.values(), ids=BAD)
def test_a_list_is_refused_with_its_field(post: Post, body: Any, field: str) -> None:
    status, error = post(body, SEVERAL)
    assert (status, error["field"]) == (400, field)


def test_what_a_url_leads_to_is_named_when_it_is_no_picture(post: Post, server: str) -> None:
    for path in ("html_as_png", "nothing"):
        status, error = post({"images": [{"url": f"{server}/{path}"}]}, SEVERAL)
        assert (status, error["field"], error["code"]) == (400, "images[0].url", "not_an_image")


@pytest.mark.parametrize("content_type", ["image/png", "application/octet-stream", "application/x-www-form-urlencoded"])
def test_a_picture_posted_to_the_root(main: ModuleType, seven: bytes, content_type: str) -> None:
    event = {
        "requestContext": {"http": {"method": "POST"}, "stage": "$default"},
        "rawPath": "/",
        "headers": {"content-type": content_type},
        "body": as_base64(seven),
        "isBase64Encoded": True,
    }
    answer = main.handler(event)
    assert answer["statusCode"] == 200
    body = json.loads(answer["body"])
    assert set(body) == {"value", "score"}
    assert body["value"] == "7"
    assert 0.5 < body["score"] <= 1


def get(main: ModuleType, query: str) -> serving.Response:
    response = main.handler.respond(serving.Request("GET", "/handler", query=query), "test")
    assert response.headers["content-type"] == "application/json"
    assert response.headers["x-content-type-options"] == "nosniff"
    return response  # type: ignore[no-any-return]


def test_an_address_for_a_browser(main: ModuleType, server: str) -> None:
    from urllib.parse import quote

    response = get(main, f"imagelink={quote(server + '/seven.png', safe='')}")
    answer = json.loads(response.body)
    assert response.status == 200
    assert answer["return"].startswith("7 (score = 0.")
    assert answer["all"][0] == answer["return"]
    assert len(answer["all"]) == 5
    scores = [float(text.rpartition("= ")[2].rstrip(")")) for text in answer["all"]]
    assert scores == sorted(scores, reverse=True)
    assert all(len(text.rpartition(".")[2]) == len("89107)") for text in answer["all"])


@pytest.mark.parametrize("query", ["", "imagelink="])
def test_without_an_address_the_example_is_classified(main: ModuleType, query: str) -> None:
    response = get(main, query)
    assert response.status == 200
    assert len(json.loads(response.body)["all"]) == 5


@pytest.mark.parametrize(
    "query",
    [
        "imagelink=%3Cscript%3Ealert(1)%3C/script%3E",
        "imagelink=javascript:alert(1)",
        "imagelink=http://127.0.0.1/%3Cscript%3Ealert(1)%3C/script%3E",
        "%3Cscript%3Ealert(1)%3C/script%3E=1",
    ],
)
def test_nothing_of_the_address_comes_back(main: ModuleType, query: str) -> None:
    response = get(main, query)
    for part in (b"script", b"alert", b"<", b"127.0.0.1"):
        assert part not in response.body


def asked(handler: serving.Handler[Any], body: object) -> tuple[int, Any]:
    response = handler.respond(serving.Request("POST", SEVERAL, body=json.dumps(body)), "test")
    return response.status, json.loads(response.body)


@pytest.mark.parametrize("name", ["THREAD_COUNT", "BATCH_SIZE", "TIMEOUT"])
@pytest.mark.parametrize("value", ["0", "-1", "four", "2.5"])
def test_a_setting_that_is_none_stops_the_start(
    exported: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=f"{name}='{value}' must be a whole number"):
        imported(exported, monkeypatch)
