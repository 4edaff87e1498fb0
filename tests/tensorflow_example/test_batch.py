"""A chunk of a batch over the real model: pictures out of a bucket, one by one, each as by the address."""

from __future__ import annotations

import base64
import json
from types import ModuleType
from typing import Any

import pytest
from PIL import Image

import buckets
import hostile_pictures
from buckets import Bucket
from processor_time import least
from sent_pictures import bomb, saved
from serving.pictures import classification
from tensorflow_example.conftest import FOLDER


@pytest.fixture(scope="session")
def photograph() -> bytes:
    """Of the size that a telephone takes."""
    with Image.open(FOLDER / "events" / "cat.jpg") as cat:
        return saved(cat.resize((4000, 3000), Image.Resampling.BICUBIC), "JPEG", quality=85)


@pytest.fixture(scope="session")
def bad() -> list[bytes]:
    return [b"", b"no picture", bomb(), hostile_pictures.png(9000, 9000), hostile_pictures.png(64, 64)[:-60]]


@pytest.fixture
def pictures(seven: bytes, photograph: bytes, bad: list[bytes]) -> list[bytes]:
    return [seven, photograph, *bad, seven]


@pytest.mark.parametrize("form", ["pieces", "objects"])
def test_pictures_are_answered_as_by_the_address_and_bad_ones_fail_alone(
    bucket: Bucket, main: ModuleType, pictures: list[bytes], form: str
) -> None:
    named = {f"pictures/{place}.png": picture for place, picture in enumerate(pictures)}
    inputs = buckets.pieces(bucket, pictures) if form == "pieces" else buckets.objects(bucket, named)
    main.handler(buckets.event(inputs))
    found = [buckets.as_by_address(row) for row in buckets.results(bucket)]
    assert found == [buckets.by_address(main.handler, picture, "image/png") for picture in pictures]
    assert [status for status, _ in found] == [200, 200, 400, 400, 400, 400, 400, 200]


def test_pictures_in_lines_are_answered_as_by_the_address(
    bucket: Bucket, main: ModuleType, pictures: list[bytes]
) -> None:
    bodies = [json.dumps({"data": base64.b64encode(each).decode(), "n_predictions": 2}).encode() for each in pictures]
    main.handler(buckets.event(buckets.lines(bucket, bodies)))
    found = [buckets.as_by_address(row) for row in buckets.results(bucket)]
    assert found == [buckets.by_address(main.handler, body) for body in bodies]


def test_memory_that_is_not_there_is_the_row_s_error(
    bucket: Bucket, main: ModuleType, seven: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = []

    def scores(pixels: Any) -> Any:
        calls.append(pixels)
        if len(calls) == 2:
            raise MemoryError
        return given(pixels)

    network = main.handler.model.network
    given = network.scores
    monkeypatch.setattr(network, "scores", scores)
    main.handler(buckets.event(buckets.pieces(bucket, [seven] * 3)))
    assert [row.get("status", 200) for row in buckets.results(bucket)] == [200, 500, 200]


@pytest.mark.alone
@pytest.mark.parametrize("form", ["pieces", "objects"])
def test_a_chunk_is_85_percent_as_fast_as_a_plain_loop(
    bucket: Bucket, main: ModuleType, photograph: bytes, form: str
) -> None:
    named = {f"photographs/{place}": photograph for place in range(30)}
    inputs = buckets.pieces(bucket, list(named.values())) if form == "pieces" else buckets.objects(bucket, named)

    def plain_loop() -> list[str]:
        asked = [classification.Query(data=picture) for picture in named.values()]
        return [json.dumps(main.predict(main.handler.model, query)) for query in asked]

    chunk, plain = least(lambda: main.handler(buckets.event(inputs)), plain_loop)
    assert chunk <= plain / 0.85
