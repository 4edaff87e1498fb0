"""What a caller is told about a request that cannot be answered: a 4xx that names the field."""

from __future__ import annotations

import json
from base64 import b64encode
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

import serving
from document_example.conftest import Post, given
from document_example.test_answer import SELFIE, saved
from sent_pictures import bomb, png

FILM = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]
PHOTO = b64encode(SELFIE).decode()

REQUESTS: dict[str, tuple[Any, str, str]] = {
    "nothing": ({}, "input_photo", "missing_field"),
    "no photo": ({"leadId": "a"}, "input_photo", "missing_field"),
    "no lead": ({"input_photo": PHOTO}, "leadId", "missing_field"),
    "a photo that is a number": ({"input_photo": 7, "leadId": "a"}, "input_photo", "wrong_type"),
    "a photo that is null": ({"input_photo": None, "leadId": "a"}, "input_photo", "wrong_type"),
    "a photo that is a list": ({"input_photo": [PHOTO], "leadId": "a"}, "input_photo", "wrong_type"),
    "no base64": ({"input_photo": "%%%", "leadId": "a"}, "input_photo", "not_base64"),
    "half of base64": ({"input_photo": PHOTO[:-2], "leadId": "a"}, "input_photo", "not_base64"),
    "an address": ({"input_photo": "data:image/jpeg;base64," + PHOTO, "leadId": "a"}, "input_photo", "not_base64"),
    "a lead that is a number": ({"input_photo": PHOTO, "leadId": 7}, "leadId", "wrong_type"),
    "a lead that is null": ({"input_photo": PHOTO, "leadId": None}, "leadId", "wrong_type"),
    "a lead that is an object": ({"input_photo": PHOTO, "leadId": {}}, "leadId", "wrong_type"),
    "an empty lead": ({"input_photo": PHOTO, "leadId": ""}, "leadId", "wrong_length"),
    "a long lead": ({"input_photo": PHOTO, "leadId": "a" * 129}, "leadId", "wrong_length"),
    "another field": ({"input_photo": PHOTO, "leadId": "a", "input_url": "http://a/"}, "input_url", "unknown_field"),
}


@pytest.mark.parametrize(("body", "field", "code"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_refused_with_its_field(post: Post, body: Any, field: str, code: str) -> None:
    status, error = post(body)
    assert (status, error["field"], error["code"]) == (400, field, code)
    assert field in error["message"]


BODIES = {"": "no_body", "{": "not_json", "[]": "wrong_type", '"a"': "wrong_type", "\xff": "not_json"}


@pytest.mark.parametrize("body", BODIES)
def test_a_body_that_is_no_object_is_refused(post: Post, body: str) -> None:
    status, error = post(body.encode("latin-1"))
    assert status == 400
    assert error["code"] in (BODIES[body], "not_utf8")


PICTURES = {
    "nothing": (b"", "not_an_image"),
    "text": (b"Dear Sir or Madam", "not_an_image"),
    "a vector graphic": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not_an_image"),
    "a TIFF": (saved(FILM[0], "TIFF"), "not_an_image"),
    "a header alone": (saved(FILM[0])[:33], "broken_image"),
    "a truncated JPEG": (SELFIE[: len(SELFIE) // 2], "broken_image"),
    "a truncated PNG": (saved(Image.effect_noise((90, 90), 80))[:2000], "broken_image"),
    "a bomb": (bomb(), "image_too_large"),
    "a width of nothing": (png(0, 8, b""), "broken_image"),
    "an animated PNG": (saved(FILM[0], "PNG", save_all=True, append_images=FILM[1:]), "animated_image"),
    "an animated WebP": (saved(FILM[0], "WEBP", save_all=True, append_images=FILM[1:]), "animated_image"),
}


@pytest.mark.parametrize(("content", "code"), PICTURES.values(), ids=PICTURES)
def test_what_is_no_picture_is_refused(post: Post, content: bytes, code: str) -> None:
    status, error = post(given(content))
    assert (status, error["field"], error["code"]) == (400, "input_photo", code)
    assert error["message"].startswith("input_photo ")


def test_the_longest_lead_is_taken(post: Post) -> None:
    status, answer = post(given(SELFIE, leadId="ü" * 128))
    assert (status, answer["leadId"]) == (200, "ü" * 128)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/classifier", 405), ("POST", "/predict", 404)])
def test_another_address_is_refused(main: ModuleType, method: str, path: str, status: int) -> None:
    response = main.handler.respond(serving.Request(method, path), "")
    assert response.status == status


def test_the_check_of_a_balancer_is_answered_and_not_counted(
    main: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main.handler, "_names", ("document-example", "1", "document-example-dev", "1"))
    response = main.handler.respond(serving.Request("GET", "/health_check"), "")
    assert (response.status, json.loads(response.body)) == (200, {"Ping": "Pong"})
    assert "_aws" not in json.loads(capsys.readouterr().out)


def test_its_health_says_that_the_weights_are_for_demonstration(main: ModuleType) -> None:
    health = json.loads(main.handler.respond(serving.Request("GET", "/health"), "").body)
    assert (health["status"], health["weights"]) == ("ok", "demonstration")
    assert "nothing real" in health["note"]
