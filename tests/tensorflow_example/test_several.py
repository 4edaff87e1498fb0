"""What several pictures of one request may take together. The network is left out, so no image is needed."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import msgspec
import pytest
from PIL import Image

import hostile_pictures
import model_apps
from sent_pictures import as_base64, saved
from serving.fetching import fetch
from serving.fetching.fetch_limits import Fetched, Limits
from serving.pictures import decoding
from serving.requests.errors import Invalid

HOW = decoding.Preprocessing(8, 8, 8)


class Model:
    settings = SimpleNamespace(function_seconds=29, timeout=30, threads=5)
    classes = SimpleNamespace(best=lambda _scores, _count: [(0, 0.5)], categories=["n1"], labels=["dog"])

    def pixels(self, picture: bytes, field: str, allowance: decoding.Allowance) -> bytes:
        return decoding.pixels(picture, HOW, field=field, allowance=allowance)

    def scores(self, pictures: list[bytes]) -> list[list[float]]:
        return [[0.5]] * len(pictures)


@pytest.fixture
def several() -> Iterator[ModuleType]:
    model_apps.forget()
    yield importlib.import_module("app.several")
    model_apps.forget()


def asked(several: ModuleType, images: list[dict[str, str]]) -> Any:
    return several.predict(Model(), msgspec.convert({"images": images}, several.Pictures))


def refused(several: ModuleType, images: list[dict[str, str]]) -> tuple[str | None, str | None]:
    with pytest.raises(Invalid) as error:
        asked(several, images)
    return error.value.field, error.value.code


def test_pictures_may_not_take_much_longer_together_than_one_may(several: ModuleType) -> None:
    """Each of them alone is estimated to take 0.9 s, of the second that a picture may."""
    many = [{"data": as_base64(hostile_pictures.png(6000, 4400, colour=6))}] * 16
    assert refused(several, many) == ("images[6].data", "image_too_complex")


def test_sixteen_photographs_of_a_telephone_are_answered(several: ModuleType) -> None:
    photograph = saved(Image.effect_noise((504, 378), 60).resize((4032, 3024)).convert("RGB"), "JPEG", quality=95)
    assert len(asked(several, [{"data": as_base64(photograph)}] * 16).images) == 16


def test_no_picture_is_decoded_too_late_for_an_answer(several: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Model.settings, "function_seconds", 1)
    picture = {"data": as_base64(saved(Image.new("RGB", (8, 8))))}
    assert refused(several, [picture]) == ("images[0].data", "image_too_complex")


def test_an_address_given_several_times_is_fetched_once(several: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[str] = []

    def counted(url: str, _limits: Limits, **_options: Any) -> Fetched:
        fetched.append(url)
        if url == "http://bad.example/":
            raise Invalid("input_url could not be read.", field="input_url", code="fetch_failed")
        return Fetched(saved(Image.new("RGB", (8, 8))), "image/png")

    monkeypatch.setattr(fetch, "fetch", counted)
    good, other, bad = ({"url": f"http://{name}.example/"} for name in ("good", "other", "bad"))
    assert len(asked(several, [good, other, *[good] * 14]).images) == 16
    assert sorted(fetched) == ["http://good.example/", "http://other.example/"]
    assert refused(several, [bad, good, bad]) == ("images[0].url, images[2].url", "fetch_failed")
