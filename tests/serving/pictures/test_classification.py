"""The request and the answer that classifiers of pictures share."""

from __future__ import annotations

import json

import msgspec
import pytest

import serving
from serving.fetching.fetch_limits import Fetched, Limits
from serving.pictures import classification
from serving.requests.errors import Invalid
from serving.requests.validation import Reader

CLASSES = classification.Classes(["cat", "dog", "owl"], ["n01", "n02", "n03"])
WITH_BACKGROUND = classification.Classes(["background", *CLASSES.labels], ["", *CLASSES.categories])
READER = Reader(classification.Query)


def refused(body: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        classification.picture(READER.from_json(body.encode()))
    return caught.value


def test_the_answer_is_pairs_best_first_in_percent() -> None:
    found = classification.answer(CLASSES, [0.1, 0.83034, 0.06966], classification.Query())
    assert msgspec.json.encode(found[:2]) == b'[["dog",83.03],["cat",10.0]]'


def test_as_many_as_there_are_where_five_are_asked_for_and_there_are_fewer() -> None:
    assert len(classification.answer(CLASSES, [0.1, 0.8, 0.1], classification.Query())) == 3


def test_of_equals_the_first_comes_first() -> None:
    assert [number for number, _ in CLASSES.best([0.2, 0.4, 0.4], 3)] == [1, 2, 0]


@pytest.mark.parametrize(
    ("classes", "scores"),
    [
        (CLASSES, [0.9, 0.02, 0.05, 0.03]),
        (WITH_BACKGROUND, [0.9, 0.02, 0.05, 0.03]),
        (WITH_BACKGROUND, [0.02, 0.05, 0.03]),
    ],
    ids=["only the network has it", "both have it", "only the labels have it"],
)
def test_the_background_is_nobodys_answer(classes: classification.Classes, scores: list[float]) -> None:
    found = classification.answer(classes, scores, classification.Query(n_predictions=3))
    assert [label for label, _ in found] == ["dog", "owl", "cat"]
    assert classes.count == 3


def test_the_default_is_five() -> None:
    assert READER.from_json(b'{"data": ""}').n_predictions == 5


@pytest.mark.parametrize("given", ["0", "-1", "1.5", '"5"', "null", "1e400", "[5]"])
def test_a_number_of_predictions_that_is_none_is_refused(given: str) -> None:
    error = refused(f'{{"data": "", "n_predictions": {given}}}')
    assert error.field == "n_predictions"
    assert "n_predictions" in error.message


@pytest.mark.parametrize("given", [4, 10**9])
def test_more_predictions_than_classes_are_refused(given: int) -> None:
    with pytest.raises(Invalid) as caught:
        classification.check(CLASSES, classification.Query(n_predictions=given))
    assert (caught.value.field, caught.value.code) == ("n_predictions", "out_of_range")
    assert "from 1 to 3" in caught.value.message
    classification.check(CLASSES, classification.Query(n_predictions=3))


def test_an_address_leads_to_a_picture_of_at_most_20_megabytes_in_ten_seconds() -> None:
    assert Limits("image/*", 20 * 2**20, 10) == classification.PICTURE


def test_no_picture_is_refused() -> None:
    error = refused("{}")
    assert (error.field, error.code) == ("input_url", "missing_field")


def test_a_field_that_is_misspelt_is_refused() -> None:
    error = refused('{"data": "", "n_prediction": 3}')
    assert (error.field, error.code) == ("n_prediction", "unknown_field")


def test_two_pictures_are_refused() -> None:
    error = refused('{"data": "AAAA", "input_url": "https://example.com/a.jpg"}')
    assert (error.field, error.code) == ("data", "two_images")


def test_what_is_not_base64_is_refused() -> None:
    error = refused('{"data": "not base64!"}')
    assert (error.field, error.code) == ("data", "not_base64")


def test_a_body_can_be_the_picture() -> None:
    assert classification.picture(classification.READERS["image/png"](b"picture")) == (b"picture", "data")
    assert list(classification.READERS) == ["image/jpeg", "image/png", "image/webp", "image/bmp", "image/gif"]
    with pytest.raises(Invalid, match="There is no body") as caught:
        classification.READERS["image/png"](b"")
    assert caught.value.code == "no_body"


def test_an_address_is_fetched_with_the_limits_of_a_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def fetched(url: str, limits: Limits, *, field: str) -> Fetched:
        asked.append((url, limits, field))
        return Fetched(b"picture", "image/png")

    monkeypatch.setattr("serving.fetching.fetch.fetch", fetched)
    query = classification.Query(input_url="http://a.test/")
    assert classification.picture(query) == (b"picture", "input_url")
    assert asked == [("http://a.test/", classification.PICTURE, "input_url")]


def ask(address: str, content_type: str = "image/png", body: bytes = b"picture") -> tuple[int, object]:
    """A model that answers with the query it was given."""

    def echo(_: None, query: classification.Query) -> list[str | float]:
        picture, field = classification.picture(query)
        return [picture.decode(), field, query.n_predictions]

    handler = serving.Handler(lambda: None, echo, path="/predict", name="echo", body_readers=classification.READERS)
    _, _, parameters = address.partition("?")
    request = serving.Request("POST", "/predict", parameters, {"content-type": content_type}, body)
    response = handler.respond(request, "test")
    return response.status, json.loads(response.body)


def test_what_has_no_room_in_a_picture_stands_in_the_address() -> None:
    assert ask("/predict") == (200, ["picture", "data", 5])
    assert ask("/predict?n_predictions=3") == (200, ["picture", "data", 3])


@pytest.mark.parametrize(
    "address", ["/predict?n_predictions=0", "/predict?n_predictions=x", "/predict?n_predictions=1.5"]
)
def test_the_address_is_held_to_the_same_rules(address: str) -> None:
    status, answer = ask(address)
    assert status == 400
    assert isinstance(answer, dict)
    assert answer["field"] == "n_predictions"


def test_a_second_picture_in_the_address_is_refused() -> None:
    status, answer = ask("/predict?input_url=https://example.com/a.png")
    assert status == 400
    assert isinstance(answer, dict)
    assert answer["code"] == "two_images"


def test_a_json_body_says_it_all_itself() -> None:
    body = b'{"data": "cGljdHVyZQ==", "n_predictions": 2}'
    assert ask("/predict?n_predictions=3", "application/json", body) == (200, ["picture", "data", 2])
