"""What a request may hold, and what a caller is told about the rest."""

from __future__ import annotations

import io
import socket
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from PIL import Image

import picture_servers
from exporting import chosen
from pytorch_example.conftest import FOLDER, Post
from pytorch_example.pictures import given
from sent_pictures import png, saved
from serving.pictures import classification

SEVEN = (FOLDER / "events" / "seven.png").read_bytes()
PHOTOGRAPH = (chosen.PICTURES / "photographs" / "cat.jpg").read_bytes()
FILM = [Image.new("RGB", (20, 20), colour) for colour in ("navy", "tan", "teal")]


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    picture_servers.PICTURES["/picture.png"] = (FOLDER / "events" / "seven.png").read_bytes()
    with picture_servers.serving_pictures() as address:
        monkeypatch.setenv("SERVING_FETCH_ALLOW_PRIVATE_HOSTS", address)
        yield f"http://{address}"


def test_an_answer_is_pairs_of_a_label_and_its_percentage_best_first(post: Post) -> None:
    status, answer = post(given(SEVEN))
    assert status == 200
    assert len(answer) == 5
    assert answer[0][0] == "7"
    percentages = [percentage for _, percentage in answer]
    assert percentages == sorted(percentages, reverse=True)
    assert 97 < percentages[0] <= 100


def test_the_ways_to_send_a_picture_have_the_same_answer(post: Post, host: str) -> None:
    as_data = post(given(SEVEN))
    assert as_data[0] == 200
    assert post({"input_url": f"{host}/picture.png"}) == as_data
    assert post(SEVEN, "image/png") == as_data


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp", "bmp", "gif"])
def test_the_body_may_be_the_picture(post: Post, kind: str) -> None:
    picture = saved(Image.open(io.BytesIO(SEVEN)).convert("RGB"), kind.upper())
    status, answer = post(picture, f"image/{kind}")
    assert (status, answer[0][0]) == (200, "7")


def test_of_a_gif_the_first_frame_counts(post: Post) -> None:
    first = Image.open(io.BytesIO(SEVEN)).convert("RGB")
    film = saved(first, "GIF", save_all=True, append_images=[Image.new("RGB", first.size, "black")])
    assert post(film, "image/gif")[1][0][0] == "7"


@pytest.mark.parametrize("count", [1, 2, 10, 3.0])
def test_as_many_classes_are_named_as_were_asked_for(post: Post, count: float) -> None:
    status, answer = post(given(SEVEN, n_predictions=count))
    assert (status, len(answer)) == (200, count)
    assert len({label for label, _ in answer}) == count


def test_all_percentages_add_up_to_a_hundred(post: Post) -> None:
    _, answer = post(given(PHOTOGRAPH, n_predictions=10))
    assert sum(percentage for _, percentage in answer) == pytest.approx(100, abs=0.05)


REQUESTS: dict[str, tuple[dict[str, Any], str]] = {
    "no picture": ({}, "input_url"),
    "two pictures": (given(SEVEN, input_url="https://example.com/a.png"), "data"),
    "not base64": ({"data": "a dog!"}, "data"),
    "a picture of no text": ({"data": [1, 2]}, "data"),
    "an unknown field": (given(SEVEN, url="https://example.com/a.png"), "url"),
    **{f"n_predictions {n!r}": (given(SEVEN, n_predictions=n), "n_predictions") for n in (0, -1, 1.5, "5", 10**9, 11)},
    "n_predictions null": (given(SEVEN, n_predictions=None), "n_predictions"),
}


@pytest.mark.parametrize(("request_body", "field"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_is_refused_with_its_field(post: Post, request_body: dict[str, Any], field: str) -> None:
    status, error = post(request_body)
    assert (status, error["field"]) == (400, field)
    assert field in error["message"]


PICTURES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not_an_image"),
    "text": (b"a dog, sitting", "not_an_image"),
    "a page": (b"<html><img src='dog.jpg'></html>", "not_an_image"),
    "a truncated JPEG": (PHOTOGRAPH[: len(PHOTOGRAPH) // 2], "broken_image"),
    "a truncated PNG": (SEVEN[: len(SEVEN) // 2], "broken_image"),
    "a JPEG of noise": (PHOTOGRAPH[:4] + bytes(range(256)) * 20, "broken_image"),
    "a bomb": (png(50_000, 50_000, bytes(4_000_000)), "image_too_large"),
    "no width": (png(0, 10), "broken_image"),
    "no height": (png(10, 0), "broken_image"),
    "an animated WebP": (saved(FILM[0], "WEBP", save_all=True, append_images=FILM[1:]), "animated_image"),
    "an animated PNG": (saved(FILM[0], "PNG", save_all=True, append_images=FILM[1:]), "animated_image"),
}


@pytest.mark.parametrize(("picture", "code"), PICTURES.values(), ids=PICTURES)
def test_a_picture_is_refused(post: Post, picture: bytes, code: str) -> None:
    status, error = post(given(picture))
    assert (status, error["field"], error["code"]) == (400, "data", code)


def test_a_bomb_is_small_to_send() -> None:
    assert len(PICTURES["a bomb"][0]) < 5_000


ADDRESSES = {
    "not found": ("/missing.png", "fetch_failed"),
    "a page": ("/html", "fetch_wrong_type"),
    "a page that is called a picture": ("/html-as-png", "not_an_image"),
    "a gigabyte": ("/gigabyte", "fetch_too_large"),
    "a gigabyte, announced": ("/gigabyte-announced", "fetch_too_large"),
    "redirects in a circle": ("/circle", "fetch_failed"),
}


@pytest.mark.parametrize(("path", "code"), ADDRESSES.values(), ids=ADDRESSES)
def test_an_address_is_refused(post: Post, host: str, path: str, code: str) -> None:
    status, error = post({"input_url": host + path})
    assert (status, error["field"], error["code"]) == (400, "input_url", code)


def test_an_answer_without_end_is_given_up(post: Post, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The gateway gives up after 29 seconds.
    assert classification.PICTURE.seconds <= 10
    shorter = msgspec.structs.replace(classification.PICTURE, seconds=0.5)
    monkeypatch.setattr(classification, "PICTURE", shorter)
    status, error = post({"input_url": f"{host}/forever"})
    assert (status, error["field"], error["code"]) == (400, "input_url", "fetch_timeout")
    assert "within 0.5 seconds" in error["message"]


def test_an_address_where_nobody_listens_is_refused(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{deaf.getsockname()[1]}"
        monkeypatch.setenv("SERVING_FETCH_ALLOW_PRIVATE_HOSTS", address)
        status, error = post({"input_url": f"http://{address}/dog.jpg"})
    assert (status, error["field"], error["code"]) == (400, "input_url", "fetch_failed")


CLOSED = ("http://127.0.0.1/a.png", "http://169.254.169.254/latest", "file:///etc/passwd", "dog")


@pytest.mark.parametrize("url", CLOSED)
def test_an_address_that_is_not_public_is_refused(post: Post, url: str) -> None:
    status, error = post({"input_url": url})
    assert (status, error["field"], error["code"]) == (400, "input_url", "url_not_allowed")


def test_the_number_of_classes_is_named(post: Post) -> None:
    _, error = post(given(SEVEN, n_predictions=11))
    assert error["message"] == "n_predictions must be from 1 to 10, the number of classes."
