"""What a request gives of its body, and what it refuses to."""

import numpy as np
import pytest

from serving.requests.errors import Invalid, Refused
from serving.requests.messages import Request, json_response


def refusal(request: Request, limit: int = 10) -> tuple[int, str]:
    with pytest.raises(Refused) as caught:
        request.content(limit)
    return caught.value.status, caught.value.code


def post(body: str | bytes, *, base64: bool = False) -> Request:
    return Request("POST", "/", body=body, base64=base64)


def test_a_body_is_bytes_however_it_came() -> None:
    assert post("ü").content(10) == "ü".encode()
    assert post(b"\xff").content(10) == b"\xff"
    assert post("/w==", base64=True).content(10) == b"\xff"
    assert post("", base64=True).content(10) == b""
    assert Request("GET", "/").content(10) == b""


@pytest.mark.parametrize("body", ["?", "a", "YQ", "YQ==YQ==", "YQ= =", "YQ==\n", "ü", "_-8="])
def test_a_body_that_is_not_base64_is_refused(body: str) -> None:
    assert refusal(post(body, base64=True)) == (400, "not_base64")


def test_half_a_character_is_refused() -> None:
    assert refusal(post("\ud800")) == (400, "not_utf8")


def test_the_limit_is_on_the_bytes() -> None:
    assert post("x" * 10).content(10)
    assert refusal(post("x" * 11)) == (413, "body_too_large")
    assert refusal(post("ü" * 6)) == (413, "body_too_large")


def test_the_limit_is_on_what_base64_stands_for() -> None:
    assert len(post("QUFBQUFBQUFBQQ==", base64=True).content(10)) == 10
    assert refusal(post("QUFBQUFBQUFBQUE=", base64=True)) == (413, "body_too_large")


def test_what_is_far_too_large_is_not_decoded_to_find_out() -> None:
    assert refusal(post("?" * 18, base64=True)) == (413, "body_too_large")
    assert refusal(post("?" * 17, base64=True)) == (400, "not_base64")


@pytest.mark.parametrize("given", ["image/PNG", "image/png; a=b", " image/png ;"])
def test_a_content_type_is_compared_without_case_and_parameters(given: str) -> None:
    assert Request("POST", "/", headers={"content-type": given}).content_type == "image/png"


def test_a_refusal_is_known_by_its_message_and_is_about_the_value_unless_it_says_otherwise() -> None:
    refused = Invalid("x must be shorter.", field="x")
    assert str(refused) == refused.message == "x must be shorter."
    assert (refused.status, refused.code) == (400, "invalid_value")
    assert str(Refused(418, "No tea.", code="tea")) == "No tea."


def test_without_a_query_string_there_are_no_parameters() -> None:
    assert Request("GET", "/").parameters() == []


def test_a_parameter_without_a_value_is_there_and_empty() -> None:
    assert Request("GET", "/", "a=&b=1&b=%20").parameters() == [("a", ""), ("b", "1"), ("b", " ")]


def test_numbers_and_arrays_of_numpy_are_written_out() -> None:
    answer = {"one": np.float32(0.5), "whole": np.int64(3), "yes": np.bool_(True), "all": np.eye(2)}
    assert json_response(answer).body == b'{"one":0.5,"whole":3,"yes":true,"all":[[1.0,0.0],[0.0,1.0]]}'


def test_what_json_cannot_hold_is_named() -> None:
    with pytest.raises(TypeError, match="cannot hold Refused"):
        json_response([Refused(400, "no", code="no")])
