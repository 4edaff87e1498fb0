"""What a schema leaves to the alternatives in it, of all that was said of the type."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from serving.pages.schemas import Schemas

CHOICES = [{"type": "array", "maxItems": 3}, {"type": "array", "items": {"type": "array"}}]
Either = Annotated[list[int], Meta(min_length=1, max_length=3, extra_json_schema={"anyOf": CHOICES, "title": "Rows"})]


def test_where_a_person_wrote_alternatives_nothing_of_their_kind_stands_beside_them() -> None:
    assert Schemas([Either]).of(Either) == {"anyOf": CHOICES, "title": "Rows"}


def test_a_number_keeps_the_limits_that_it_has() -> None:
    limited = Annotated[float, Meta(ge=0, le=5)]
    assert Schemas([limited]).of(limited) == {"type": "number", "minimum": 0, "maximum": 5}
    between = Annotated[float, Meta(gt=0, lt=5)]
    assert Schemas([between]).of(between) == {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 5}
