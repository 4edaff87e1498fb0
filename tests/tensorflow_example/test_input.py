"""What a caller is told about a picture that cannot be classified."""

from typing import Any

import msgspec
import pytest
from PIL import Image

from local_servers import free_port
from sent_pictures import as_base64, bomb, png, saved
from serving.pictures import classification
from tensorflow_example.conftest import Post

SMALL = saved(Image.new("L", (8, 8)))
JPEG = saved(Image.effect_noise((300, 200), 80), "JPEG")
FRAMES = [Image.new("RGB", (8, 8), colour) for colour in ("red", "green", "blue")]


def test_the_three_ways_to_send_a_picture_have_one_answer(post: Post, seven: bytes, server: str) -> None:
    expected = post({"data": as_base64(seven)})
    assert expected[0] == 200
    assert [len(pair) for pair in expected[1]] == [2] * 5
    assert expected[1][0][0] == "7"
    assert post({"input_url": f"{server}/seven.png"}) == expected
    assert post(seven, content_type="image/png") == expected


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "BMP", "GIF"])
def test_a_body_may_be_a_picture_of_each_kind(post: Post, seven: bytes, format_: str) -> None:
    import io

    content = saved(Image.open(io.BytesIO(seven)).convert("RGB"), format_)
    status, answer = post(content, content_type=f"image/{format_.lower()}")
    assert (status, answer[0][0]) == (200, "7")


def test_of_a_gif_the_first_frame_is_taken(post: Post, seven: bytes) -> None:
    import io

    first = Image.open(io.BytesIO(seven)).convert("RGB")
    film = saved(first, "GIF", save_all=True, append_images=[Image.new("RGB", first.size, "white")])
    assert post(film, content_type="image/gif")[1][0][0] == "7"


@pytest.mark.parametrize("n", [1, 3, 10, 5.0])
def test_as_many_classes_as_asked_for(post: Post, seven: bytes, n: float) -> None:
    status, answer = post({"data": as_base64(seven), "n_predictions": n})
    assert (status, len(answer)) == (200, n)
    scores = [score for _, score in answer]
    assert scores == sorted(scores, reverse=True)
    assert n < 10 or sum(scores) == pytest.approx(100, abs=0.1)


BAD_REQUESTS: dict[str, tuple[Any, str, str]] = {
    "no picture": ({}, "input_url", "missing_field"),
    "two pictures": ({"data": as_base64(SMALL), "input_url": "http://a.example/"}, "data", "two_images"),
    "another field": ({"data": as_base64(SMALL), "top": 3}, "top", "unknown_field"),
    "no base64": ({"data": "%%%"}, "data", "not_base64"),
    "a number": ({"data": 7}, "data", "wrong_type"),
    "none asked for": ({"data": as_base64(SMALL), "n_predictions": 0}, "n_predictions", "out_of_range"),
    "fewer than none": ({"data": as_base64(SMALL), "n_predictions": -1}, "n_predictions", "out_of_range"),
    "one and a half": ({"data": as_base64(SMALL), "n_predictions": 1.5}, "n_predictions", ""),
    "text": ({"data": as_base64(SMALL), "n_predictions": "5"}, "n_predictions", "wrong_type"),
    "a billion": ({"data": as_base64(SMALL), "n_predictions": 10**9}, "n_predictions", "out_of_range"),
    "one more than there are": ({"data": as_base64(SMALL), "n_predictions": 11}, "n_predictions", "out_of_range"),
}


@pytest.mark.parametrize(("body", "field", "code"), BAD_REQUESTS.values(), ids=BAD_REQUESTS)
def test_a_request_is_refused_with_its_field(post: Post, body: Any, field: str, code: str) -> None:
    status, error = post(body)
    assert (status, error["field"]) == (400, field)
    assert error["code"] == code or not code


BAD_PICTURES = {
    "nothing": b"",
    "text": b"a dog, sitting",
    "a page": b"<!doctype html><img src=dog.jpg>",
    "a truncated JPEG": JPEG[: len(JPEG) // 2],
    "a truncated PNG": saved(Image.effect_noise((90, 90), 80))[:2000],
    "a header alone": SMALL[:33],
    "a bomb": bomb(),
    "a bomb of one row": bomb(2_000_000_000, 1),
    "a width of nothing": png(0, 8, b""),
    "an animated PNG": saved(FRAMES[0], "PNG", save_all=True, append_images=FRAMES[1:]),
    "an animated WebP": saved(FRAMES[0], "WEBP", save_all=True, append_images=FRAMES[1:]),
    "a vector graphic": b'<svg xmlns="http://www.w3.org/2000/svg"/>',
    "a TIFF": saved(FRAMES[0], "TIFF"),
}


@pytest.mark.parametrize("content", BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_a_picture_is_refused(post: Post, content: bytes) -> None:
    status, error = post({"data": as_base64(content)})
    assert (status, error["field"]) == (400, "data")
    assert error["code"] != "internal_error"


@pytest.mark.parametrize("content", BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_a_body_that_is_no_picture_is_refused(post: Post, content: bytes) -> None:
    for path in ("/predict", "/"):
        status, error = post(content, path, "image/png")
        assert status == 400
        assert error["message"]


BAD_ADDRESSES = {
    "not found": ("/missing.png", "fetch_failed"),
    "a page": ("/html", "fetch_wrong_type"),
    "a gigabyte": ("/gigabyte", "fetch_too_large"),
    "a gigabyte, as it says": ("/gigabyte_announced", "fetch_too_large"),
    "a circle": ("/circle", "fetch_failed"),
    "a page that says it is a picture": ("/html_as_png", "not_an_image"),
}


@pytest.mark.parametrize(("path", "code"), BAD_ADDRESSES.values(), ids=BAD_ADDRESSES)
def test_an_address_is_refused(post: Post, server: str, path: str, code: str) -> None:
    status, error = post({"input_url": server + path})
    assert (status, error["field"], error["code"]) == (400, "input_url", code)


def test_an_address_where_nobody_answers_is_refused(post: Post, server: str) -> None:
    status, error = post({"input_url": f"http://127.0.0.1:{free_port()}/dog.jpg"})
    assert (status, error["field"], error["code"]) == (400, "input_url", "fetch_failed")


def test_an_address_in_our_own_network_is_refused(post: Post) -> None:
    for url in ("http://127.0.0.1/dog.jpg", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd"):
        status, error = post({"input_url": url})
        assert (status, error["field"], error["code"]) == (400, "input_url", "url_not_allowed")


def test_an_answer_without_end_is_given_up(post: Post, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # The gateway gives up after 29 seconds.
    assert classification.PICTURE.seconds <= 10
    shorter = msgspec.structs.replace(classification.PICTURE, seconds=0.5)
    monkeypatch.setattr(classification, "PICTURE", shorter)
    status, error = post({"input_url": f"{server}/forever"})
    assert (status, error["field"], error["code"]) == (400, "input_url", "fetch_timeout")
    assert "within 0.5 seconds" in error["message"]
