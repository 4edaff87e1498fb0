"""msgspec's findings become sentences, whichever check found them."""

from enum import Enum
from string import ascii_lowercase
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

from serving.requests.explanations import explain


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    size: int
    unit: Annotated[Literal["m"] | Literal["cm", "mm"], Meta(description="of the size")] = "m"


class Colour(Enum):
    RED, BLUE = "red", "blue"


class Everything(msgspec.Struct, forbid_unknown_fields=True):
    number: float | None = None
    whole: int = 0
    small: Annotated[float, Meta(le=10)] = 0
    positive: Annotated[float, Meta(gt=0)] = 1
    share: Annotated[float, Meta(lt=1)] = 0
    names: Annotated[list[str], Meta(min_length=1, max_length=2)] = []
    code: Annotated[str, Meta(pattern="^[a-z]+$")] = "a"
    data: bytes = b""
    unit: Literal["usd", "eur"] = "usd"
    level: Literal[1, 2, 3] | None = None
    only: Literal["a"] = "a"
    letter: Literal[tuple(ascii_lowercase)] = "a"  # type: ignore[valid-type]
    colour: Colour = Colour.RED
    inner: Inner | None = None
    several: list[Inner] = []
    table: dict[str, int] = {}
    units: dict[str, list[Literal["m", "cm"]]] = {}


def explained(body: str) -> tuple[str, str | None, str]:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(body, type=Everything)
    invalid = explain(caught.value, Everything)
    return invalid.code, invalid.field, invalid.message


@pytest.mark.parametrize(
    ("body", "code", "field", "message"),
    [
        ("[]", "wrong_type", None, "The body must be an object, not a list."),
        ('{"number": "1"}', "wrong_type", "number", "number must be a number or null, not text."),
        (
            '{"whole": 1.5}',
            "wrong_type",
            "whole",
            "whole must be a whole number, not a number with a fraction.",
        ),
        ('{"small": 11}', "out_of_range", "small", "small must be a number at most 10.0."),
        ('{"positive": 0}', "out_of_range", "positive", "positive must be a number more than 0.0."),
        ('{"share": 1}', "out_of_range", "share", "share must be a number less than 1.0."),
        ('{"whole": null}', "wrong_type", "whole", "whole must be a whole number, not null."),
        ('{"data": 5}', "wrong_type", "data", "data must be base64 text, not a whole number."),
        ('{"names": []}', "wrong_length", "names", "names must be a list of length at least 1."),
        (
            '{"names": ["a", "b", "c"]}',
            "wrong_length",
            "names",
            "names must be a list of length at most 2.",
        ),
        ('{"data": "?"}', "not_base64", "data", "data is not base64."),
        ('{"inner": {}}', "missing_field", "inner.size", "inner.size is missing."),
        (
            '{"several": [{"size": 1}, {"size": 1, "x": 2}]}',
            "unknown_field",
            "several[1].x",
            "several[1].x is not a field of this request.",
        ),
        (
            '{"unit": "gbp"}',
            "invalid_value",
            "unit",
            "unit must be eur or usd.",
        ),
        ('{"level": 4}', "invalid_value", "level", "level must be 1, 2 or 3."),
        ('{"only": "b"}', "invalid_value", "only", "only must be a."),
        ('{"colour": "green"}', "invalid_value", "colour", "colour must be red or blue."),
        (
            '{"letter": "A"}',
            "invalid_value",
            "letter",
            "letter must be one of a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t and 6 more.",
        ),
        (
            '{"several": [{"size": 1}, {"size": 1, "unit": "km"}]}',
            "invalid_value",
            "several[1].unit",
            "several[1].unit must be m, cm or mm.",
        ),
        (
            '{"units": {"a": ["m", "km"]}}',
            "invalid_value",
            "units[...][1]",
            "units[...][1] must be cm or m.",
        ),
        (
            '{"unit": "a` - at `$.inner"}',
            "invalid_value",
            "unit",
            "unit must be eur or usd.",
        ),
        (
            '{"x - at `$.number": 1}',
            "unknown_field",
            "x - at `$.number",
            "x - at `$.number is not a field of this request.",
        ),
        (
            '{"`x out of range - at `$.small": 1}',
            "unknown_field",
            "`x out of range - at `$.small",
            "`x out of range - at `$.small is not a field of this request.",
        ),
        (
            '{"inner": {"size": 1, "y - at `$.number": 1}}',
            "unknown_field",
            "inner.y - at `$.number",
            "inner.y - at `$.number is not a field of this request.",
        ),
        (
            '{"table": {"a": true}}',
            "wrong_type",
            "table[...]",
            "table[...] must be a whole number, not true or false.",
        ),
    ],
)
def test_findings_are_put_in_words(body: str, code: str, field: str | None, message: str) -> None:
    assert explained(body) == (code, field, message)


def test_a_pattern_that_does_not_match_is_said() -> None:
    code, field, message = explained('{"code": "1"}')
    assert (code, field) == ("invalid_value", "code")
    assert "^[a-z]+$" in message


def test_a_name_the_caller_invented_is_cut_short() -> None:
    _, field, message = explained('{"' + "x" * 10_000 + '": 1}')
    assert field == "x" * 100 + "…"
    assert message == f"{field} is not a field of this request."
    _, field, _ = explained('{"' + "x" * 100 + '": 1}')
    assert field == "x" * 100


def test_a_value_the_caller_invented_is_cut_short() -> None:
    error: Any = msgspec.ValidationError(f"Something new: {'x' * 10_000} - at `$.a`")
    assert explain(error).message == f"a is not accepted: Something new: {'x' * 85}…."


def test_an_enumeration_that_is_not_found_is_refused_all_the_same() -> None:
    error: Any = msgspec.ValidationError("Invalid enum value 'b' - at `$.a`")
    assert explain(error, Everything).message == "a is not accepted: Invalid enum value 'b'."


def test_an_unknown_finding_is_passed_on() -> None:
    error: Any = msgspec.ValidationError("Something new - at `$.a`")
    assert explain(error).message == "a is not accepted: Something new."
