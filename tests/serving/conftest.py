"""What the tests of serving ask for: the small models, and a gateway before them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

import serving
from gateways import serve
from small_models import make_picture_handler, make_table_handler

Make = Callable[..., serving.Handler[float]]
Gateway = Callable[[serving.Handler[Any], str], AbstractContextManager[str]]


@pytest.fixture
def table_handler() -> Make:
    return make_table_handler


@pytest.fixture
def picture_handler() -> Make:
    return make_picture_handler


@pytest.fixture
def gateway() -> Gateway:
    return serve
