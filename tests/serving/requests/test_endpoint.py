"""A function with annotations answers requests."""

from __future__ import annotations  # so that annotations are text, as in many folders

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import pytest

from serving.requests.endpoint import Endpoint, types_of
from serving.requests.errors import Refused
from serving.requests.messages import Request, Response

if TYPE_CHECKING:
    from nowhere import Booster  # type: ignore[import-not-found]


# What curl calls all that is given with -d.
FORM = "application/x-www-form-urlencoded"


class Query(msgspec.Struct):
    x: float


class Picture(msgspec.Struct):
    data: bytes = b""
    scale: float = 1.0


class Answer(msgspec.Struct):
    y: float


def double(model: Booster, query: Query) -> Answer:
    return Answer(query.x * model)


def endpoint(function: Any = double, *, has_body: bool = True, **readers: Any) -> Any:
    return Endpoint(function, 2, has_body=has_body, body_readers=readers, max_bytes=100)


def post(body: str = '{"x": 1}', content_type: str | None = None) -> Request:
    headers = {} if content_type is None else {"content-type": content_type}
    return Request("POST", "/", headers=headers, body=body)


def test_types_are_read_without_the_model_s() -> None:
    assert types_of(double) == (Query, Answer)


def test_what_a_type_is_held_to_is_part_of_it() -> None:
    def positive(_: Any, number: Annotated[float, msgspec.Meta(gt=0)]) -> Answer:
        return Answer(number)

    with pytest.raises(Refused, match="must be a number more than 0"):
        endpoint(positive)(post("-1"))


def test_a_function_without_annotations_is_a_mistake_that_is_said() -> None:
    def bare(model, query):  # type: ignore[no-untyped-def]
        return model, query

    with pytest.raises(TypeError, match=r"bare\(\) lacks the annotation of 'query'"):
        types_of(bare)
    with pytest.raises(TypeError, match="plain function"):
        types_of(partial(double))


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "Application/JSON; charset=utf-8", "application/x+json", "text/json", FORM],
)
def test_json_is_taken_by_any_of_its_names(content_type: str | None) -> None:
    response = endpoint()(post(content_type=content_type))
    assert (response.status, response.body) == (200, b'{"y":2.0}')


def test_a_list_that_curl_calls_a_form_is_json_too() -> None:
    def total(_: Any, numbers: list[float]) -> Answer:
        return Answer(sum(numbers))

    assert endpoint(total)(post("[1, 2]", FORM)).body == b'{"y":3.0}'


@pytest.mark.parametrize(("content_type", "body"), [("text/plain", "{}"), (FORM, "x=1"), (FORM, ""), ("?", "{}")])
def test_other_content_types_are_415(content_type: str, body: str) -> None:
    with pytest.raises(Refused, match="application/json") as caught:
        endpoint()(post(body, content_type))
    assert (caught.value.status, caught.value.code) == (415, "unsupported_media_type")


def test_a_folder_may_take_other_content_types() -> None:
    readers: Any = {"image/*": lambda body: Query(float(len(body))), "image/gif": lambda _: Query(1.5)}
    taking_images = endpoint(**readers)
    assert taking_images(post("abc", "image/png")).body == b'{"y":6.0}'
    assert taking_images(post("abc", "image/gif")).body == b'{"y":3.0}'
    assert taking_images(post('{"x": 1}', "application/json")).body == b'{"y":2.0}'
    with pytest.raises(Refused):
        taking_images(post("abc", "text/plain"))


def test_what_has_no_room_in_a_body_that_is_a_picture_stands_in_the_address() -> None:
    def size(model: float, picture: Picture) -> Answer:
        return Answer(len(picture.data) * picture.scale)

    readers: Any = {"image/*": lambda body: Picture(body)}
    for query, answer in (("", b'{"y":3.0}'), ("scale=2", b'{"y":6.0}')):
        request = Request("POST", "/", query, {"content-type": "image/png"}, b"abc")
        assert endpoint(size, **readers)(request).body == answer


def test_a_query_may_come_in_the_query_string() -> None:
    response = endpoint(has_body=False)(Request("GET", "/", query="x=1.5"))
    assert response.body == b'{"y":3.0}'


def test_a_function_may_answer_with_a_response_of_its_own() -> None:
    own = Response(202, b"later", {})

    def later(_: Any, query: Query) -> Response:
        assert query.x == 1
        return own

    assert endpoint(later)(post()) is own
