"""Rows that are objects, as new model folders have them: a field for each column, of the kind that it is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import Meta

import serving
from browser import Browser
from page.axe import violations
from page.front import HEADLINE, Front, Open

FIELDS = "[...document.querySelectorAll('#panels .columns .field')]"
SAID = "document.getElementById('answer').innerText"


class Row(msgspec.Struct, forbid_unknown_fields=True):
    age: float | None
    plan: Literal["basic", "pro"] | None
    is_new: bool
    town: Annotated[str, Meta(description="Where it is")]


class Query(msgspec.Struct, forbid_unknown_fields=True):
    rows: list[Row]


class Answer(msgspec.Struct):
    scores: Annotated[list[float], Meta(description="One for each row")]


def score(_: None, query: Query) -> Answer:
    return Answer(
        [(row.age or 0.5) + (row.plan == "pro") * 10 + row.is_new * 100 + len(row.town) for row in query.rows]
    )


@pytest.fixture
def rows(shown: Open) -> Iterator[Front]:
    row: dict[str, Any] = {"age": 3, "plan": "basic", "is_new": True, "town": "Bern"}
    pro = {"rows": [row | {"plan": "pro"}]}
    handler = serving.Handler(
        lambda: None,
        score,
        name="rows",
        example={"rows": [row]},
        examples=lambda _: {"A pro": pro, "Two": {"rows": [row, row]}},
    )
    with shown(handler) as front:
        yield front


def ask(page: Browser) -> str:
    page.script("document.getElementById('send').click()")
    return str(page.until(HEADLINE))


def change(page: Browser, place: int, value: str) -> None:
    page.script(
        f"const field = {FIELDS}[{place}].querySelector('input, select');"
        f"field.value = '{value}'; field.dispatchEvent(new Event('input', {{ bubbles: true }}))"
    )


def test_the_form_is_filled_with_the_example_and_answered(page: Browser, rows: Front) -> None:
    assert page.script(f"return {FIELDS}.map((field) => field.querySelector('label').innerText)") == [
        "age",
        "plan",
        "is_new",
        "Where it is town",
    ]
    assert page.script(f"return {FIELDS}.map((field) => field.querySelector('input, select').tagName)") == [
        "INPUT",
        "SELECT",
        "SELECT",
        "INPUT",
    ]
    assert ask(page) == "107"
    assert "One for each row" in page.script(f"return {SAID}")
    assert violations(page) == []


def test_each_kind_of_field_is_sent_as_what_it_is(page: Browser, rows: Front) -> None:
    for place, value in enumerate(("", "1", "1", "")):
        change(page, place, value)
    assert ask(page) == "10.5"


def test_examples_go_into_the_form_if_they_fit(page: Browser, rows: Front) -> None:
    page.script("document.querySelector('.example').click()")
    assert page.until(HEADLINE) == "117"
    page.script("document.querySelectorAll('.example')[1].click()")
    page.until(f"{HEADLINE}.startsWith('2 ')")
    assert page.script("return document.querySelector('[role=tab][aria-selected=true]').innerText") == "JSON"


def test_what_is_refused_is_told_at_its_field(page: Browser, rows: Front) -> None:
    rows.instead = (400, {"message": "rows[0].plan is not accepted.", "code": "invalid_value", "field": "rows[0].plan"})
    page.script("document.getElementById('send').click()")
    page.until(f"{FIELDS}[1].querySelector('select').getAttribute('aria-invalid') === 'true'")
