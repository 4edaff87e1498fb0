"""Pages of the small models, behind a gateway that tests may tell what to do."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from PIL import Image

from browser import Browser
from gateways import serve
from page.front import BASE, Front, Open
from small_models import Picture, make_picture_handler, make_table_handler


@pytest.fixture(scope="module")
def page() -> Iterator[Browser]:
    with Browser() as browser:
        yield browser


@pytest.fixture
def shown(page: Browser) -> Open:
    @contextmanager
    def show(handler: Any) -> Iterator[Front]:
        front = Front(handler)
        with serve(front) as root:
            page.open(f"{root}{BASE}/")
            page.until("document.querySelectorAll('#panels > *').length > 0")
            yield front
            front.answers.set()

    return show


@pytest.fixture
def sums(shown: Open) -> Iterator[Front]:
    with shown(
        make_table_handler(about=lambda _: {"version": "7", "weights": "of sums", "note": "Adds up only."})
    ) as it:
        yield it


@pytest.fixture
def labels(shown: Open) -> Iterator[Front]:
    examples = {"A teal square": Picture(data=square("teal")), "A red square": Picture(data=square("red"))}
    with shown(make_picture_handler(examples=lambda _: examples)) as front:
        yield front


def square(colour: str) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(file, "PNG")
    return file.getvalue()
